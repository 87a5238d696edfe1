"""What pruning is worth: the cycles that the layers would take with the weights they came with."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.reference import FloatLayer
from zskip.model.eie.accelerator import run
from zskip.model.eie.cycles import layer_timing
from zskip.model.eie.encoding import encode
from zskip.model.eie.network import Network


def unpruned_cycles(
    source: Sequence[FloatLayer],
    network: Network,
    activations: NDArray[np.int64],
    *,
    on_progress: Callable[[int], None] | None = None,
) -> tuple[float, ...]:
    """Predict the cycles of every layer before pruning, on the activations of the pruned network.

    Which weights are zero is all that matters for the time, so that the weights need not be shared
    or fit the memories of the array.

    Parameters
    ----------
    source : sequence of FloatLayer
        The network as it was given.
    network : Network
        The network after pruning; it passes its `check`.
    activations : ndarray of int64, shape (n, inputs)
        16-bit inputs of the first layer.
    on_progress : callable, optional
        Called with 1 for each input vector and layer done.

    Returns
    -------
    tuple of float
        Mean clock cycles of each layer for one input vector.
    """
    result = run(network, activations)
    cycles = []
    for layer, done in zip(source, result.layers, strict=True):
        pattern = (layer.weights != 0).astype(np.uint8)
        timing = layer_timing(
            encode(pattern, network.config), activations, network.config, on_progress=on_progress
        )
        cycles.append(float(np.mean(timing.central["cycles"])))
        activations = done.outputs
    return tuple(cycles)
