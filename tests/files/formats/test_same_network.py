"""One network in every format; oracle: its arrays, to the last bit."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from zskip.files.formats import keras_file, npz, onnx_file, pytorch_file, safetensors_file
from zskip.model.common.reference import FloatLayer

Array = NDArray[Any]
Network = Sequence[FloatLayer]
Same = Callable[..., None]


def test_npz(tmp_path: Path, network: Network, state: Mapping[str, Array], same: Same) -> None:
    path = tmp_path / "net.npz"
    np.savez(path, allow_pickle=False, **state)
    same(npz.read(path), network)


def test_safetensors(
    tmp_path: Path, network: Network, state: Mapping[str, Array], same: Same
) -> None:
    path = tmp_path / "net.safetensors"
    pytest.importorskip("safetensors.numpy").save_file(dict(state), path)
    same(safetensors_file.read(path), network)


def test_onnx_by_hand(
    tmp_path: Path, network: Network, onnx_bytes: Callable[..., bytes], same: Same
) -> None:
    node = pytest.importorskip("onnx").helper.make_node
    nodes, tensors, data = [], {}, "x"
    for layer in network:
        result = f"{layer.name}_sum" if layer.relu else "y"
        tensors |= {f"{layer.name}_w": layer.weights.T.copy(), f"{layer.name}_b": layer.bias}
        nodes += [
            node("MatMul", [data, f"{layer.name}_w"], [f"{layer.name}_product"], layer.name),
            node("Add", [f"{layer.name}_product", f"{layer.name}_b"], [result]),
        ]
        if layer.relu:
            data = f"{layer.name}_out"
            nodes.append(node("Relu", [result], [data]))
    path = tmp_path / "net.onnx"
    path.write_bytes(onnx_bytes(nodes, tensors))
    same(onnx_file.read(path), network)


def test_keras(
    tmp_path: Path,
    network: Network,
    write_keras: Callable[..., None],
    keras_config: object,
    same: Same,
) -> None:
    path = tmp_path / "net.h5"
    for config in (keras_config, None):
        write_keras(path, config)
        same(keras_file.read(path), network)


@pytest.fixture
def module(network: Network) -> Any:
    """The network as a module of PyTorch."""
    torch: Any = pytest.importorskip("torch")
    parts: dict[str, Any] = {}
    for layer in network:
        linear = torch.nn.Linear(layer.weights.shape[1], len(layer.bias))
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(layer.weights))
            linear.bias.copy_(torch.from_numpy(layer.bias))
        parts[layer.name] = linear
        if layer.relu:
            parts[f"{layer.name}_relu"] = torch.nn.ReLU()
    result = torch.nn.Sequential()
    for name, part in parts.items():
        result.add_module(name, part)
    return result.eval()


@pytest.mark.parametrize("modern", [True, False])
def test_pytorch(tmp_path: Path, network: Network, module: Any, same: Same, modern: bool) -> None:
    torch: Any = pytest.importorskip("torch")
    path = tmp_path / "net.pt"
    torch.save(module.state_dict(), path, _use_new_zipfile_serialization=modern)
    same(pytorch_file.read(path), network)


def test_pytorch_as_safetensors(tmp_path: Path, network: Network, module: Any, same: Same) -> None:
    path = tmp_path / "net.safetensors"
    pytest.importorskip("safetensors.torch").save_file(module.state_dict(), path)
    same(safetensors_file.read(path), network)


# What the exporters warn of is about themselves.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("program", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_pytorch_as_onnx(
    tmp_path: Path, network: Network, module: Any, same: Same, program: bool
) -> None:
    torch: Any = pytest.importorskip("torch")
    pytest.importorskip("onnxscript" if program else "onnx")
    path = tmp_path / "net.onnx"
    inputs = (torch.zeros(1, network[0].weights.shape[1]),)
    torch.onnx.export(module, inputs, path, dynamo=program, verbose=False)
    same(onnx_file.read(path), network)
