"""What pruning is worth: the cycles that the layers would take with the weights they came with."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import dequantize
from zskip.model.common.reference import FloatLayer, float_layer
from zskip.model.eie.accelerator import run
from zskip.model.eie.cycles import layer_timing
from zskip.model.eie.encoding import encode
from zskip.model.eie.network import Layer, Network


def unpruned_cycles(
    source: Sequence[FloatLayer],
    network: Network,
    activations: NDArray[np.int64],
    *,
    on_progress: Callable[[int], None] | None = None,
) -> tuple[float, ...]:
    """Predict the cycles of every layer before pruning, on the activations of the pruned network.

    Which weights are zero is all that matters for the time, so that the weights need not be shared
    or fit the memories of the array. Outputs that the pruned network leaves out are those of the
    float layer.

    Parameters
    ----------
    source : sequence of FloatLayer
        The network as it was given.
    network : Network
        The network after pruning; it passes its `check`.
    activations : ndarray of int64, shape (n, inputs)
        16-bit inputs of the network in the user's order.
    on_progress : callable, optional
        Called with 1 for each input vector and layer done.

    Returns
    -------
    tuple of float
        Mean clock cycles of each layer for one input vector.
    """
    result = run(network, activations)
    config = network.config
    cycles = []
    last = len(source) - 1
    rows = zip(source, network.layers, result.layers, strict=True)
    for index, (given, layer, done) in enumerate(rows):
        pattern = (given.weights != 0).astype(np.uint8)
        timing = layer_timing(
            encode(pattern, config),
            activations,
            config,
            first=index == 0,
            last=index == last,
            on_progress=on_progress,
        )
        cycles.append(float(np.mean(timing.central["cycles"])))
        activations = _outputs(given, layer, done.outputs, activations)
    return tuple(cycles)


def _outputs(
    given: FloatLayer, layer: Layer, outputs: NDArray[np.int64], activations: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return all outputs of a layer in the source's order; of those left out, what is not zero."""
    complete = np.empty((len(outputs), given.bias.size), dtype=np.int64)
    if layer.unused_outputs:
        real = dequantize(activations, layer.input_fraction)
        complete[:] = float_layer(given.weights, real, given.bias, given.relu) != 0
    complete[:, layer.rows] = outputs
    return complete
