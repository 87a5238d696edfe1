"""Cycle model of the Bitlet array: exact, from the zero bits of the weights."""

import numpy as np

from zskip.model.bitlet.config import Config
from zskip.model.bitlet.engine_cycles import lane_cycles, shape_cycles
from zskip.model.bitlet.float_layer import float_blocks
from zskip.model.bitlet.latencies import pass_cycles, run_cycles
from zskip.model.bitlet.network import Layer
from zskip.model.bitlet.shape import LayerShape
from zskip.model.common.fixed import IntArray
from zskip.model.common.floats import FloatFormat


def layer_cycles(layer: Layer, activations: IntArray, config: Config, *, first: bool) -> IntArray:
    """Return the cycles of a layer.

    Parameters
    ----------
    layer : Layer
        The layer.
    activations : ndarray of int64, shape (n, inputs)
        Its inputs, which matter in floating point only.
    config : Config
        The array.
    first : bool
        Whether the layer is the first of its network.

    Returns
    -------
    ndarray of int64, shape (n,)
    """
    shape = layer.cut(config)
    if layer.number:
        taken = float_lanes(layer, layer.number, activations, config)
        cycles = shape_cycles(taken, shape, config, floating=True)
        return cycles + constant(shape, config, floating=True, first=first)
    magnitudes = layer.encoded(shape)[0] & -1 << layer.mask_lanes
    cycles = fixed_cycles(magnitudes, shape, config, first=first)
    return np.full(len(activations), cycles)


def fixed_cycles(magnitudes: IntArray, shape: LayerShape, config: Config, *, first: bool) -> int:
    """Return the cycles of a layer in fixed point, whatever its inputs are.

    Parameters
    ----------
    magnitudes : ndarray of int64, shape (outputs of all rounds, groups * pairs)
        Of the lanes of a row.
    shape : LayerShape
        The layer's.
    config : Config
        The array.
    first : bool
        Whether the layer is the first of its network.

    Returns
    -------
    int
    """
    grouped = magnitudes.reshape(shape.outputs, shape.groups, shape.pairs)
    taken = lane_cycles(grouped, shape.lanes, config)
    cycles = int(shape_cycles(taken, shape, config))
    return cycles + constant(shape, config, floating=False, first=first)


def float_lanes(
    layer: Layer, number: FloatFormat, activations: IntArray, config: Config
) -> IntArray:
    """Return the cycles of the slowest lane for each group of a layer in floating point.

    Parameters
    ----------
    layer : Layer
        The layer.
    number : FloatFormat
        Its format.
    activations : ndarray of int64, shape (n, inputs)
        Its inputs.
    config : Config
        The array.

    Returns
    -------
    ndarray of int64, shape (n, outputs, groups, 1)
    """
    groups = layer.cut(config).groups
    taken = np.empty((len(activations), layer.outputs, groups, 1), dtype=np.int64)
    for block in float_blocks(
        layer.matrix,
        layer.bias,
        activations,
        number,
        lanes=config.lanes,
        pairs=config.pairs,
        mask=-1 << layer.mask_lanes,
    ):
        lanes = lane_cycles(block.aligned.row.magnitudes, config.lanes, config)
        taken[block.place] = lanes.max(axis=-1, keepdims=True)
    return taken


def constant(shape: LayerShape, config: Config, *, floating: bool, first: bool) -> int:
    """Return the cycles of a layer beside those of its engines."""
    further = run_cycles() if first else 0
    return pass_cycles(config, rows=shape.rows, floating=floating) + further
