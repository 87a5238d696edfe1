"""Comparison of a simulation with the golden model, bit for bit and counter for counter."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.errors import RunFailure
from zskip.model.eie.accelerator import RunResult
from zskip.model.eie.ccu import PassResult
from zskip.model.eie.counters import UNTIMED
from zskip.model.eie.cycles import PassTiming, layer_timing
from zskip.model.eie.network import Network
from zskip.verif.eie.simulate import PassRecord, Simulation


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
    last = len(network.layers) - 1
    for index, layer in enumerate(network.layers):
        expected, actual = model.layers[index], simulation.layers[index]
        _check(layer.name, "output", expected.outputs, actual.outputs)
        timing = layer_timing(
            layer.matrix,
            sources,
            network.config,
            first=index == 0,
            last=index == last,
            on_progress=on_progress,
        )
        for passes in zip(expected.passes, timing.passes, actual.passes, strict=True):
            _check_pass(layer.name, *passes)
        sources = expected.outputs
    overflows = sum(layer.counters["overflows"].sum(axis=1) for layer in model.layers)
    _check("(all)", "overflow flag", np.asarray(overflows) > 0, simulation.overflow)


def _check_pass(layer: str, expected: PassResult, timing: PassTiming, actual: PassRecord) -> None:
    """Check every counter of a pass."""
    central = {"broadcasts": expected.broadcasts, **timing.central}
    per_pe = {name: expected.counters[name] for name in UNTIMED} | timing.per_pe
    for name, values in central.items():
        _check(layer, name, values, actual.central[name])
    for name, values in per_pe.items():
        _check(layer, name, values, actual.per_pe[name])


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
