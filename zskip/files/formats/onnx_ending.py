"""The end of an ONNX graph: operators that keep the order of the outputs, as of a classifier."""

from zskip.files.formats.onnx_graph import Graph, Node
from zskip.files.formats.source import ENDINGS
from zskip.model.common.errors import InputError

ML = "ai.onnx.ml."
BEHIND = (
    *ENDINGS,
    *("Cast", "Concat", "Flatten", "Identity", "Reshape", "Squeeze", "Sub", "TopK", "Unsqueeze"),
    *(f"{ML}{name}" for name in ("ArrayFeatureExtractor", "Binarizer", "Normalizer", "ZipMap")),
)
"""Operators that may stand behind an ending: they make labels and tables of it."""


def find_ending(graph: Graph, name: str) -> tuple[Node, ...]:
    """Return the operators that take the outputs of the last layer, if all of them are endings.

    Parameters
    ----------
    graph : Graph
        The network.
    name : str
        Name of the data.

    Returns
    -------
    tuple of Node
        Empty if the data go on to something else.

    Raises
    ------
    InputError
        More than labels and tables are made of an ending.
    """
    takers = tuple(node for node in graph.consumers.get(name, ()) if node.op != "Shape")
    if any(node.op not in ENDINGS for node in takers):
        return ()
    for node in takers:
        for follower in followers(graph, node):
            if follower.op not in (*BEHIND, "Shape"):
                raise InputError(
                    f"{node} must be the last operation, but {follower} comes behind it: train "
                    "the network with ReLU in its place"
                )
    return takers


def followers(graph: Graph, node: Node) -> list[Node]:
    """Return a node and all that depend on its results."""
    found, seen = [node], {id(node)}
    for current in found:
        for name in filter(None, current.outputs):
            fresh = [taker for taker in graph.consumers.get(name, ()) if id(taker) not in seen]
            seen |= {id(taker) for taker in fresh}
            found += fresh
    return found
