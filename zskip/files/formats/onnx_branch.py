"""What a branch of an ONNX graph is, as far as its operators tell."""

from collections.abc import Sequence

from zskip.files.formats.onnx_ending import followers
from zskip.files.formats.onnx_graph import Graph, Node

KINDS = {
    "Softplus": "the activation Mish, written as x * tanh(softplus(x)),",
    "Sigmoid": "the activation SiLU (swish), written as x * sigmoid(x),",
    "HardSigmoid": "the activation hard swish, written as x * hardsigmoid(x),",
    "Erf": "the activation GELU",
    "Tanh": "the activation GELU, written with tanh,",
    "Pow": "the activation GELU, written with tanh,",
    "ReduceMean": "a normalization over the values of each input (LayerNorm)",
}
"""What each operator near the beginning of a branch makes of it."""

REACH = 3
"""How many operators of a branch are looked at."""


def branch(graph: Graph, takers: Sequence[Node]) -> str | None:
    """Say what nodes that take the same data belong to.

    Parameters
    ----------
    graph : Graph
        The network.
    takers : sequence of Node
        The nodes, more than one.

    Returns
    -------
    str or None
        The beginning of a sentence; None if it is not known.
    """
    for node in takers:
        if node.op in ("Add", "Sum"):
            return f"{node}, the sum of two results of the network (a residual connection),"
    for node in takers:
        near = {other.op for other in followers(graph, node)[:REACH]}
        for operator, kind in KINDS.items():
            if operator in near:
                return f"{node}, the beginning of {kind}"
    return None
