"""Golden model of the whole array: a compressed network and its inputs to outputs and counters."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.counters import LayerRun, Run, joined
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import ACTIVATION_BITS, check_range
from zskip.model.eie.ccu import Ccu, PassRun
from zskip.model.eie.network import Network
from zskip.model.eie.passes import Pass
from zskip.model.eie.program import plan

CHUNK = 1024
"""Input vectors computed together; bounds the memory."""


def run(
    network: Network,
    activations: NDArray[np.int64],
    *,
    on_progress: Callable[[int], None] | None = None,
) -> Run:
    """Compute a network the way the hardware does.

    The model starts from the memory images that the hardware is loaded with, and every
    broadcast goes through the units of `zskip.model.eie.pe`.

    Parameters
    ----------
    network : Network
        A network that passes its `check` and fits its configuration.
    activations : ndarray of int64, shape (n, inputs)
        16-bit activations in the user's order; those that no layer reads are not loaded.
    on_progress : callable, optional
        Called with the number of input vectors just finished.

    Returns
    -------
    Run

    Raises
    ------
    InputError
        The activations have the wrong shape or range, or the network does not fit.
    """
    if activations.ndim != 2 or activations.shape[1] != network.inputs or not len(activations):
        raise InputError(
            f"activations must have shape (n, {network.inputs}) with n at least 1, "
            f"not {activations.shape}"
        )
    check_range(activations, ACTIVATION_BITS, "activations")
    loaded = network.select(activations)
    program = plan(network)
    ccu = Ccu(program)
    chunks = []
    for first in range(0, len(loaded), CHUNK):
        chunk = loaded[first : first + CHUNK]
        chunks.append(list(ccu.run(chunk)))
        if on_progress is not None:
            on_progress(len(chunk))
    passes = [_join(parts) for parts in zip(*chunks, strict=True)]
    layers = _by_layer(program.passes, passes)
    return Run(inputs=loaded, layers=layers, outputs=network.restore(layers[-1].outputs))


def _join(parts: tuple[PassRun, ...]) -> PassRun:
    """Join the results of one pass over several chunks of input vectors."""
    outputs, counters = zip(*parts, strict=True)
    return PassRun(np.concatenate(outputs), joined(counters))


def _by_layer(table: Sequence[Pass], results: Sequence[PassRun]) -> tuple[LayerRun, ...]:
    """Gather the passes of each layer."""
    layers: list[LayerRun] = []
    passes: list[PassRun] = []
    for entry, result in zip(table, results, strict=True):
        passes.append(result)
        if entry.swap:
            outputs, counters = zip(*passes, strict=True)
            layers.append(LayerRun(outputs=np.concatenate(outputs, axis=1), passes=counters))
            passes = []
    return tuple(layers)
