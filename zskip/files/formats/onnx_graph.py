"""The graph of an ONNX file: a chain of nodes from its input to its output."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zskip.files.formats.guard import NAME_LENGTH, damaged, listed, quoted
from zskip.files.formats.onnx_advice import RELU, STATE
from zskip.files.formats.onnx_wire import KIND, MAX_DIMENSIONS
from zskip.files.formats.tensors import plain_name
from zskip.model.common.errors import InputError

OPSETS = range(6, 29)
"""Versions of the operators that are understood; older ones meant other things by some."""

DOMAINS = ("", "ai.onnx")

OTHER_KINDS = {
    "export only the fully connected layers behind it": (
        *("AveragePool", "Conv", "ConvInteger", "ConvTranspose", "DeformConv"),
        *("GlobalAveragePool", "GlobalMaxPool", "MaxPool", "QLinearConv"),
    ),
    STATE: (*("Attention", "GRU", "LSTM", "Loop", "MultiHeadAttention", "RNN", "Scan"),),
    "train the network with BatchNormalization in its place, which can be folded": (
        *("GroupNormalization", "InstanceNormalization", "LayerNormalization"),
        *("LpNormalization", "RMSNormalization"),
    ),
    RELU: ("Gelu", "HardSwish", "Mish", "Swish"),
    "choose the layers before export, without conditions": ("If",),
    "QONNX and Brevitas round by it, which is not supported; export the network in float32": (
        *("MultiThreshold", "Trunc"),
    ),
}
"""Operators of networks of other kinds in any domain, by what to do about them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Node:
    """One operation.

    Attributes
    ----------
    op : str
        Name of the operator.
    name : str
        Its name, or that of its first result.
    inputs, outputs : tuple of str
        Names of tensors; empty for one that is left out.
    attributes : mapping from str to onnx.AttributeProto
        Its settings.
    """

    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]

    def __str__(self) -> str:
        return f"node {quoted(self.name)} ({self.op})"

    def input(self, index: int) -> str:
        """Return the name of an input; empty if it is left out."""
        return self.inputs[index] if index < len(self.inputs) else ""

    def setting(self, name: str, default: Any) -> Any:
        """Return an attribute.

        Parameters
        ----------
        name : str
            Its name.
        default : int, float, tuple of int or list of float
            Its value if it is left out; its type is the one it must have.

        Raises
        ------
        InputError
            It has another type.
        """
        attribute = self.attributes.get(name)
        if attribute is None:
            return default
        kinds = {int: "INT", float: "FLOAT", tuple: "INTS", list: "FLOATS"}
        values = {int: "i", float: "f", tuple: "ints", list: "floats"}
        if attribute.type != attribute.AttributeType.Value(kinds[type(default)]):
            raise damaged(KIND, f"attribute {quoted(name)} of {self} has a wrong type")
        return type(default)(getattr(attribute, values[type(default)]))


@dataclass(frozen=True, kw_only=True, eq=False)
class Graph:
    """A network.

    Attributes
    ----------
    opset : int
        Version of the operators.
    input : str
        Name of the tensor that goes in.
    outputs : tuple of str
        Names of the tensors that come out.
    batch : int or None
        Length of the first axis of the input, if it is fixed.
    shape : tuple of int
        Lengths of the other axes.
    tensors : mapping from str to onnx.TensorProto
        Tensors with given values.
    producers : mapping from str to Node
        The node of each computed tensor.
    consumers : mapping from str to list of Node
        The nodes that take each tensor.
    """

    opset: int
    input: str
    outputs: tuple[str, ...]
    batch: int | None
    shape: tuple[int, ...]
    tensors: Mapping[str, Any]
    producers: Mapping[str, Node]
    consumers: Mapping[str, Sequence[Node]]


def parse_graph(model: Any) -> Graph:
    """Make a graph of a model.

    Parameters
    ----------
    model : onnx.ModelProto
        The model.

    Raises
    ------
    InputError
        Its operators are too old or too new, it has not one input or no output, a name is used
        twice, or an input has no fixed shape.
    """
    if not model.graph.node and not model.opset_import:
        raise InputError(
            "must be an ONNX file, but its bytes hold no graph: export the network again"
        )
    opset = _opset(model)
    graph = model.graph
    if graph.sparse_initializer:
        raise InputError("must hold dense tensors, not a sparse_initializer: export it densely")
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    nodes = [_node(proto) for proto in graph.node]
    _check_kind(nodes)
    outputs = [name for node in nodes for name in node.outputs if name]
    inputs = [value for value in graph.input if value.name not in tensors]
    defined = [*(value.name for value in inputs), *tensors, *outputs]
    if len(set(defined)) < len(defined) or len(tensors) < len(graph.initializer):
        raise damaged(KIND, "two tensors of its graph have the same name")
    _check_single([value.name for value in inputs])
    if not graph.output:
        raise InputError("must have one output, not none: export a network of one output")
    batch, shape = _input_shape(inputs[0])
    consumers: dict[str, list[Node]] = {}
    for node in nodes:
        for name in filter(None, node.inputs):
            consumers.setdefault(name, []).append(node)
    return Graph(
        opset=opset,
        input=inputs[0].name,
        outputs=tuple(value.name for value in graph.output),
        batch=batch,
        shape=shape,
        tensors=tensors,
        producers={name: node for node in nodes for name in node.outputs if name},
        consumers=consumers,
    )


def _opset(model: Any) -> int:
    """Return the version of the operators."""
    versions = [entry.version for entry in model.opset_import if entry.domain in DOMAINS]
    if len(versions) != 1 or versions[0] not in OPSETS:
        raise InputError(
            f"must use opset {OPSETS[0]} to {OPSETS[-1]} of the ONNX operators, not "
            f"{versions[0] if versions else 'none'}: export with opset_version=20"
        )
    return versions[0]


def _check_kind(nodes: Sequence[Node]) -> None:
    """Check that no operator makes the network one of another kind.

    This comes before all else: what stands before such an operator would be refused first, and
    hide the cause.
    """
    for node in nodes:
        for why, operators in OTHER_KINDS.items():
            if node.op.rpartition(".")[2] in operators:
                raise InputError(f"must hold fully connected layers only, not {node}: {why}")


def _node(proto: Any) -> Node:
    """Make a node; the operator of a foreign domain is named with it."""
    outputs = tuple(proto.output)
    domain = "" if proto.domain in DOMAINS else f"{proto.domain}."
    return Node(
        op=plain_name(f"{domain}{proto.op_type}")[:NAME_LENGTH],
        name=proto.name or next((name for name in outputs if name), ""),
        inputs=tuple(proto.input),
        outputs=outputs,
        attributes={attribute.name: attribute for attribute in proto.attribute},
    )


def _check_single(names: list[str]) -> None:
    """Check that a graph has one input."""
    if len(names) != 1:
        given = listed(names) if names else "none"
        raise InputError(f"must have one input, not {given}: export a network of one input")


def _input_shape(value: Any) -> tuple[int | None, tuple[int, ...]]:
    """Return the length of the first axis of an input, None if it is dynamic, and the others."""
    dims = value.type.tensor_type.shape.dim
    fixed = all(dim.dim_value > 0 for dim in dims[1:])
    if not fixed or len(dims) not in range(2, MAX_DIMENSIONS + 1):
        shown = [dim.dim_value if dim.dim_value > 0 else dim.dim_param or "?" for dim in dims]
        raise InputError(
            f"input {quoted(value.name)} must have 2 to {MAX_DIMENSIONS} axes, the first for the "
            f"batch and the others of fixed length, not {quoted(', '.join(map(str, shown)))}: "
            "export it with the batch as the only dynamic axis"
        )
    batch = dims[0].dim_value if dims[0].dim_value > 0 else None
    return batch, tuple(dim.dim_value for dim in dims[1:])
