"""What an ONNX graph is that is no chain, as far as its operators tell."""

from collections.abc import Mapping, Sequence

from zskip.files.formats.onnx_advice import DEFAULT_ADVICE, RELU, STATE
from zskip.files.formats.onnx_ending import followers
from zskip.files.formats.onnx_graph import Graph, Node
from zskip.model.common.errors import InputError

ACTIVATIONS = {
    ("Softplus", "Tanh"): "Mish, written as x * tanh(softplus(x))",
    ("Softplus",): "softplus, written with a threshold",
    ("Sigmoid",): "SiLU (swish), written as x * sigmoid(x)",
    ("HardSigmoid",): "hard swish, written as x * hardsigmoid(x)",
    ("Erf",): "GELU",
    ("Tanh",): "GELU, written with tanh",
    ("Pow",): "GELU, written with tanh",
    ("Abs",): "softsign, written as x / (1 + |x|)",
    ("Neg", "Relu"): "PReLU or leaky ReLU, written as relu(x) - slope * relu(-x)",
}
"""Activations by operators near the beginning of a branch; the first of which all are there."""

NORMALIZATION = "the beginning of a normalization over the values of each input (LayerNorm)"
FOLDED = "train the network with BatchNormalization in its place, which can be folded"
SUMS = ("Add", "Sum")
PRODUCTS = ("Einsum", "Gemm", "MatMul")

REACH = 4
"""How many operators of a branch are looked at."""


def check_structure(graph: Graph) -> None:
    """Check that a graph is not of a network of another kind that is written in simple operators.

    This comes before the walk: an operator in front, such as a Transpose, would be refused first
    and hide the cause.

    Parameters
    ----------
    graph : Graph
        The network.

    Raises
    ------
    InputError
        It looks its inputs up in a table, multiplies two results with each other, or applies the
        same weights to sums of its results again and again.
    """
    data = _data(graph)
    takers = {id(node): node for name in data for node in graph.consumers.get(name, ())}
    nodes = [node for node in takers.values() if node.op != "Shape"]
    for node in nodes:
        if node.op == "Gather" and node.input(1) in data and node.input(0) not in data:
            raise _foreign(node, "it looks inputs up in a table (embedding); export what follows")
    recurrent = _recurrent(graph, nodes, data)
    if recurrent is not None:
        raise _foreign(recurrent, f"it is of an unrolled LSTM, GRU or RNN; {STATE}")
    for node in nodes:
        if node.op in PRODUCTS and {node.input(0), node.input(1)} <= data.keys():
            raise _foreign(node, f"it multiplies two results, as attention does; {STATE}")


def branch(graph: Graph, takers: Sequence[Node]) -> str | None:
    """Say what nodes that take the same data belong to, and what to do about it.

    Parameters
    ----------
    graph : Graph
        The network.
    takers : sequence of Node
        The nodes.

    Returns
    -------
    str or None
        A sentence; None if it is not known.
    """
    near = [{other.op for other in followers(graph, node)[:REACH]} for node in takers]
    for operators, kind in ACTIVATIONS.items():
        for node, found in zip(takers, near, strict=True):
            if found.issuperset(operators) and not (node.op in SUMS and len(takers) > 1):
                return f"{node}, the beginning of the activation {kind}, is not supported: {RELU}"
    for node, found in zip(takers, near, strict=True):
        if "ReduceMean" in found:
            return f"{node}, {NORMALIZATION}, is not supported: {FOLDED}"
    meeting = _meeting(graph, takers)
    if meeting is None:
        return None
    joins = "where two branches of the network meet"
    if meeting.op in SUMS:
        joins = "the sum of two results of the network (a residual connection)"
    return f"{meeting}, {joins}, is not supported: {DEFAULT_ADVICE}"


def _data(graph: Graph) -> dict[str, None]:
    """Return the names of all tensors that depend on the values of the input, in their order."""
    names, todo = {graph.input: None}, [graph.input]
    for name in todo:
        for node in graph.consumers.get(name, ()):
            if node.op != "Shape":
                fresh = [result for result in node.outputs if result and result not in names]
                names |= dict.fromkeys(fresh)
                todo += fresh
    return names


def _recurrent(graph: Graph, nodes: Sequence[Node], data: Mapping[str, None]) -> Node | None:
    """Return a node that applies weights which others apply too, to sums of results."""
    if not any(n.op in SUMS and len(data.keys() & n.inputs) > 1 for n in nodes):
        return None
    seen: set[str] = set()
    for node in nodes:
        given = [name for name in node.inputs[:2] if name not in data]
        if node.op in PRODUCTS and given:
            source = given[0]
            while (made := graph.producers.get(source)) is not None and made.op == "Identity":
                source = made.input(0)
            if source in seen:
                return node
            seen.add(source)
    return None


def _meeting(graph: Graph, takers: Sequence[Node]) -> Node | None:
    """Return the first node that two of the nodes lead to."""
    reached: set[int] = set()
    for taker in takers:
        found = followers(graph, taker)
        for node in found:
            if id(node) in reached:
                return node
        reached |= {id(node) for node in found}
    return None


def _foreign(node: Node, why: str) -> InputError:
    """Return the error of a node of a network of another kind."""
    return InputError(f"must hold fully connected layers only, not {node}: {why}")
