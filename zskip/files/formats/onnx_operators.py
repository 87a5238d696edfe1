"""Operators of ONNX on the data of a network, as layers of a chain."""

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from zskip.files.formats.chain import Chain
from zskip.files.formats.normalization import Normalization
from zskip.files.formats.onnx_advice import ADVICE, DEFAULT_ADVICE
from zskip.files.formats.onnx_constants import Constants
from zskip.files.formats.onnx_evaluators import BATCH, CASTS, resolve_shape
from zskip.files.formats.onnx_graph import Graph, Node
from zskip.files.formats.onnx_tensors import Tensors
from zskip.files.formats.tensors import Float32Array, Tensor, as_float32, matrix, vector
from zskip.model.common.errors import InputError

FLOAT64_BYTES = 8
FIRST_INFERENCE = 7
"""From this opset on, BatchNormalization and Dropout need no setting to be those of inference, and
tensors are broadcast as NumPy does it."""

BFLOAT16 = 16
"""Number of the one floating-point type in ONNX that NumPy does not have."""


class Walk:
    """A walk along the nodes from the input of a graph: the shape of the data, and the layers.

    Parameters
    ----------
    graph : Graph
        The network.
    tensors : Tensors
        Decodes its given tensors.
    """

    def __init__(self, graph: Graph, tensors: Tensors) -> None:
        self.chain = Chain()
        self.batch = BATCH if graph.batch is None else graph.batch
        self.shape = graph.shape
        self.trains = graph.opset < FIRST_INFERENCE
        self.constants = Constants(graph, tensors)
        self._tensors = tensors

    def step(self, name: str, node: Node) -> str:
        """Apply a node to the data.

        Parameters
        ----------
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
        if node.op not in OPERATORS:
            advice = ADVICE.get(node.op, DEFAULT_ADVICE)
            raise self.refused(node, f"is not supported, only {', '.join(OPERATORS)} are: {advice}")
        if not (node.outputs and node.outputs[0]):
            raise self.refused(node, "must have a result: export it again")
        if OPERATORS[node.op] is not _arithmetic and node.input(0) != name:
            raise self.refused(node, "must take them as its first input: export x @ weights")
        self.constants.note_shape(name, (self.batch, *self.shape))
        OPERATORS[node.op](self, node)
        return node.outputs[0]

    def end(self, node: Node) -> None:
        """Take off an operator behind the last layer.

        Parameters
        ----------
        node : Node
            One of `zskip.files.formats.source.ENDINGS`.

        Raises
        ------
        InputError
            It works along another axis than the outputs.
        """
        default = {"ArgMax": 0, "Sigmoid": 1}.get(node.op, -1)
        if node.setting("axis", default) not in (1, -1) or self.features(node) < 1:
            raise self.refused(node, "must work along axis 1: export it with dim=1")
        self.chain.end(node.op, node.name)

    def refused(self, node: Node, why: str) -> InputError:
        """Return the error of a node: its name, operator, the shape of the data, and why."""
        shape = ", ".join(["batch", *map(str, self.shape)])
        return InputError(f"{node} on data of shape ({shape}) {why}")

    def features(self, node: Node) -> int:
        """Return how many values there are per input, if they are a vector."""
        if len(self.shape) != 1:
            raise self.refused(node, "must get vectors: put a Flatten before it")
        self._tensors.take(FLOAT64_BYTES * self.shape[0])
        return self.shape[0]

    def weights(self, node: Node, transposed: bool) -> Float32Array:
        """Return the second input of a node as weights, outputs x inputs."""
        inputs = self.features(node)
        values = self.constants.need(node, 1)
        weights = matrix(node.input(1), values if transposed else values.T)
        if weights.shape[1] != inputs:
            raise self.refused(
                node, f"must have weights for {inputs} inputs, not {weights.shape[1]}: export again"
            )
        self._tensors.take(weights.nbytes)
        self.shape = weights.shape[:1]
        return weights

    def name(self, node: Node) -> str:
        """Return the name of a layer: that of its module if the weights tell, or of its node."""
        weights = self.constants.source(node.input(1))
        return weights.removesuffix(".weight") if weights.endswith(".weight") else node.name

    def spread(self, node: Node, name: str, values: Tensor) -> NDArray[np.float64]:
        """Return a tensor with one value for each value of the data."""
        self._tensors.take(FLOAT64_BYTES * math.prod(self.shape))
        full = (1, *self.shape)
        given = (1,) * (len(full) - values.ndim) + values.shape
        if len(given) != len(full) or any(
            a not in (1, b) for a, b in zip(given, full, strict=True)
        ):
            raise self.refused(
                node,
                f"must get one value, or one per value of an input, not a tensor of shape "
                f"{values.shape}: export it again",
            )
        wide = as_float32(name, values).astype(np.float64).reshape(given)
        return np.broadcast_to(wide, full).ravel()


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


def _normalization(walk: Walk, node: Node) -> None:
    length = walk.features(node)
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


def _transpose(walk: Walk, node: Node) -> None:
    axes = node.setting("perm", ())
    if axes != tuple(range(1 + len(walk.shape))):
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
    "Div": _arithmetic,
    "Dropout": _identity,
    "Flatten": _flatten,
    "Gemm": _gemm,
    "Identity": _identity,
    "MatMul": _matmul,
    "Mul": _arithmetic,
    "Relu": _relu,
    "Reshape": _reshape,
    "Sub": _arithmetic,
    "Transpose": _transpose,
}
"""Function of each operator."""
