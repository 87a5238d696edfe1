"""ONNX files that are refused; oracle: the message that each must get."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from zskip.files.formats.onnx_file import read
from zskip.files.formats.onnx_wire import MAX_FIELDS

onnx = pytest.importorskip("onnx")

Array = NDArray[Any]
Bytes = Callable[..., bytes]
Refused = Callable[..., str]
node = onnx.helper.make_node
FLOAT = onnx.TensorProto.FLOAT
W = np.ones((4, 3), dtype=np.float32)
SQUARE = np.ones((4, 4), dtype=np.float32)
MATMUL = node("MatMul", ["x", "w"], ["y"], "fc")
DAMAGED = "must be a whole, undamaged ONNX file, but: "


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is."""
    return tmp_path / "net.onnx"


OPERATORS = (
    "Add, BatchNormalization, Cast, Clip, Div, Dropout, Flatten, Gemm, Identity, MatMul, Mul, "
    "Relu, Reshape, Squeeze, Sub, Transpose, Unsqueeze, ai.onnx.ml.Scaler"
)


def head(op: str, inputs: Sequence[str] = ("m",), **settings: Any) -> list[Any]:
    """A layer, and one more operator behind it."""
    return [node("MatMul", ["x", "w"], ["m"]), node(op, inputs, ["y"], "end", **settings)]


@pytest.mark.parametrize(
    ("nodes", "tensors", "message"),
    [
        (
            [*head("Softmax"), node("MatMul", ["y", "v"], ["z"], "more")],
            {"w": W, "v": W.T},
            "node 'end' (Softmax) must be the last operation, but node 'more' (MatMul) comes "
            "behind it: train the network with ReLU in its place",
        ),
        (
            head("ArgMax"),
            {"w": W},
            "node 'end' (ArgMax) on data of shape (batch, 3) must work along axis 1: export it "
            "with dim=1",
        ),
        (
            head("LeakyRelu"),
            {"w": W},
            "node 'end' (LeakyRelu) on data of shape (batch, 3) is an activation other than ReLU: "
            "train the network with ReLU in its place",
        ),
        (
            [node("Conv", ["x", "w"], ["y"], "conv")],
            {"w": W},
            "must hold fully connected layers only, not node 'conv' (Conv): export only the fully "
            "connected layers behind it",
        ),
        (
            [
                node("Transpose", ["x"], ["t"], perm=[1, 0]),
                node("LSTM", ["t", "w", "w"], ["y"], "lstm"),
            ],
            {"w": W},
            "must hold fully connected layers only, not node 'lstm' (LSTM): a network with state "
            "or attention cannot be compressed; export its fully connected layers",
        ),
        (
            [*head("Sigmoid"), node("Mul", ["m", "y"], ["z"], "silu")],
            {"w": W},
            "node 'end' (Sigmoid), the beginning of the activation SiLU (swish), written as "
            "x * sigmoid(x), is not supported: train the network with ReLU in its place",
        ),
        (
            head("MultiThreshold", ["m", "s"], domain="qonnx.custom_op.general"),
            {"w": W, "s": np.float32(1)},
            "must hold fully connected layers only, not node 'end' "
            "(qonnx.custom_op.general.MultiThreshold): QONNX and Brevitas round by it, which is "
            "not supported; export the network in float32",
        ),
        (
            head("QuantizeLinear", ["m", "s"]),
            {"w": W, "s": np.float32(1)},
            "node 'end' (QuantizeLinear) on data of shape (batch, 3) is not supported, only "
            f"{OPERATORS} are: export the network before it is quantized",
        ),
        (
            [node("Erf", ["x"], ["y"], "a\n\x1b[0m")],
            {},
            "node 'a\\n\\x1b[0m' (Erf) on data of shape (batch, 4) is not supported, only "
            f"{OPERATORS} are: export a chain of fully connected layers and ReLU",
        ),
        (
            [node("Relu", ["x"], ["y"], domain="com.example")],
            {},
            "node 'y' (com.example.Relu) on data of shape (batch, 4) is not supported, only "
            f"{OPERATORS} are: export a chain of fully connected layers and ReLU",
        ),
        (
            [MATMUL, node("Relu", ["x"], ["r"], "second")],
            {"w": W},
            "tensor 'x' must be used once, not by node 'fc' (MatMul) and others too: export a "
            "chain of layers without branches",
        ),
        (
            head("Add", ["m", "m"]),
            {"w": W},
            "node 'end' (Add), the sum of two results of the network (a residual connection), is "
            "not supported: export a chain of fully connected layers and ReLU",
        ),
        (
            [MATMUL, node("Relu", ["y"], ["r"])],
            {"w": W},
            "tensor 'y' must be used once, not by node 'r' (Relu) and others too: export a chain "
            "of layers without branches",
        ),
        (
            [node("MatMul", ["x", "w"], ["m"]), node("Relu", ["w"], ["y"])],
            {"w": W},
            "output 'y' must be the end of the chain from the input, not 'm': export a chain of "
            "fully connected layers",
        ),
        ([MATMUL], {}, f"{DAMAGED}tensor 'w' is used, but nowhere given; write the file again"),
        (
            [MATMUL],
            {"w": W.T},
            "node 'fc' (MatMul) on data of shape (batch, 4) must have weights for 4 inputs, not 3: "
            "export again",
        ),
        (
            [MATMUL],
            {"w": W[0]},
            "tensor 'w' must be of shape (outputs, inputs), at least (1, 1), not (3,): only fully "
            "connected layers can be compressed",
        ),
        (
            [MATMUL],
            {"w": W.astype(np.int8)},
            "tensor 'w' must be of float16, bfloat16, float32 or float64, not int8: convert it to "
            "float32",
        ),
        (
            [MATMUL],
            {"w": W * np.float32(np.inf)},
            "values of tensor 'w' must be finite, not inf at position (0, 0): remove NaN and "
            "infinite values",
        ),
        (
            [MATMUL],
            {"w": W.astype(np.complex64)},
            "tensor 'w' must be of one of the types FLOAT, DOUBLE, FLOAT16, BFLOAT16, INT4, INT8, "
            "INT16, INT32, INT64, UINT4, UINT8, UINT16, UINT32, UINT64, not COMPLEX64: export the "
            "network in float32",
        ),
        (
            [node("MatMul", ["w", "x"], ["y"], "fc")],
            {"w": SQUARE},
            "node 'fc' (MatMul) on data of shape (batch, 4) must take them as its first input: "
            "export x @ weights",
        ),
        (
            [node("MatMul", ["x", "x2"], ["y"], "fc"), node("Relu", ["q"], ["x2"], "act")],
            {"q": SQUARE},
            "node 'act' (Relu) computes a given tensor, but is not supported there: only "
            "Constant, Shape, Cast, Concat, DequantizeLinear, Gather, Identity, Mul, Reshape, "
            "Squeeze, Transpose, Unsqueeze are; export with constant folding",
        ),
        (
            [node("Gemm", ["x", "w"], ["y"], "fc", transA=1)],
            {"w": W},
            "node 'fc' (Gemm) on data of shape (batch, 4) must not transpose its first input: "
            "export x @ weights",
        ),
        (
            [node("Gemm", ["x", "w"], ["y"], "fc", alpha=float("nan"))],
            {"w": W},
            "node 'fc' (Gemm) on data of shape (batch, 3) must have finite alpha and beta: export "
            "it again",
        ),
        (
            [node("Gemm", ["x", "w", "c"], ["y"], "fc")],
            {"w": W, "c": W[:2]},
            "node 'fc' (Gemm) on data of shape (batch, 3) must get one value, or one per value of "
            "an input, not a tensor of shape (2, 3): export it again",
        ),
        (
            [node("Gemm", ["x", "w"], ["y"], "fc", transB=1.0)],
            {"w": W},
            f"{DAMAGED}attribute 'transB' of node 'fc' (Gemm) has a wrong type; write the file "
            "again",
        ),
        (
            [node("Relu", ["x"], ["r"], "act"), node("MatMul", ["r", "w"], ["y"])],
            {"w": W},
            "ReLU 'act' must come behind a layer, not behind the input or another ReLU: leave out "
            "what is before it",
        ),
        ([node("Identity", ["x"], ["y"])], {}, "must hold at least one fully connected layer, not"),
        (
            head("Cast", to=onnx.TensorProto.INT8),
            {"w": W},
            "node 'end' (Cast) on data of shape (batch, 3) must not round the data to integers: "
            "export it in float32",
        ),
        (
            head("Div", ["m", "c"]),
            {"w": W, "c": np.zeros(3, np.float32)},
            "node 'end' (Div) on data of shape (batch, 3) must divide the data by a tensor without "
            "zeros: export it so",
        ),
        (
            head("Div", ["c", "m"]),
            {"w": W, "c": np.ones(3, np.float32)},
            "node 'end' (Div) on data of shape (batch, 3) must divide the data by a tensor without "
            "zeros: export it so",
        ),
        (
            head("Clip", ["m", "low", "high"]),
            {"w": W, "low": np.float32(-1), "high": np.float32(1)},
            "node 'end' (Clip) on data of shape (batch, 3) must clip at 0 and at one number above "
            "it: train the network with ReLU in its place",
        ),
        (
            head("Unsqueeze", ["m", "axes"]),
            {"w": W, "axes": np.array([0])},
            "node 'end' (Unsqueeze) on data of shape (batch, 3) must leave the first axis, of the "
            "batch, alone: export it so",
        ),
        (
            head("Squeeze", ["m", "axes"]),
            {"w": W, "axes": np.array([1])},
            "node 'end' (Squeeze) on data of shape (batch, 3) must take away axes of length 1: ",
        ),
        (
            head("Transpose"),
            {"w": W},
            "node 'end' (Transpose) on data of shape (batch, 3) must not move axes of the data: ",
        ),
        (
            [*head("Transpose"), node("Relu", ["y"], ["z"])],
            {"w": W},
            "node 'end' (Transpose) on data of shape (batch, 3) must not move axes of the data: ",
        ),
        (
            [
                node("MatMul", ["x", "w"], ["m"]),
                node("Transpose", ["m"], ["t"]),
                node("BatchNormalization", ["t", "b", "b", "b", "b"], ["y"]),
            ],
            {"w": W, "b": np.ones(3, np.float32)},
            "must not end with the axes of the data moved: export it without Transpose",
        ),
        (
            head("Transpose", perm=[1, 0]),
            {"w": W},
            "node 'end' (Transpose) on data of shape (batch, 3) must not move axes of the data: "
            "export the network without it",
        ),
        (
            head("Flatten", axis=0),
            {"w": W},
            "node 'end' (Flatten) on data of shape (batch, 3) must flatten behind axis 1: export "
            "it with start_dim=1",
        ),
        (
            head("Reshape", ["m", "s"]),
            {"w": W, "s": np.array([-1])},
            "node 'end' (Reshape) on data of shape (batch, 3) must keep the batch as the first "
            "axis: export it with x.flatten(1)",
        ),
        (
            head("Reshape", ["m", "s"]),
            {"w": W, "s": np.array([3, -1])},
            "node 'end' (Reshape) on data of shape (batch, 3) must keep the batch as the first "
            "axis: export it with x.flatten(1)",
        ),
        (
            head("Reshape", ["m", "s"]),
            {"w": W, "s": np.array([np.nan, 3])},
            f"{DAMAGED}node 'end' (Reshape) has no shape as its second input; write the file again",
        ),
        (
            head("Reshape", ["m", "s"]),
            {"w": W, "s": np.array([0, 4])},
            f"{DAMAGED}node 'end' (Reshape) cannot make (batch, 4) of (batch, 3); write the file "
            "again",
        ),
        (
            head("Dropout", ["m", "r", "t"]),
            {"w": W, "r": np.float32(0.5), "t": np.array([1], np.int8)},
            "node 'end' (Dropout) on data of shape (batch, 3) must not be in training mode: export "
            "after model.eval()",
        ),
        (
            head("BatchNormalization", ["m", "s", "s", "s", "s"], training_mode=1),
            {"w": W, "s": np.ones(3, np.float32)},
            "node 'end' (BatchNormalization) on data of shape (batch, 3) must not be in training "
            "mode: export after model.eval()",
        ),
        (
            head("BatchNormalization", ["m", "s", "s", "s"]),
            {"w": W, "s": np.ones(3, np.float32)},
            "input 4 of node 'end' (BatchNormalization) must be a given tensor, not one that is "
            "left out or depends on the input of the network: export a chain of fully connected "
            "layers",
        ),
        (
            head("BatchNormalization", ["m", "s", "s", "s", "t"]),
            {"w": W, "s": np.ones(3, np.float32), "t": np.ones(2, np.float32)},
            "tensor 't' must be of shape (3,), one value per output, not (2,): write the file "
            "again",
        ),
        (
            [node("Gather", ["book", "codes"], ["w"], "look"), MATMUL],
            {"book": np.ones(4, np.float32), "codes": np.full((4, 3), 4)},
            "codes of node 'look' (Gather) must be from 0 to 3, not 4 to 4: write the file again",
        ),
        (
            [node("Gather", ["book", "codes"], ["w"], "look"), MATMUL],
            {"book": W, "codes": np.zeros((4, 3), np.int64)},
            "node 'look' (Gather) must look up integers in a codebook of one axis, not int64 in "
            "one of shape (4, 3): export the weights themselves",
        ),
        (
            [node("Identity", ["a"], ["w"], "one"), node("Identity", ["w"], ["a"], "two"), MATMUL],
            {},
            f"{DAMAGED}node 'one' (Identity) depends on itself, or on too many nodes; write the "
            "file again",
        ),
        (
            [node("Cast", ["v"], ["w"], "cast", to=onnx.TensorProto.STRING), MATMUL],
            {"v": W},
            "node 'cast' (Cast) must cast to a type of NumPy, not to type 8 of ONNX: export the "
            "network in float32",
        ),
    ],
)
def test_graphs(
    path: Path,
    onnx_bytes: Bytes,
    refused: Refused,
    nodes: Sequence[Any],
    tensors: Mapping[str, Array],
    message: str,
) -> None:
    path.write_bytes(onnx_bytes(nodes, tensors, shape=("batch", 4)))
    assert refused(read, path).startswith(message)
    if len(message) > 100:
        assert refused(read, path) == message


@pytest.mark.parametrize(
    ("shape", "given"),
    [
        (("batch", "width"), "batch, width"),
        ((1, 2, -1), "1, 2, ?"),
        ((4,), "4"),
        ((), ""),
        ((1,) * 9, "1, 1, 1, 1, 1, 1, 1, 1, 1"),
        (None, ""),
    ],
)
def test_dynamic_dimensions(
    path: Path,
    onnx_bytes: Bytes,
    refused: Refused,
    shape: Sequence[int | str] | None,
    given: str,
) -> None:
    path.write_bytes(onnx_bytes([MATMUL], {"w": W}, shape=shape))
    assert refused(read, path) == (
        "input 'x' must have 2 to 8 axes, the first for the batch and the others of fixed length, "
        f"not '{given}': export it with the batch as the only dynamic axis"
    )


@pytest.mark.parametrize(("opset", "given"), [(5, "5"), (29, "29")])
def test_opsets(path: Path, onnx_bytes: Bytes, refused: Refused, opset: int, given: str) -> None:
    path.write_bytes(onnx_bytes([MATMUL], {"w": W}, shape=(1, 4), opset=opset))
    assert refused(read, path) == (
        f"must use opset 6 to 28 of the ONNX operators, not {given}: export with opset_version=20"
    )


def test_no_opset(path: Path, gemm_model: bytes, refused: Refused) -> None:
    model = onnx.ModelProto.FromString(gemm_model)
    del model.opset_import[:]
    path.write_bytes(model.SerializeToString())
    assert "not none: export with opset_version=20" in refused(read, path)


def test_missing_weight(path: Path, gemm_model: bytes, refused: Refused) -> None:
    model = onnx.ModelProto.FromString(gemm_model)
    del model.graph.initializer[2]
    path.write_bytes(model.SerializeToString())
    assert refused(read, path) == (
        f"{DAMAGED}tensor 'fc2.weight' is used, but nowhere given; write the file again"
    )


@pytest.mark.parametrize("what", ["input", "output"])
def test_one_input_and_one_output(
    path: Path, gemm_model: bytes, refused: Refused, what: str
) -> None:
    model = onnx.ModelProto.FromString(gemm_model)
    values = getattr(model.graph, what)
    first = values[0].name
    values.append(onnx.helper.make_tensor_value_info("more", FLOAT, (1, 2)))
    path.write_bytes(model.SerializeToString())
    given = f"must have one {what}, not '{first}', 'more': export a network of one {what}"
    assert refused(read, path) == given
    del values[:]
    path.write_bytes(model.SerializeToString())
    assert refused(read, path) == f"must have one {what}, not none: export a network of one {what}"


def test_names_that_are_used_twice(path: Path, onnx_bytes: Bytes, refused: Refused) -> None:
    path.write_bytes(onnx_bytes([MATMUL, MATMUL], {"w": W}, shape=(1, 4)))
    assert refused(read, path) == (
        f"{DAMAGED}two tensors of its graph have the same name; write the file again"
    )


def test_sparse_tensors(path: Path, gemm_model: bytes, refused: Refused) -> None:
    model = onnx.ModelProto.FromString(gemm_model)
    model.graph.sparse_initializer.add()
    path.write_bytes(model.SerializeToString())
    assert "not a sparse_initializer" in refused(read, path)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"raw_data": bytes(47)}, f"{DAMAGED}tensor 'w' has 47 bytes or values, not 48"),
        ({"raw_data": bytes(49)}, f"{DAMAGED}tensor 'w' has 49 bytes or values, not 48"),
        ({"float_data": [1.0] * 11}, f"{DAMAGED}tensor 'w' has 11 bytes or values, not 12"),
        ({"double_data": [1.0] * 12}, f"{DAMAGED}tensor 'w' has 0 bytes or values, not 12"),
        ({"dims": [2**62, 3], "raw_data": b""}, f"{DAMAGED}tensor 'w' has 0 bytes or values, not"),
        ({"dims": [-4, -3], "raw_data": bytes(48)}, f"{DAMAGED}tensor 'w' cannot be of shape (-4"),
        ({"dims": [1] * 99, "raw_data": bytes(4)}, f"{DAMAGED}tensor 'w' cannot be of shape (1, 1"),
        ({"data_type": 0, "raw_data": bytes(48)}, "tensor 'w' must be of one of the types FLOAT"),
        ({"data_type": 99, "raw_data": bytes(48)}, "tensor 'w' must be of one of the types FLOAT"),
        ({"data_type": 8, "string_data": [b"a"]}, "tensor 'w' must be of one of the types FLOAT"),
    ],
)
def test_tensors(
    path: Path,
    onnx_bytes: Bytes,
    refused: Refused,
    settings: Mapping[str, Any],
    message: str,
) -> None:
    model = onnx.ModelProto.FromString(onnx_bytes([MATMUL], shape=(1, 4)))
    fields = {"name": "w", "dims": [4, 3], "data_type": FLOAT, **settings}
    model.graph.initializer.append(onnx.TensorProto(**fields))
    path.write_bytes(model.SerializeToString())
    assert refused(read, path).startswith(message)


def test_a_codebook_is_no_bomb(path: Path, onnx_bytes: Bytes, refused: Refused) -> None:
    # Each node looks the same codes up once more.
    count = 600
    nodes = [node("Gather", ["book", "codes"], [f"w{i}"]) for i in range(count)]
    names = ["x", *(f"r{i}" for i in range(count - 1)), "y"]
    nodes += [
        node("MatMul", [name, f"w{i}"], [result])
        for i, (name, result) in enumerate(pairwise(names))
    ]
    codes = onnx.helper.make_tensor("codes", onnx.TensorProto.INT64, (256, 256), [0] * 65536)
    model = onnx.ModelProto.FromString(
        onnx_bytes(nodes, {"book": np.ones(2, np.float32)}, shape=(1, 256))
    )
    model.graph.initializer.append(codes)
    path.write_bytes(model.SerializeToString())
    assert refused(read, path).startswith("must declare at most ")


def test_a_large_input_is_no_bomb(path: Path, onnx_bytes: Bytes, refused: Refused) -> None:
    nodes = [node("Add", ["x", "c"], ["a"]), node("Flatten", ["a"], ["y"])]
    path.write_bytes(onnx_bytes(nodes, {"c": np.float32(1)}, shape=(1, 2**30, 2**30)))
    assert refused(read, path).startswith("must declare at most ")


def test_many_small_messages_are_no_bomb(path: Path, refused: Refused) -> None:
    nodes = b"\x0a\x00" * (MAX_FIELDS + 1)
    length, size = len(nodes), b""
    while length:
        size += bytes([length & 127 | (128 if length > 127 else 0)])
        length >>= 7
    path.write_bytes(b"\x3a" + size + nodes)
    assert refused(read, path) == (
        "must hold at most 100,000 nodes, attributes and other fields: keep the values of "
        "tensors in raw_data"
    )


@pytest.mark.parametrize(
    "data",
    [
        b"x",
        b"PK\x03\x04" + bytes(50),
        b"\x3a\xff\xff\xff\xff\x0f",
        b"\x80" * 20,
        b"\x3b",
        b"\x3a\x05\x0a",
        b"\x12" + b"\x05\x00",
        # Messages nest beyond the limit of protobuf: attribute, graph, node and so on.
        b"",
    ],
)
def test_bytes_of_another_kind(path: Path, refused: Refused, data: bytes) -> None:
    path.write_bytes(data or deep())
    message = refused(read, path)
    assert message.startswith((DAMAGED, "must use opset 6 to 28"))


def deep() -> bytes:
    """Nest graphs in attributes of nodes a hundred times."""
    data = b""
    for _ in range(100):
        for tag in (b"\x32", b"\x2a", b"\x0a"):
            size, length = b"", len(data)
            while length > 127:
                size += bytes([length & 127 | 128])
                length >>= 7
            data = tag + size + bytes([length]) + data
    size, length = b"", len(data)
    while length > 127:
        size += bytes([length & 127 | 128])
        length >>= 7
    return b"\x3a" + size + bytes([length]) + data


def test_texts(path: Path, gemm_model: bytes, refused: Refused) -> None:
    assert gemm_model.count(b"fc2_sum") == 2
    path.write_bytes(gemm_model.replace(b"fc2_sum", b"fc2\xffsum"))
    assert refused(read, path) == f"{DAMAGED}a text is not in UTF-8; write the file again"


def test_truncated(path: Path, gemm_model: bytes, refused: Refused) -> None:
    for end in range(1, len(gemm_model), 7):
        path.write_bytes(gemm_model[:end])
        refused(read, path)


def test_no_graph(path: Path, refused: Refused) -> None:
    path.write_bytes(onnx.ModelProto(producer_name="another").SerializeToString())
    assert refused(read, path) == (
        "must be an ONNX file, but its bytes hold no graph: export the network again"
    )
