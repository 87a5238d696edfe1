"""Rounding of data in an ONNX graph: bounds and signs exactly, the rest as notes."""

from collections.abc import Callable, Mapping

import numpy as np

from zskip.files.formats.onnx_graph import Node
from zskip.files.formats.onnx_quant import BIPOLAR, QUANT, Grid, grid
from zskip.files.formats.onnx_walk import Walk
from zskip.files.formats.pieces import Steps
from zskip.files.formats.roundings import note_rounding
from zskip.files.formats.source import ENDINGS


def _quant(walk: Walk, node: Node) -> None:
    """Take the bound of a Quant behind or in front of a ReLU; say that it does not round."""
    found = grid(node, [walk.constants.need(node, index) for index in (1, 2, 3)])
    if found.zero.any() and found.low - found.zero.min() > 0:
        raise walk.refused(node, "must be able to give 0: export the network in float32")
    steps = np.unique(found.scale)
    span = f"{steps[0]:g}" if len(steps) == 1 else f"{steps[0]:g} to {steps[-1]:g}"
    ahead = [taker.op for taker in walk.takers(node)]
    last = all(op in ENDINGS for op in ahead)
    note_rounding(walk.chain, "Quant", node.name, f"to steps of {span}")
    if walk.chain.empty or (last and not walk.chain.rectified):
        return
    if not walk.chain.rectified and ahead != ["Relu"]:
        raise walk.refused(
            node,
            "rounds and clips values of both signs, which only stand at the beginning, the end, "
            "or beside a Relu: export the network in float32",
        )
    walk.upper = _upper(walk, node, found)
    if walk.chain.rectified:
        walk.bound(node)


def _upper(walk: Walk, node: Node, found: Grid) -> np.ndarray:
    """Return the largest value that a Quant gives, for each value of the data."""
    return walk.spread(node, node.input(1), (found.high - found.zero) * found.scale)


def _bipolar(walk: Walk, node: Node) -> None:
    """Take the signs of data; at both ends, leave that to the user."""
    scale = walk.constants.need(node, 1)
    if scale.size != 1 or scale.dtype.kind != "f" or not 0 < float(scale.ravel()[0]) < np.inf:
        raise walk.refused(node, "must have one scale above 0: export the network in float32")
    height = float(scale.ravel()[0])
    if walk.chain.empty:
        note_rounding(walk.chain, "BipolarQuant", node.name, f"to -{height:g} and {height:g}")
    elif not walk.takers(node):
        walk.chain.note(
            f"BipolarQuant {node.name!r} at the end is taken off: it gives -{height:g} for outputs "
            f"below 0 and {height:g} for others"
        )
    else:
        steps = Steps(thresholds=(0.0,), low=-height, height=2 * height)
        walk.chain.steps("BipolarQuant", node.name, steps)


ROUNDING: Mapping[str, Callable[[Walk, Node], None]] = {
    **dict.fromkeys(QUANT, _quant),
    **dict.fromkeys(BIPOLAR, _bipolar),
}
"""Function of each operator that rounds data."""
