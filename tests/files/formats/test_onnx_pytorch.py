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


def test_a_softmax_at_the_end(export: Export) -> None:
    path = export(nn.Sequential(nn.Linear(12, 8), nn.LogSoftmax(1)), 12)
    with pytest.raises(InputError, match="if it is the last, leave it out before export"):
        read(path)


def test_a_convolution(export: Export) -> None:
    path = export(nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(8, 5)), 1, 4, 4)
    with pytest.raises(InputError, match=r"\(Conv\).*export only the fully connected layers"):
        read(path)
