"""ONNX files built by hand; oracle: the arrays they are built from, or onnx's reference runtime."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from zskip.files.formats.onnx_file import read
from zskip.model.common.reference import FloatLayer, float_network

onnx = pytest.importorskip("onnx")
reference = pytest.importorskip("onnx.reference")

Array = NDArray[Any]
Bytes = Callable[..., bytes]
Same = Callable[..., None]
RNG = np.random.default_rng(6)
node = onnx.helper.make_node
FLOAT = onnx.TensorProto.FLOAT


def single(*shape: int) -> NDArray[np.float32]:
    """Random float32 values."""
    return RNG.standard_normal(shape).astype(np.float32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is."""
    return tmp_path / "net.onnx"


def check_outputs(path: Path, shape: Sequence[int]) -> tuple[FloatLayer, ...]:
    """Compare the layers that are read with onnx's own evaluation of the file."""
    inputs = RNG.standard_normal((1, *shape)).astype(np.float32)
    (expected,) = reference.ReferenceEvaluator(str(path)).run(None, {"x": inputs})
    layers = read(path)
    given = float_network(layers, inputs.reshape(1, -1))[-1]
    np.testing.assert_allclose(given, expected, rtol=1e-4, atol=1e-5)
    return layers


def test_gemm(path: Path, gemm_model: bytes, network: Sequence[FloatLayer], same: Same) -> None:
    path.write_bytes(gemm_model)
    same(read(path), network)


def test_matmul_and_add(
    path: Path, onnx_bytes: Bytes, network: Sequence[FloatLayer], same: Same
) -> None:
    nodes, tensors, data = [], {}, "x"
    for layer in network:
        tensors |= {f"{layer.name}_w": layer.weights.T.copy(), f"{layer.name}_b": layer.bias}
        nodes.append(node("MatMul", [data, f"{layer.name}_w"], [f"{layer.name}_m"], layer.name))
        data = f"{layer.name}_a" if layer.relu else "y"
        # The bias may stand on either side.
        pair = [f"{layer.name}_m", f"{layer.name}_b"]
        nodes.append(node("Add", pair if layer.relu else pair[::-1], [data]))
        if layer.relu:
            nodes.append(node("Relu", [data], [f"{layer.name}_r"]))
            data = f"{layer.name}_r"
    path.write_bytes(onnx_bytes(nodes, tensors))
    same(read(path), network)


def test_operators_that_change_nothing(
    path: Path, onnx_bytes: Bytes, network: Sequence[FloatLayer], same: Same
) -> None:
    first, *_ = network
    nodes = [
        node("Flatten", ["x"], ["flat"]),
        node("Identity", ["flat"], ["same"]),
        node("Cast", ["same"], ["cast"], to=FLOAT),
        node("Reshape", ["cast", "shape"], ["shaped"]),
        node("Transpose", ["shaped"], ["kept"], perm=[0, 1]),
        node("Dropout", ["kept", "ratio"], ["dropped", "mask"]),
        node("Transpose", ["fc1.weight"], ["turned"], perm=[1, 0]),
        node("Identity", ["turned"], ["weights"]),
        node("Cast", ["bias64"], ["bias"], to=FLOAT),
        node(
            "Constant", [], ["bias64"], value=onnx.numpy_helper.from_array(first.bias.astype("f8"))
        ),
        node("Gemm", ["dropped", "weights", "bias"], ["sum"]),
        node("Relu", ["sum"], ["y"]),
    ]
    tensors = {"fc1.weight": first.weights, "ratio": np.float32(0.5)}
    tensors["shape"] = np.array([0, -1])
    path.write_bytes(onnx_bytes(nodes, tensors, shape=("batch", 3, 2, 2)))
    same(read(path), [first])


@pytest.mark.parametrize("batch", ["batch", 1, 7])
@pytest.mark.parametrize("target", [(-1, 12), (0, 12), (0, -1)])
def test_reshape_before_the_first_layer(
    path: Path,
    onnx_bytes: Bytes,
    gemm_model: bytes,
    network: Sequence[FloatLayer],
    same: Same,
    batch: int | str,
    target: tuple[int, int],
) -> None:
    model = onnx.ModelProto.FromString(gemm_model)
    model.graph.node[0].input[0] = "flat"
    nodes = [node("Reshape", ["x", "shape"], ["flat"]), *model.graph.node]
    tensors = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
    tensors["shape"] = np.array(target)
    path.write_bytes(onnx_bytes(nodes, tensors, shape=(batch, 3, 4)))
    same(read(path), network)


def test_shape_computed_from_the_input(path: Path, onnx_bytes: Bytes) -> None:
    nodes = [
        node("Shape", ["x"], ["dims"]),
        node("Constant", [], ["zero"], value_int=0),
        node("Constant", [], ["axes"], value_ints=[0]),
        node("Gather", ["dims", "zero"], ["batch"], axis=0),
        node("Unsqueeze", ["batch", "axes"], ["batch1"]),
        node("Constant", [], ["rest"], value_ints=[-1]),
        node("Concat", ["batch1", "rest"], ["shape"], axis=0),
        node("Reshape", ["x", "shape"], ["flat"]),
        node("MatMul", ["flat", "w"], ["y"]),
    ]
    path.write_bytes(onnx_bytes(nodes, {"w": single(6, 4)}, shape=("n", 2, 3)))
    check_outputs(path, (2, 3))


def test_first_part_of_a_shape(path: Path, onnx_bytes: Bytes) -> None:
    nodes = [
        node("Shape", ["x"], ["batch"], start=0, end=1),
        node("Concat", ["batch", "rest"], ["shape"], axis=0),
        node("Reshape", ["x", "shape"], ["flat"], allowzero=1),
        node("MatMul", ["flat", "w"], ["y"]),
    ]
    tensors = {"w": single(6, 4), "rest": np.array([6])}
    path.write_bytes(onnx_bytes(nodes, tensors, shape=("n", 2, 3)))
    check_outputs(path, (2, 3))


@pytest.mark.parametrize("opset", [6, 7, 13, 28])
@pytest.mark.parametrize(
    ("alpha", "beta", "shape"), [(1, 1, (4,)), (0.5, 2, (1, 4)), (-1, 0, (1, 1)), (2, 1, ())]
)
def test_gemm_with_factors(
    path: Path, onnx_bytes: Bytes, alpha: float, beta: float, shape: tuple[int, ...], opset: int
) -> None:
    factors: dict[str, Any] = {"alpha": float(alpha), "beta": float(beta)}
    factors |= {"broadcast": 1} if opset < 7 else {}
    nodes = [node("Gemm", ["x", "w", "c"], ["y"], **factors)]
    tensors = {"w": single(6, 4), "c": single(*shape)}
    path.write_bytes(onnx_bytes(nodes, tensors, shape=(1, 6), opset=opset))
    check_outputs(path, (6,))


@pytest.mark.parametrize("behind", [True, False])
def test_batch_normalization(path: Path, onnx_bytes: Bytes, behind: bool) -> None:
    statistics = ["gamma", "beta", "mean", "variance"]
    norm = node("BatchNormalization", ["m" if behind else "r", *statistics], ["n"], epsilon=0.01)
    relu = node("Relu", ["n" if behind else "m"], ["r"])
    last = node("MatMul", ["r" if behind else "n", "w2"], ["y"])
    nodes = [node("MatMul", ["x", "w1"], ["m"]), *([norm, relu] if behind else [relu, norm]), last]
    tensors = {name: np.abs(single(5)) for name in statistics}
    tensors |= {"w1": single(6, 5), "w2": single(5, 3)}
    path.write_bytes(onnx_bytes(nodes, tensors, shape=("n", 6)))
    assert [layer.relu for layer in check_outputs(path, (6,))] == [True, False]


def test_arithmetic_with_given_tensors(path: Path, onnx_bytes: Bytes) -> None:
    nodes = [
        node("Sub", ["x", "mean"], ["a"]),
        node("Div", ["a", "deviation"], ["b"]),
        node("Flatten", ["b"], ["c"]),
        node("MatMul", ["c", "w"], ["d"]),
        node("Sub", ["two", "d"], ["e"]),
        node("Mul", ["row", "e"], ["f"]),
        node("Add", ["f", "row"], ["y"]),
    ]
    tensors = {"mean": single(3, 1, 1), "deviation": np.float32(0.25), "w": single(12, 4)}
    tensors |= {"two": single(1), "row": single(1, 4)}
    path.write_bytes(onnx_bytes(nodes, tensors, shape=("n", 3, 2, 2)))
    check_outputs(path, (3, 2, 2))


@pytest.mark.parametrize("code", [np.uint8, np.int32, np.int64])
def test_weight_sharing(path: Path, onnx_bytes: Bytes, code: type[np.integer]) -> None:
    codebook = np.array([0.0, -1.5, 0.3, 2.0], dtype=np.float32)
    codes = RNG.integers(0, 4, (5, 6))
    nodes = [
        node("Cast", ["codes"], ["indices"], to=onnx.TensorProto.INT64),
        node("Gather", ["codebook", "indices"], ["w"]),
        node("Gemm", ["x", "w"], ["y"], name="fc", transB=1),
    ]
    path.write_bytes(
        onnx_bytes(nodes, {"codebook": codebook, "codes": codes.astype(code)}, shape=(1, 6))
    )
    (layer,) = read(path)
    assert layer.name == "fc"
    assert layer.weights.tobytes() == codebook[codes].tobytes()


def test_a_mask_on_the_weights(path: Path, onnx_bytes: Bytes) -> None:
    weights, mask = single(6, 4), RNG.integers(0, 2, (6, 4)).astype(np.float32)
    nodes = [
        node("Mul", ["fc.weight", "mask"], ["masked"]),
        node("Mul", ["masked", "half"], ["scaled"]),
        node("MatMul", ["x", "scaled"], ["y"]),
    ]
    tensors = {"fc.weight": weights, "mask": mask, "half": np.float32(0.5)}
    path.write_bytes(onnx_bytes(nodes, tensors, shape=(1, 6)))
    (layer,) = read(path)
    assert layer.name == "fc"
    np.testing.assert_array_equal(layer.weights, (weights * mask * np.float32(0.5)).T)


@pytest.mark.parametrize(("axis", "length"), [(0, 5), (1, 6), (-1, 6), (None, 1)])
@pytest.mark.parametrize("code", [np.int8, np.uint8, np.int32])
def test_quantized_weights(
    path: Path, onnx_bytes: Bytes, axis: int | None, length: int, code: type[np.generic]
) -> None:
    shape = () if axis is None else (length,)
    tensors = {"codes": RNG.integers(0, 100, (5, 6)).astype(code)}
    tensors |= {"scale": np.abs(single(*shape)), "zero": np.zeros(shape, code)}
    if code != np.int32:
        tensors["zero"] = RNG.integers(0, 100, shape).astype(code)
    settings = {} if axis is None else {"axis": axis}
    nodes = [
        node("DequantizeLinear", ["codes", "scale", "zero"], ["w"], **settings),
        node("Gemm", ["x", "w"], ["y"], transB=1),
    ]
    path.write_bytes(onnx_bytes(nodes, tensors, shape=(1, 6)))
    check_outputs(path, (6,))


def test_quantized_weights_of_four_bits(path: Path, onnx_bytes: Bytes) -> None:
    codes = onnx.helper.make_tensor("codes", onnx.TensorProto.INT4, (3, 2), [-8, 7, 1, 0, -1, 2])
    model = onnx.ModelProto.FromString(
        onnx_bytes(
            [
                node("DequantizeLinear", ["codes", "scale"], ["w"]),
                node("MatMul", ["x", "w"], ["y"]),
            ],
            {"scale": np.float32(0.5)},
            shape=(1, 3),
            opset=21,
        )
    )
    model.graph.initializer.append(codes)
    path.write_bytes(model.SerializeToString())
    assert read(path)[0].weights.T.tolist() == [[-4.0, 3.5], [0.5, 0.0], [-0.5, 1.0]]


@pytest.mark.parametrize("dtype", ["FLOAT16", "BFLOAT16", "DOUBLE", "FLOAT"])
@pytest.mark.parametrize("raw", [True, False])
def test_types_of_weights(path: Path, onnx_bytes: Bytes, dtype: str, raw: bool) -> None:
    values = [0.5, -2.0, 3.0, 0.0, -0.25, 8.0]
    tensor = onnx.helper.make_tensor("w", getattr(onnx.TensorProto, dtype), (3, 2), values)
    if raw:
        tensor = onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(tensor), "w")
        assert tensor.HasField("raw_data")
    model = onnx.ModelProto.FromString(
        onnx_bytes([node("MatMul", ["x", "w"], ["y"])], shape=(1, 3))
    )
    model.graph.initializer.append(tensor)
    path.write_bytes(model.SerializeToString())
    assert read(path)[0].weights.T.ravel().tolist() == values


def test_inputs_that_are_given_too(
    path: Path, gemm_model: bytes, network: Sequence[FloatLayer], same: Same
) -> None:
    model = onnx.ModelProto.FromString(gemm_model)
    for tensor in model.graph.initializer:
        value = onnx.helper.make_tensor_value_info(tensor.name, FLOAT, tensor.dims)
        model.graph.input.append(value)
    path.write_bytes(model.SerializeToString())
    same(read(path), network)


def test_weights_that_two_layers_share(path: Path, onnx_bytes: Bytes) -> None:
    nodes = [
        node("Gemm", ["x", "fc.weight"], ["a"]),
        node("Relu", ["a"], ["b"]),
        node("Gemm", ["b", "fc.weight"], ["y"]),
    ]
    path.write_bytes(onnx_bytes(nodes, {"fc.weight": single(4, 4)}, shape=(1, 4)))
    assert [layer.name for layer in check_outputs(path, (4,))] == ["fc", "fc#2"]


def test_what_is_not_used_is_left_alone(
    path: Path,
    onnx_bytes: Bytes,
    gemm_model: bytes,
    network: Sequence[FloatLayer],
    state: Mapping[str, Array],
    same: Same,
) -> None:
    nodes = onnx.ModelProto.FromString(gemm_model).graph.node
    path.write_bytes(onnx_bytes(nodes, {**state, "steps": np.array(5)}))
    same(read(path), network)


def test_normalization_and_dropout_of_opset_6(path: Path, onnx_bytes: Bytes) -> None:
    statistics = ["gamma", "beta", "mean", "variance"]
    nodes = [
        node("MatMul", ["x", "w1"], ["m"]),
        node("Add", ["m", "b"], ["s"], broadcast=1, axis=1),
        node("BatchNormalization", ["s", *statistics], ["n"], is_test=1),
        node("Dropout", ["n"], ["d"], is_test=1),
        node("MatMul", ["d", "w2"], ["y"]),
    ]
    tensors = {name: np.abs(single(4)) for name in ("b", *statistics)}
    tensors |= {"w1": single(6, 4), "w2": single(4, 3)}
    path.write_bytes(onnx_bytes(nodes, tensors, shape=(1, 6), opset=6))
    inputs = single(1, 6)
    scale = tensors["gamma"] / np.sqrt(tensors["variance"] + 1e-5)
    middle = inputs @ tensors["w1"] + tensors["b"] - tensors["mean"]
    expected = (middle * scale + tensors["beta"]) @ tensors["w2"]
    np.testing.assert_allclose(float_network(read(path), inputs)[-1], expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("op", "settings", "word"),
    [
        ("Softmax", {}, ""),
        ("Softmax", {"axis": 1}, ""),
        ("LogSoftmax", {}, ""),
        ("Sigmoid", {}, "; 0.5 behind it is 0 before it"),
        ("ArgMax", {"axis": -1}, ""),
    ],
)
def test_what_keeps_the_order_at_the_end_is_taken_off(
    path: Path, onnx_bytes: Bytes, op: str, settings: dict[str, int], word: str
) -> None:
    weights = single(6, 4)
    nodes = [node("MatMul", ["x", "w"], ["m"]), node(op, ["m"], ["y"], "end", **settings)]
    path.write_bytes(onnx_bytes(nodes, {"w": weights}, shape=("n", 6)))
    layers = read(path)
    np.testing.assert_array_equal(layers[0].weights, weights.T)
    assert layers.notes == (
        f"{op} 'end' at the end is taken off: the order of the outputs stays{word}",
    )


def test_labels_and_probabilities(path: Path, onnx_bytes: Bytes) -> None:
    nodes = [
        node("MatMul", ["x", "w"], ["m"]),
        node("Softmax", ["m"], ["p"], "end"),
        node("ArgMax", ["p"], ["number"], axis=1),
        node("ArrayFeatureExtractor", ["classes", "number"], ["label"], domain="ai.onnx.ml"),
        node("Cast", ["label"], ["y"], to=onnx.TensorProto.INT64),
    ]
    data = onnx_bytes(nodes, {"w": single(6, 4), "classes": np.arange(4)}, shape=("n", 6))
    model = onnx.ModelProto.FromString(data)
    model.graph.output.append(onnx.helper.make_tensor_value_info("p", FLOAT, None))
    path.write_bytes(model.SerializeToString())
    layers = read(path)
    assert len(layers) == len(layers.notes) == 1
