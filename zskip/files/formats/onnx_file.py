"""Weights in an ``.onnx`` file: a chain of fully connected layers and what can be folded into it.

Dropouts, casts and reshapes that change nothing are left out; batch normalizations and factors
and offsets are multiplied into the layers in float64. A layer bears the name of its module if its
weights are called ``<module>.weight``, and the name of its node otherwise.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zskip.files.formats.guard import check_growth, decoding, listed, naming, need, quoted
from zskip.files.formats.onnx_branch import branch, check_structure
from zskip.files.formats.onnx_ending import find_ending, followers
from zskip.files.formats.onnx_graph import Graph, Node, parse_graph
from zskip.files.formats.onnx_operators import step
from zskip.files.formats.onnx_tensors import Tensors
from zskip.files.formats.onnx_walk import Walk
from zskip.files.formats.onnx_wire import KIND, check_fields
from zskip.files.formats.source import SourceLayers
from zskip.model.common.errors import InputError
from zskip.model.common.float_network import check_float_network


def read(path: Path) -> SourceLayers:
    """Read the layers in the order of the graph.

    Parameters
    ----------
    path : pathlib.Path
        The file. Tensors may be in other files in its folder.

    Returns
    -------
    SourceLayers
        Of float32; with a note on each operation at the end that is taken off.

    Raises
    ------
    InputError
        The file cannot be read, is damaged, or is not such a network; or a library is missing.
    """
    with naming(path) as size:
        check_growth(size, size)
        onnx = need("onnx", "onnx")
        graph = parse_graph(_load(onnx, path))
        check_structure(graph)
        walk = Walk(graph, Tensors(onnx, path, size))
        name = graph.input
        while not (ending := find_ending(graph, name)) and (node := _next(graph, name)):
            name = step(walk, name, node)
        if walk.turned:
            raise InputError(
                "must not end with the axes of the data moved: export it without Transpose"
            )
        for node in ending:
            walk.end(node)
        _check_outputs(graph, name, ending)
        layers = walk.chain.finish()
        check_float_network(layers)
    return layers


def _load(onnx: Any, path: Path) -> Any:
    """Parse a file."""
    data = path.read_bytes()
    check_fields(data, onnx.ModelProto.DESCRIPTOR)
    with decoding(KIND):
        return onnx.ModelProto.FromString(data)


def _check_outputs(graph: Graph, name: str, ending: Sequence[Node]) -> None:
    """Check that the outputs of a graph are the last data, or made of them."""
    made = {
        result for node in ending for taker in followers(graph, node) for result in taker.outputs
    }
    for output in graph.outputs:
        if output not in made | {name}:
            if len(graph.outputs) > 1:
                raise InputError(
                    f"must have one output, not {listed(list(graph.outputs))}: export a network "
                    "of one output"
                )
            raise InputError(
                f"output {quoted(output)} must be the end of the chain from the input, not "
                f"{quoted(name)}: export a chain of fully connected layers"
            )


def _next(graph: Graph, name: str) -> Node | None:
    """Return the node that takes the data by a name; None if there is none."""
    takers = [node for node in graph.consumers.get(name, ()) if node.op != "Shape"]
    if len(takers) > 1 or (takers and name in graph.outputs):
        foreign = branch(graph, takers)
        if foreign is not None:
            raise InputError(foreign)
        raise InputError(
            f"tensor {quoted(name)} must be used once, not by {takers[0]} and others too: export "
            "a chain of layers without branches"
        )
    return takers[0] if takers else None
