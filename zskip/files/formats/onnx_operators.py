"""Operators of ONNX on the data of a network, as layers of a chain."""

import math
from collections.abc import Callable, Mapping

import numpy as np

from zskip.files.formats.normalization import Normalization
from zskip.files.formats.onnx_advice import ACTIVATIONS, ADVICE, DEFAULT_ADVICE, RELU
from zskip.files.formats.onnx_data_quant import ROUNDING
from zskip.files.formats.onnx_evaluators import CASTS, resolve_shape, tuple_of_axes
from zskip.files.formats.onnx_graph import Node
from zskip.files.formats.onnx_walk import Walk
from zskip.files.formats.tensors import vector

TURNED = {"BatchNormalization", "Identity", "Transpose"}
"""Operators that may work on data of which the two axes are turned."""

BFLOAT16 = 16
"""Number of the one floating-point type in ONNX that NumPy does not have."""


def step(walk: Walk, name: str, node: Node) -> str:
    """Apply a node to the data.

    Parameters
    ----------
    walk : Walk
        Where the data are.
    name : str
        Name of the data.
    node : Node
        The only node that takes them.

    Returns
    -------
    str
        Name of the data behind it.

    Raises
    ------
    InputError
        The operator is not supported, or not in this place.
    """
    function = OPERATORS.get(node.op, ROUNDING.get(node.op))
    if node.op in ACTIVATIONS:
        raise walk.refused(node, f"is an activation other than ReLU: {RELU}")
    if function is None:
        advice = ADVICE.get(node.op, DEFAULT_ADVICE)
        raise walk.refused(node, f"is not supported, only {', '.join(OPERATORS)} are: {advice}")
    if not (node.outputs and node.outputs[0]):
        raise walk.refused(node, "must have a result: export it again")
    if walk.turned and node.op not in TURNED:
        raise walk.refused(
            node, "must not get data with their axes moved: export without Transpose"
        )
    if function is not _arithmetic and node.input(0) != name:
        raise walk.refused(node, "must take them as its first input: export x @ weights")
    walk.constants.note_shape(name, (walk.batch, *walk.shape))
    function(walk, node)
    return node.outputs[0]


def _gemm(walk: Walk, node: Node) -> None:
    """``alpha * A @ B + beta * C``."""
    if node.setting("transA", 0):
        raise walk.refused(node, "must not transpose its first input: export x @ weights")
    weights = walk.weights(node, bool(node.setting("transB", 0)))
    walk.chain.linear(walk.name(node), weights, None)
    alpha, beta = node.setting("alpha", 1.0), node.setting("beta", 1.0)
    if not (math.isfinite(alpha) and math.isfinite(beta)):
        raise walk.refused(node, "must have finite alpha and beta: export it again")
    offset = np.zeros(walk.shape)
    if node.input(2) and beta:
        offset = beta * walk.spread(node, node.input(2), walk.constants.need(node, 2))
    walk.chain.affine(None if alpha == 1 else np.full(walk.shape, alpha), offset)


def _matmul(walk: Walk, node: Node) -> None:
    weights = walk.weights(node, transposed=False)
    walk.chain.linear(walk.name(node), weights, None)


def _arithmetic(walk: Walk, node: Node) -> None:
    """Add, subtract, multiply by or divide by a given tensor, on either side if that is linear."""
    first = walk.constants.get(node.input(0))
    index = 1 if first is None else 0
    given = walk.constants.need(node, index)
    last = 1 + len(walk.shape) - given.ndim
    if node.setting("axis", last) not in (last, -given.ndim):
        raise walk.refused(node, "must take its second input along the last axes: export it so")
    values = walk.spread(node, node.input(index), given)
    if node.op == "Add":
        walk.chain.affine(None, values)
    elif node.op == "Mul":
        walk.chain.affine(values, np.zeros_like(values))
    elif node.op == "Sub" and index == 1:
        walk.chain.affine(None, -values)
    elif node.op == "Sub":
        walk.chain.affine(np.full_like(values, -1.0), values)
    elif index == 1 and values.all():
        walk.chain.affine(1.0 / values, np.zeros_like(values))
    else:
        raise walk.refused(node, "must divide the data by a tensor without zeros: export it so")


def _scaler(walk: Walk, node: Node) -> None:
    """``(x - offset) * scale``, as skl2onnx writes a StandardScaler."""
    offset, scale = (
        walk.spread(node, name, np.array(node.setting(name, [default]), dtype=np.float64))
        for name, default in (("offset", 0.0), ("scale", 1.0))
    )
    walk.chain.affine(scale, -offset * scale)


def _normalization(walk: Walk, node: Node) -> None:
    # PyTorch once put an axis of length 1 behind the values for it.
    length = walk.shape[0] if set(walk.shape[1:]) == {1} else walk.features(node)
    if node.setting("training_mode", 0) or (walk.trains and not node.setting("is_test", 0)):
        raise walk.refused(node, "must not be in training mode: export after model.eval()")
    gamma, beta, mean, variance = (
        vector(node.input(index), walk.constants.need(node, index), length) for index in range(1, 5)
    )
    values = Normalization(
        gamma=gamma,
        beta=beta,
        mean=mean,
        variance=variance,
        epsilon=node.setting("epsilon", 1e-5),
    )
    walk.chain.normalize(node.name, values)


def _relu(walk: Walk, node: Node) -> None:
    walk.chain.relu(node.name)
    walk.bound(node)


def _clip(walk: Walk, node: Node) -> None:
    """``min(max(x, 0), c)``, as ReLU6 is written."""
    values = [walk.constants.get(name) for name in node.inputs[1:]]
    bounds = [value for value in values if value is not None]
    if len(node.inputs) == 1 and "min" in node.attributes:
        bounds = [np.array(node.setting("min", 0.0)), np.array(node.setting("max", math.inf))]
    if len(bounds) != 2 or bounds[0].any() or bounds[1].size != 1:
        raise walk.refused(node, f"must clip at 0 and at one number above it: {RELU}")
    walk.chain.bound(node.name, float(bounds[1].ravel()[0]))


def _flatten(walk: Walk, node: Node) -> None:
    rank = 1 + len(walk.shape)
    if node.setting("axis", 1) not in (1, 1 - rank):
        raise walk.refused(node, "must flatten behind axis 1: export it with start_dim=1")
    walk.shape = (math.prod(walk.shape),)


def _reshape(walk: Walk, node: Node) -> None:
    target = walk.constants.need(node, 1)
    shape = resolve_shape(node, target, (walk.batch, *walk.shape))
    if len(shape) < 2 or shape[0] != walk.batch or min(shape[1:]) < 1:
        raise walk.refused(
            node, "must keep the batch as the first axis: export it with x.flatten(1)"
        )
    walk.shape = shape[1:]


def _squeeze(walk: Walk, node: Node) -> None:
    """Take axes of length 1 away, or put them in."""
    rank = 1 + len(walk.shape)
    target = walk.constants.need(node, 1) if node.input(1) else None
    axes = tuple_of_axes(node, target)
    rank += len(axes) if node.op == "Unsqueeze" else 0
    places = {axis % rank for axis in axes if -rank <= axis < rank}
    if 0 in places or len(places) != len(axes) or not axes:
        raise walk.refused(node, "must leave the first axis, of the batch, alone: export it so")
    shape = iter((walk.batch, *walk.shape))
    if node.op == "Unsqueeze":
        made = [1 if axis in places else next(shape) for axis in range(rank)]
    else:
        made = [length for axis, length in enumerate(shape) if axis not in places]
    if math.prod(made) != math.prod((walk.batch, *walk.shape)) or len(made) < 2:
        raise walk.refused(node, "must take away axes of length 1: export it so")
    walk.shape = tuple(made[1:])


def _transpose(walk: Walk, node: Node) -> None:
    rank = 1 + len(walk.shape)
    axes = node.setting("perm", ()) or tuple(reversed(range(rank)))
    if axes == (1, 0):
        # Two such turns, as converters put around a BatchNormalization, undo each other.
        walk.turned = not walk.turned
    ahead = {taker.op for taker in walk.takers(node)}
    if axes not in ((1, 0), tuple(range(rank))) or (walk.turned and not ahead & TURNED):
        raise walk.refused(node, "must not move axes of the data: export the network without it")


def _identity(walk: Walk, node: Node) -> None:
    """Leave the data alone, as does a dropout in inference."""
    training = walk.constants.need(node, 2) if node.input(2) else np.zeros(1)
    trains = node.op == "Dropout" and walk.trains and not node.setting("is_test", 0)
    if trains or (node.op == "Dropout" and training.any()):
        raise walk.refused(node, "must not be in training mode: export after model.eval()")


def _cast(walk: Walk, node: Node) -> None:
    target = node.setting("to", 0)
    if target != BFLOAT16 and np.dtype(CASTS.get(target, np.int8)).kind != "f":
        raise walk.refused(node, "must not round the data to integers: export it in float32")


OPERATORS: Mapping[str, Callable[[Walk, Node], None]] = {
    "Add": _arithmetic,
    "BatchNormalization": _normalization,
    "Cast": _cast,
    "Clip": _clip,
    "Div": _arithmetic,
    "Dropout": _identity,
    "Flatten": _flatten,
    "Gemm": _gemm,
    "Identity": _identity,
    "MatMul": _matmul,
    "Mul": _arithmetic,
    "Relu": _relu,
    "Reshape": _reshape,
    "Squeeze": _squeeze,
    "Sub": _arithmetic,
    "Transpose": _transpose,
    "Unsqueeze": _squeeze,
    "ai.onnx.ml.Scaler": _scaler,
}
"""Function of each operator."""
