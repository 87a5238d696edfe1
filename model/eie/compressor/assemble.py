"""From layers in the order of their source to a network in the order of the array.

What nothing reads is left out, the rows are balanced where the configuration asks for it, and the
columns of each layer follow the rows of the one in front, so that no order costs anything at run
time. Where broadcasts are of groups, calibration inputs choose the order of the network's inputs
too and refine that of the rows.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import ACTIVATION_BITS, FloatArray, IntArray, quantize
from zskip.model.common.fixed_layer import FixedLayer
from zskip.model.common.unused import Used, used
from zskip.model.eie.compressor.balance import balance, longest_first, row_work
from zskip.model.eie.compressor.input_order import input_order
from zskip.model.eie.compressor.refine import Following, can_refine, refine, row_loads
from zskip.model.eie.compressor.spread import spread
from zskip.model.eie.config import Config
from zskip.model.eie.encoding import EncodedMatrix, decode, encode
from zskip.model.eie.needs import SourceOrder, encoded_fields
from zskip.model.eie.network import Layer, Network


def assemble(
    layers: Sequence[FixedLayer],
    config: Config,
    calibration: FloatArray | None = None,
    input_scale: float = 1.0,
) -> Network:
    """Leave out what is never used, balance the rows, and encode.

    Rows are balanced by their work on the calibration inputs. Where that takes more words than a
    PE has they are balanced by their non-zeros, and where that does too they stay in the order of
    the source. Where no order fits, the first one stands. The inputs stand in the same order with
    all of them.

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
    activations = None
    if config.balanced_rows and calibration is not None:
        scaled = calibration[:, parts[0].columns] * input_scale
        activations, _ = quantize(scaled, layers[0].scale.input_fraction, ACTIVATION_BITS)
        order = input_order(_used_codes(layers[0], parts[0]), activations, config)
        first = replace(parts[0], columns=parts[0].columns[order])
        parts, activations = [first, *parts[1:]], activations[:, order]
    placed = _placed(layers, parts, config, activations)
    chosen = placed if _fits(placed, config) else _other_order(placed, layers, parts, config)
    return Network(
        config=config,
        layers=chosen or placed,
        input_scale=input_scale,
        gather=parts[0].columns,
    )


def _used_codes(layer: FixedLayer, part: Used) -> NDArray[np.uint8]:
    """Return the codes of a layer's used rows and columns."""
    return layer.codes[np.ix_(part.rows, part.columns)].astype(np.uint8, copy=False)


def _fits(layers: Sequence[Layer], config: Config) -> bool:
    """Tell whether the PEs have enough words for layers."""
    return encoded_fields(layers, config)["spmat_depth"] <= config.spmat_depth


def _other_order(
    placed: tuple[Layer, ...], layers: Sequence[FixedLayer], parts: Sequence[Used], config: Config
) -> tuple[Layer, ...] | None:
    """Return layers in the first order that fits where `placed` does not, None without one."""
    least = SourceOrder(placed).least(config)["spmat_depth"]
    if not config.balanced_rows or least > config.spmat_depth:
        return None
    for order in (config, config.replace(balanced_rows=0)):
        other = _placed(layers, parts, order, None)
        if _fits(other, config):
            return other
    return None


def _placed(
    layers: Sequence[FixedLayer],
    parts: Sequence[Used],
    config: Config,
    activations: IntArray | None,
) -> tuple[Layer, ...]:
    """Order and encode every layer, with activities from the activations where there are some."""
    columns = parts[0].columns
    encoded = []
    for index, (layer, part) in enumerate(zip(layers, parts, strict=True)):
        placed = _place(layer, replace(part, columns=columns), config, activations)
        if activations is not None:
            behind = None
            if index < len(layers) - 1:
                part = replace(parts[index + 1], columns=placed.rows)
                behind = _used_codes(layers[index + 1], part)
            placed, activations = _refined(placed, behind, config, activations)
        encoded.append(placed)
        columns = placed.rows
    return tuple(encoded)


def _refined(
    layer: Layer, behind: NDArray[np.uint8] | None, config: Config, activations: IntArray
) -> tuple[Layer, IntArray]:
    """Refine the order of a layer's rows; return it with its outputs, none without one behind."""
    outputs, following = activations[:, :0], None
    if behind is not None:
        outputs, _ = layer.compute(activations, config)
    if not can_refine(layer.outputs, len(activations), config):
        return layer, outputs
    if behind is not None:
        least = row_loads(behind, outputs).max(axis=1)
        following = Following(active=outputs != 0, rows=len(behind), least=least)
    codes = decode(layer.matrix)
    order = refine(row_loads(codes, activations), config, following)
    refined = replace(
        layer,
        matrix=encode(codes[order], config),
        bias=layer.bias[order],
        rows=layer.rows[order],
    )
    return refined, outputs if behind is None else outputs[:, order]


def _place(layer: FixedLayer, part: Used, config: Config, activations: IntArray | None) -> Layer:
    """Choose the order of a layer's rows, and encode it with its columns in a given order."""
    rows = part.rows
    codes = _used_codes(layer, part)
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
    """Balance and encode; return order and matrix.

    The order inside a PE is the one that takes less padding. For several lanes its rows are spread
    over the banks where that takes no more entries in all.
    """
    work = row_work(codes, activity)
    orders = [balance(work, config, codes=codes, activity=activity)]
    matrices = [encode(codes[orders[0]], config)]
    if matrices[0].padding:
        orders.append(longest_first(orders[0], work, config))
        matrices.append(encode(codes[orders[1]], config))
    entries = [int(matrix.pointers[:, -1].max()) for matrix in matrices]
    best = entries.index(min(entries))
    order, matrix = orders[best], matrices[best]
    if config.lanes > 1:
        spread_order = spread(order, codes, activity, config)
        spread_matrix = encode(codes[spread_order], config)
        if spread_matrix.codes.size <= matrix.codes.size:
            return spread_order, spread_matrix
    return order, matrix
