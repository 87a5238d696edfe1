"""Cycle model of the N:M array: exact, and the same whatever the data."""

from zskip.model.nm.config import Config
from zskip.model.nm.latencies import pass_cycles, run_cycles


def layer_cycles(beats: int, config: Config, *, first: bool) -> int:
    """Return the cycles of a layer.

    Parameters
    ----------
    beats : int
        Its beats of weights: blocks of rows x words of activations x beats of each word.
    config : Config
        The array.
    first : bool
        Whether the layer is the first of its network.

    Returns
    -------
    int
    """
    return beats + pass_cycles(config) + (run_cycles(config) if first else 0)
