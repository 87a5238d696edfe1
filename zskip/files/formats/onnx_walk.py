"""A walk along the nodes of an ONNX graph: the shape of the data, and the layers."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zskip.files.formats.chain import Chain
from zskip.files.formats.onnx_constants import Constants
from zskip.files.formats.onnx_evaluators import BATCH
from zskip.files.formats.onnx_graph import Graph, Node
from zskip.files.formats.onnx_tensors import Tensors
from zskip.files.formats.tensors import Float32Array, Tensor, as_float32, matrix
from zskip.model.common.errors import InputError

FLOAT64_BYTES = 8
FIRST_INFERENCE = 7
"""From this opset on, BatchNormalization and Dropout need no setting to be those of inference, and
tensors are broadcast as NumPy does it."""


class Walk:
    """A walk along the nodes from the input of a graph: the shape of the data, and the layers.

    Parameters
    ----------
    graph : Graph
        The network.
    tensors : Tensors
        Decodes its given tensors.

    Attributes
    ----------
    shape : tuple of int
        Lengths of the axes of the data behind the first, of the batch.
    turned : bool
        Whether the two axes of the data are the other way round.
    upper : ndarray of float64 or None
        Upper bound of the ReLU that comes next.
    """

    def __init__(self, graph: Graph, tensors: Tensors) -> None:
        self.chain = Chain()
        self.batch = BATCH if graph.batch is None else graph.batch
        self.shape = graph.shape
        self.trains = graph.opset < FIRST_INFERENCE
        self.constants = Constants(graph, tensors)
        self.turned = False
        self.upper: NDArray[np.float64] | None = None
        self._graph = graph
        self._tensors = tensors

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

    def takers(self, node: Node) -> Sequence[Node]:
        """Return the nodes that take the result of a node."""
        return self._graph.consumers.get(node.outputs[0], ())

    def bound(self, node: Node) -> None:
        """Give the ReLU before it or at it the upper bound that is noted, if there is one."""
        if self.upper is not None:
            self.chain.bound(node.name, self.upper)
        self.upper = None

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
