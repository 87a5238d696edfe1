"""Files of PyTorch's two exporters; oracle: the module that was exported."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zskip.files.formats.onnx_file import read
from zskip.model.common.errors import InputError
from zskip.model.common.reference import float_network

torch: Any = pytest.importorskip("torch")
pytest.importorskip("onnx")
nn = torch.nn
# What the exporters warn of is about themselves.
pytestmark = pytest.mark.filterwarnings("ignore")

Export = Callable[..., Path]


@pytest.fixture(params=["script", pytest.param("program", marks=pytest.mark.slow)])
def export(request: pytest.FixtureRequest, tmp_path: Path) -> Export:
    """Export a module by the old exporter or the new one."""

    def run(module: Any, *shape: int, dynamic: bool = False) -> Path:
        path = tmp_path / "net.onnx"
        module.eval()
        inputs = (torch.zeros(1 if not dynamic else 2, *shape),)
        if request.param == "script":
            axes = {"x": {0: "batch"}} if dynamic else None
            torch.onnx.export(
                module, inputs, path, dynamo=False, input_names=["x"], dynamic_axes=axes
            )
        else:
            pytest.importorskip("onnxscript")
            shapes = ({0: torch.export.Dim("batch")},) if dynamic else None
            torch.onnx.export(
                module, inputs, path, dynamo=True, dynamic_shapes=shapes, verbose=False
            )
        return path

    return run


class ByHand(nn.Module):
    """As people write it, with the flattening in `forward`."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(12, 8)
        self.fc2 = nn.Linear(8, 5)
        self.drop = nn.Dropout(0.2)

    def forward(self, x: Any) -> Any:
        flat = x.view(x.size(0), -1)
        return self.fc2(self.drop(torch.relu(self.fc1(flat))))


def check(module: Any, path: Path, *shape: int) -> list[str]:
    """Compare the layers that are read with the module; return their names."""
    inputs = torch.randn(10, *shape)
    layers = read(path)
    given = float_network(layers, inputs.flatten(1).numpy())[-1]
    expected = module(inputs).detach().numpy()
    np.testing.assert_allclose(given, expected, rtol=1e-4, atol=1e-5)
    return [layer.name for layer in layers]


@pytest.mark.parametrize("dynamic", [True, False])
def test_a_perceptron(export: Export, dynamic: bool) -> None:
    torch.manual_seed(3)
    module = ByHand()
    path = export(module, 3, 4, dynamic=dynamic)
    assert check(module, path, 3, 4) == ["fc1", "fc2"]
    first, second = read(path)
    for layer, source in ((first, module.fc1), (second, module.fc2)):
        assert layer.weights.tobytes() == source.weight.detach().numpy().tobytes()
        assert layer.bias.tobytes() == source.bias.detach().numpy().tobytes()
    assert (first.relu, second.relu) == (True, False)


@pytest.mark.parametrize("dynamic", [True, False])
@pytest.mark.parametrize("behind", [True, False])
def test_normalization_and_no_bias(export: Export, dynamic: bool, behind: bool) -> None:
    torch.manual_seed(3)
    norm = nn.BatchNorm1d(8)
    norm.running_mean.uniform_()
    norm.running_var.uniform_(0.5, 2)
    nn.init.uniform_(norm.weight)
    nn.init.uniform_(norm.bias)
    middle = [norm, nn.ReLU()] if behind else [nn.ReLU(), norm]
    module = nn.Sequential(nn.Flatten(), nn.Linear(12, 8, bias=False), *middle, nn.Linear(8, 5))
    assert len(check(module, export(module, 3, 4, dynamic=dynamic), 3, 4)) == 2


def test_large_weights_are_in_another_file(export: Export) -> None:
    torch.manual_seed(3)
    module = nn.Sequential(nn.Linear(100, 50), nn.ReLU(), nn.Linear(50, 10))
    assert check(module, export(module, 100), 100) == ["0", "2"]


def test_pruned(export: Export) -> None:
    prune = pytest.importorskip("torch.nn.utils.prune")
    torch.manual_seed(3)
    module = nn.Sequential(nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 5))
    prune.random_unstructured(module[0], "weight", amount=0.5)
    path = export(module, 12)
    check(module, path, 12)
    assert np.count_nonzero(read(path)[0].weights) == 48


@pytest.mark.parametrize("end", [nn.Softmax(1), nn.LogSoftmax(-1), nn.Sigmoid()])
def test_what_a_classifier_ends_in(export: Export, end: Any) -> None:
    torch.manual_seed(3)
    layers = [nn.Linear(12, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 5)]
    path = export(nn.Sequential(*layers, end), 12)
    check(nn.Sequential(*layers).eval(), path, 12)
    (note,) = read(path).notes
    assert note.startswith(type(end).__name__)
    assert "at the end is taken off: the order of the outputs stays" in note


@pytest.mark.parametrize(
    ("activation", "name"),
    [
        (nn.SiLU(), "SiLU"),
        (nn.Mish(), "Mish"),
        (nn.Tanh(), "Tanh"),
        (nn.Softplus(), "softplus|Softplus"),
        (nn.Softsign(), "softsign"),
        (nn.GELU(), "Gelu|GELU"),
        (nn.PReLU(), "PRelu"),
    ],
)
def test_other_activations(export: Export, activation: Any, name: str) -> None:
    path = export(nn.Sequential(nn.Linear(12, 8), activation, nn.Linear(8, 5)), 12)
    with pytest.raises(InputError, match=f"({name}).*: train the network with ReLU in its place"):
        read(path)


class State(nn.Module):
    """A layer with state or attention, and a fully connected one behind it."""

    def __init__(self, layer: Any) -> None:
        super().__init__()
        self.layer = layer
        self.fc = nn.Linear(8, 3)

    def forward(self, x: Any) -> Any:
        given = (x,) * (3 if isinstance(self.layer, nn.MultiheadAttention) else 1)
        return self.fc(self.layer(*given)[0][:, -1])


@pytest.mark.parametrize(
    ("layer", "name"),
    [
        (nn.LSTM(6, 8, batch_first=True), "LSTM"),
        (nn.GRU(6, 8, batch_first=True), "GRU"),
        (nn.RNN(6, 8, batch_first=True), "RNN"),
        (nn.MultiheadAttention(8, 2, batch_first=True), "attention"),
    ],
)
def test_networks_with_state_or_attention(export: Export, layer: Any, name: str) -> None:
    path = export(State(layer), 5, 8 if name == "attention" else 6)
    with pytest.raises(InputError, match=f"{name}.*a network with state or attention cannot be"):
        read(path)


def test_an_embedding(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    module = nn.Sequential(nn.Embedding(9, 4), nn.Flatten(), nn.Linear(12, 3))
    torch.onnx.export(module, (torch.zeros(1, 3, dtype=torch.int64),), path, dynamo=False)
    with pytest.raises(InputError, match=r"\(Gather\): it looks inputs up in a table"):
        read(path)


def test_a_residual_sum(export: Export) -> None:
    class Residual(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc1, self.fc2 = nn.Linear(12, 12), nn.Linear(12, 12)

        def forward(self, x: Any) -> Any:
            first = torch.relu(self.fc1(x))
            return torch.relu(self.fc2(first)) + first

    with pytest.raises(InputError, match=r"\(Add\), the sum of two results of the network"):
        read(export(Residual(), 12))


def test_a_convolution_behind_a_transpose(export: Export) -> None:
    class Channels(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 2, 3)

        def forward(self, x: Any) -> Any:
            return self.conv(x.permute(0, 3, 1, 2)).flatten(1)

    path = export(Channels(), 4, 4, 1)
    with pytest.raises(InputError, match=r"\(Conv\): export only the fully connected layers"):
        read(path)
