"""Tensors of an ONNX graph that do not depend on its input: given, or computed from given ones."""

import numpy as np

from zskip.files.formats.guard import damaged, decoding, quoted
from zskip.files.formats.onnx_evaluators import EVALUATORS, ROUNDINGS
from zskip.files.formats.onnx_graph import Graph, Node
from zskip.files.formats.onnx_tensors import Tensors
from zskip.files.formats.onnx_wire import KIND
from zskip.files.formats.tensors import Tensor
from zskip.model.common.errors import InputError

MAX_NESTING = 100


class Constants:
    """Evaluates tensors when they are asked for.

    Parameters
    ----------
    graph : Graph
        The network.
    tensors : Tensors
        Decodes given tensors.
    """

    def __init__(self, graph: Graph, tensors: Tensors) -> None:
        self._tensors = tensors
        self._shapes: dict[str, tuple[int, ...]] = {}
        self._graph = graph
        self._values: dict[str, Tensor] = {}
        self._live = _live(graph)
        self._nesting = 0

    def note_shape(self, name: str, shape: tuple[int, ...]) -> None:
        """Take down the shape of a tensor that depends on the input, for `Shape`."""
        self._shapes[name] = shape

    def get(self, name: str) -> Tensor | None:
        """Return the value of a tensor; None if it depends on the input or is left out.

        Raises
        ------
        InputError
            It is nowhere given, or computed by an operator that is not supported.
        """
        if not name or name in self._live:
            return None
        if name not in self._values:
            self._values[name] = self._compute(name)
        return self._values[name]

    def need(self, node: Node, index: int) -> Tensor:
        """Return the value of an input of a node.

        Raises
        ------
        InputError
            It is left out or depends on the input of the network.
        """
        value = self.get(node.input(index))
        if value is None:
            raise InputError(
                f"input {index} of {node} must be a given tensor, not one that is left out or "
                "depends on the input of the network: export a chain of fully connected layers"
            )
        return value

    def source(self, name: str) -> str:
        """Return the name of the given tensor that a tensor is made of."""
        for _ in range(MAX_NESTING):
            node = self._graph.producers.get(name)
            if node is None or not node.inputs:
                break
            name = node.inputs[0]
        return name

    def _compute(self, name: str) -> Tensor:
        """Decode a given tensor, or evaluate the node that computes one."""
        if name in self._graph.tensors:
            return self._tensors.decode(name, self._graph.tensors[name])
        node = self._graph.producers.get(name)
        if node is None:
            raise damaged(KIND, f"tensor {quoted(name)} is used, but nowhere given")
        if self._nesting == MAX_NESTING:
            raise damaged(KIND, f"{node} depends on itself, or on too many nodes")
        self._nesting += 1
        value = self._evaluate(node, name)
        self._nesting -= 1
        self._tensors.take(value.nbytes)
        return value

    def _evaluate(self, node: Node, name: str) -> Tensor:
        """Evaluate a node."""
        if node.op == "Constant":
            return self._constant(node)
        if node.op == "Shape":
            return self._shape(node)
        known = EVALUATORS.get(node.op, ROUNDINGS.get(node.op))
        if known is None or name != node.outputs[0]:
            raise InputError(
                f"{node} computes a given tensor, but is not supported there: only Constant, "
                f"Shape, {', '.join(EVALUATORS)} are; export with constant folding"
            )
        operands, function = known
        given = range(max(operands, len(node.inputs)))
        values = [self.need(node, i) for i in given if i < operands or node.input(i)]
        with decoding(KIND), np.errstate(all="ignore"):
            return function(node, values)

    def _shape(self, node: Node) -> Tensor:
        """Return the value of a `Shape`."""
        shape = self._shapes.get(node.input(0))
        if shape is None:
            shape = self.need(node, 0).shape
        first, last = node.setting("start", 0), node.setting("end", len(shape))
        return np.array(shape[first:last], dtype=np.int64)

    def _constant(self, node: Node) -> Tensor:
        """Return the value of a `Constant`."""
        if "value" in node.attributes:
            return self._tensors.decode(node.name, node.attributes["value"].t)
        for name, default in (("value_int", 0), ("value_float", 0.0), ("value_ints", ())):
            if name in node.attributes:
                dtype = np.float32 if name == "value_float" else np.int64
                return np.array(node.setting(name, default), dtype=dtype)
        raise InputError(f"{node} must give its value as a tensor or number: export it again")


def _live(graph: Graph) -> set[str]:
    """Return the names of the tensors that depend on the values of the input."""
    live = {graph.input}
    todo = [graph.input]
    while todo:
        for node in graph.consumers.get(todo.pop(), ()):
            # The shape of a tensor is known without its values.
            fresh = set() if node.op == "Shape" else set(node.outputs) - live - {""}
            live |= fresh
            todo += fresh
    return live
