"""From layers in the order of their source to a network in the order of the array.

What nothing reads is left out, the rows are balanced where the configuration asks for it, and the
columns of each layer follow the rows of the one in front, so that no order costs anything at run
time.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fidelity import fixed_layer
from zskip.model.common.fixed import ACTIVATION_BITS, FloatArray, IntArray, quantize
from zskip.model.common.fixed_layer import FixedLayer
from zskip.model.common.unused import Used, used
from zskip.model.eie.compressor.balance import balance, longest_first, row_work
from zskip.model.eie.config import Config
from zskip.model.eie.encoding import EncodedMatrix, encode
from zskip.model.eie.network import Layer, Network


def assemble(
    layers: Sequence[FixedLayer],
    config: Config,
    calibration: FloatArray | None = None,
    input_scale: float = 1.0,
) -> Network:
    """Leave out what is never used, balance the rows, and encode.

    Parameters
    ----------
    layers : sequence of FixedLayer
        From input to output, at least one; sizes and scales chain.
    config : Config
        The array; `Config.balanced_rows` asks for balanced rows.
    calibration : ndarray of float64, shape (n, inputs), optional
        Typical inputs as users give them. They tell how often each input of a layer is not zero,
        and so how much work a weight is; without them all weights are the same work.
    input_scale : float, optional
        Factor from the inputs that users give to the real inputs of the first layer.

    Returns
    -------
    Network
        Its `check` is still to be done.
    """
    parts = used([layer.codes for layer in layers])
    gather = columns = parts[0].columns
    activations = None
    if config.balanced_rows and calibration is not None:
        scaled = calibration[:, gather] * input_scale
        activations, _ = quantize(scaled, layers[0].scale.input_fraction, ACTIVATION_BITS)
    encoded = []
    for index, (layer, part) in enumerate(zip(layers, parts, strict=True)):
        placed = _place(layer, part, columns, config, activations)
        encoded.append(placed)
        columns = placed.rows
        if activations is not None and index < len(layers) - 1:
            activations, _ = fixed_layer(placed, activations, config.acc_bits)
    return Network(config=config, layers=tuple(encoded), input_scale=input_scale, gather=gather)


def _place(
    layer: FixedLayer,
    part: Used,
    columns: IntArray,
    config: Config,
    activations: IntArray | None,
) -> Layer:
    """Choose the order of a layer's rows, and encode it with its columns in a given order."""
    rows = part.rows
    codes = layer.codes[np.ix_(rows, columns)]
    if config.balanced_rows:
        activity = None if activations is None else np.count_nonzero(activations, axis=0)
        order, matrix = _balanced(codes, activity, config)
        rows = rows[order]
    else:
        matrix = encode(codes, config)
    return Layer(
        name=layer.name,
        matrix=matrix,
        codebook=layer.codebook,
        bias=layer.bias[rows],
        relu=layer.relu,
        scale=layer.scale,
        rows=rows,
        source_shape=layer.shape,
    )


def _balanced(
    codes: NDArray[np.uint8], activity: IntArray | None, config: Config
) -> tuple[IntArray, EncodedMatrix]:
    """Balance and encode, with the order inside a PE that takes less padding; return both."""
    work = row_work(codes, activity)
    orders = [balance(work, config, codes=codes, activity=activity)]
    matrices = [encode(codes[orders[0]], config)]
    if matrices[0].padding:
        orders.append(longest_first(orders[0], work, config))
        matrices.append(encode(codes[orders[1]], config))
    entries = [int(matrix.pointers[:, -1].max()) for matrix in matrices]
    best = entries.index(min(entries))
    return orders[best], matrices[best]
