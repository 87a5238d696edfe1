"""Cycles from one input to the next, where inputs go back to back."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from zskip.model.common.counters import Counters
from zskip.model.common.engine import Engine
from zskip.model.common.network import Network

LOADED_BEHIND = 1.02
"""Interval over computing from which on loading is the limit."""


def mean_interval(
    engine: Engine[Any, Any], network: Network[Any, Any], layers: Sequence[Counters]
) -> float | None:
    """Return the mean cycles from the end of an input to that of the next one.

    Parameters
    ----------
    engine : Engine
        The kind of accelerator.
    network : Network
        The network.
    layers : sequence of Counters
        Those of each layer, all passes together.

    Returns
    -------
    float or None
        None where an input is loaded behind the run before it.
    """
    intervals = engine.intervals(network, np.stack([each["cycles"] for each in layers]))
    return None if intervals is None else float(intervals.mean())


def interval_notes(interval: float | None, cycles: float) -> tuple[str, ...]:
    """Say what limits inputs back to back: computing, which takes `cycles`, or loading."""
    if interval is None:
        return ()
    limit = "computing" if interval <= LOADED_BEHIND * cycles else "loading"
    return (
        f"inputs back to back: one every {interval:,.1f} cycles beside {cycles:,.1f} cycles of "
        f"computing, so {limit} is the limit",
    )
