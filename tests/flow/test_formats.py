"""One network in every format gives the same compressed file; oracle: that of the ``.npz``."""

import warnings
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import zskip
from zskip.files.weights import read_weights
from zskip.model.common.reference import FloatLayer
from zskip.model.eie.config import TINY

EXAMPLE = Path(zskip.__file__).parent / "examples" / "digits"
Layers = tuple[FloatLayer, ...]


def tensors(layers: Layers) -> dict[str, np.ndarray]:
    """Name tensors as a ``state_dict`` does."""
    return {
        f"{layer.name}.{name}": array
        for layer in layers
        for name, array in (("weight", layer.weights), ("bias", layer.bias))
    }


def write_safetensors(layers: Layers, path: Path) -> None:
    library = pytest.importorskip("safetensors.numpy")
    library.save_file(tensors(layers), path)


def write_torch(layers: Layers, path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.save({name: torch.from_numpy(a) for name, a in tensors(layers).items()}, path)


def write_onnx(layers: Layers, path: Path, *, gemm: bool) -> None:
    onnx = pytest.importorskip("onnx")
    helper, arrays = onnx.helper, onnx.numpy_helper
    nodes, given, last = [], [], "x"
    for layer in layers:
        name = layer.name
        weights = layer.weights if gemm else np.ascontiguousarray(layer.weights.T)
        given += [arrays.from_array(weights, f"{name}.weight")]
        given += [arrays.from_array(layer.bias, f"{name}.bias")]
        if gemm:
            inputs = [last, f"{name}.weight", f"{name}.bias"]
            nodes.append(helper.make_node("Gemm", inputs, [f"{name}.y"], name=name, transB=1))
        else:
            nodes.append(
                helper.make_node("MatMul", [last, f"{name}.weight"], [f"{name}.p"], name=name)
            )
            nodes.append(helper.make_node("Add", [f"{name}.p", f"{name}.bias"], [f"{name}.y"]))
        last = f"{name}.y"
        if layer.relu:
            nodes.append(helper.make_node("Relu", [last], [f"{name}.r"]))
            last = f"{name}.r"
    kind = onnx.TensorProto.FLOAT
    source = helper.make_tensor_value_info("x", kind, ["n", layers[0].weights.shape[1]])
    target = helper.make_tensor_value_info(last, kind, ["n", layers[-1].weights.shape[0]])
    graph = helper.make_graph(nodes, "mlp", [source], [target], initializer=given)
    opset = helper.make_opsetid("", 18)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=10), path)


def write_gemm(layers: Layers, path: Path) -> None:
    write_onnx(layers, path, gemm=True)


def write_matmul(layers: Layers, path: Path) -> None:
    write_onnx(layers, path, gemm=False)


def export_onnx(layers: Layers, path: Path, *, dynamo: bool) -> None:
    torch = pytest.importorskip("torch")
    if dynamo:
        pytest.importorskip("onnxscript")
    modules = OrderedDict()
    for layer in layers:
        outputs, inputs = layer.weights.shape
        modules[layer.name] = torch.nn.Linear(inputs, outputs)
        if layer.relu:
            modules[f"{layer.name}_relu"] = torch.nn.ReLU()
    model = torch.nn.Sequential(modules)
    model.load_state_dict({name: torch.from_numpy(a) for name, a in tensors(layers).items()})
    example = torch.zeros(1, layers[0].weights.shape[1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model.eval(), (example,), str(path), dynamo=dynamo)


def export_onnx_by_tracing(layers: Layers, path: Path) -> None:
    export_onnx(layers, path, dynamo=False)


def export_onnx_by_dynamo(layers: Layers, path: Path) -> None:
    export_onnx(layers, path, dynamo=True)


def write_keras(layers: Layers, path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in layers]
        for layer in layers:
            group = file.create_group(layer.name)
            names = [f"{layer.name}/kernel:0", f"{layer.name}/bias:0"]
            group.attrs["weight_names"] = [name.encode() for name in names]
            group.create_dataset(names[0], data=np.ascontiguousarray(layer.weights.T))
            group.create_dataset(names[1], data=layer.bias)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("net.safetensors", write_safetensors),
        ("net.pt", write_torch),
        ("net.pth", write_torch),
        ("gemm.onnx", write_gemm),
        ("matmul.onnx", write_matmul),
        ("traced.onnx", export_onnx_by_tracing),
        ("dynamo.onnx", export_onnx_by_dynamo),
        ("net.h5", write_keras),
        ("net.hdf5", write_keras),
    ],
)
def test_the_same_bytes(tmp_path: Path, name: str, write: Callable[[Layers, Path], None]) -> None:
    source = EXAMPLE / "network.npz"
    path = tmp_path / name
    write(read_weights(source), path)
    written = []
    for weights in (source, path):
        output = tmp_path / f"{weights.name}.compressed"
        zskip.compress(
            weights,
            output,
            inputs=EXAMPLE / "calibration.npz",
            count=50,
            input_scale=1 / 16,
            config=TINY,
        )
        written.append(output.read_bytes())
    assert written[0] == written[1]
