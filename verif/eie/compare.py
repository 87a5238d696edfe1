"""Comparison of a simulation with the golden model, bit for bit and counter for counter."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.errors import RunFailure
from zskip.model.eie.accelerator import RunResult
from zskip.model.eie.counters import UNTIMED
from zskip.model.eie.cycles import layer_timing
from zskip.model.eie.network import Network
from zskip.verif.eie.simulate import Simulation


def check_simulation(
    network: Network,
    activations: NDArray[np.int64],
    model: RunResult,
    simulation: Simulation,
    *,
    on_progress: Callable[[int], None] | None = None,
) -> None:
    """Check every output and every counter, those that depend on timing to the cycle.

    Parameters
    ----------
    network : Network
        Names the layers.
    activations : ndarray of int64, shape (n, inputs)
        The input vectors in the user's order.
    model : RunResult
        What the golden model gives for them.
    simulation : Simulation
        What the RTL gave for them.
    on_progress : callable, optional
        Called with the number of input vectors and layers just timed.

    Raises
    ------
    RunFailure
        Names the first layer that departs from the model, and where.
    """
    sources = network.select(activations)
    for layer, expected, actual in zip(
        network.layers, model.layers, simulation.layers, strict=True
    ):
        _check(layer.name, "output", expected.outputs, actual.outputs)
        _check(layer.name, "broadcasts", expected.broadcasts, actual.central["broadcasts"])
        for name in UNTIMED:
            _check(layer.name, name, expected.counters[name], actual.per_pe[name])
        timing = layer_timing(layer.matrix, sources, network.config, on_progress=on_progress)
        for name, values in timing.central.items():
            _check(layer.name, name, values, actual.central[name])
        for name, values in timing.per_pe.items():
            _check(layer.name, name, values, actual.per_pe[name])
        sources = expected.outputs
    overflows = sum(layer.counters["overflows"].sum(axis=1) for layer in model.layers)
    _check("(all)", "overflow flag", np.asarray(overflows) > 0, simulation.overflow)


def _check(
    layer: str, what: str, expected: NDArray[np.generic], actual: NDArray[np.generic]
) -> None:
    """Compare arrays whose first axis is the input vector."""
    different = np.argwhere(expected != actual)
    if different.size:
        where = tuple(int(index) for index in different[0])
        place = "".join(f"[{index}]" for index in where[1:])
        raise RunFailure(
            f"the RTL must equal the golden model, but departs in layer {layer}, {what}{place} of "
            f"input {where[0]}: {int(actual[where])}, not {int(expected[where])} "
            f"({len(different)} of {expected.size} values differ)"
        )
