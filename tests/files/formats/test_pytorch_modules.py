"""Modules in files of ``torch.save``; oracle: PyTorch's own evaluation of the modules."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zskip.files.formats.pytorch_file import read
from zskip.files.formats.pytorch_modules import KINDS, flat
from zskip.model.common.errors import InputError
from zskip.model.common.reference import float_network

torch: Any = pytest.importorskip("torch")


class Own(torch.nn.Module):
    """A module with code of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = torch.nn.Linear(4, 3)

    def forward(self, values: Any) -> Any:
        """Compute."""
        return self.fc(values)


@pytest.fixture
def model() -> Any:
    """A network of each kind of module."""
    torch.manual_seed(3)
    nn = torch.nn
    body = nn.Sequential(nn.Linear(9, 7), nn.BatchNorm1d(7), nn.ReLU6(), nn.Dropout(0.5))
    result = nn.Sequential(
        nn.Flatten(), body, nn.Identity(), nn.Linear(7, 5, bias=False), nn.ReLU(), nn.Linear(5, 3)
    )
    result.append(nn.Softmax(dim=1))
    body[1].running_mean += 0.5
    body[1].running_var *= 3
    body[0].weight.data *= 20
    return result.eval()


@pytest.mark.parametrize("archive", [True, False])
def test_a_sequential(tmp_path: Path, model: Any, archive: bool) -> None:
    path = tmp_path / "net.pt"
    torch.save(model, path, _use_new_zipfile_serialization=archive)
    inputs = np.random.default_rng(1).standard_normal((40, 9)).astype(np.float32)
    with torch.no_grad():
        expected = model[:-1](torch.from_numpy(inputs)).numpy()
        assert (model[:2](torch.from_numpy(inputs)) == 6).any()
    layers = read(path)
    np.testing.assert_allclose(float_network(layers, inputs)[-1], expected, atol=1e-4)
    assert [layer.name for layer in layers] == ["1.0", "3", "5"]
    assert not layers.assumed
    assert layers.notes == (
        "rows are doubled for an upper bound, as min(relu(x), c) is relu(x) - relu(x - c), in "
        "'1.0'",
        "Softmax '6' at the end is taken off: the order of the outputs stays",
        "these ReLUs make 211 weights of 113: sizes and speed-ups compare with the former",
    )


def test_a_hardtanh_is_a_relu_with_a_bound(tmp_path: Path, refused: Callable[..., str]) -> None:
    path, nn = tmp_path / "net.pt", torch.nn
    model = nn.Sequential(nn.Linear(9, 7), nn.Hardtanh(0, 0.5), nn.Linear(7, 3))
    torch.save(model, path)
    inputs = np.random.default_rng(1).standard_normal((40, 9)).astype(np.float32)
    with torch.no_grad():
        expected = model(torch.from_numpy(inputs)).numpy()
    np.testing.assert_allclose(float_network(read(path), inputs)[-1], expected, atol=1e-4)
    model[1].min_val = -1.0
    torch.save(model, path)
    assert refused(read, path) == (
        "Hardtanh '1' must limit values to 0 at least, as ReLU does, not to -1: train the network "
        "with ReLU in its place"
    )


def test_a_single_layer(tmp_path: Path) -> None:
    path, linear = tmp_path / "net.pt", torch.nn.Linear(4, 3)
    torch.save(linear, path)
    (layer,) = read(path)
    assert layer.weights.tolist() == linear.weight.tolist()
    assert layer.bias.tolist() == linear.bias.tolist()


@pytest.mark.parametrize("archive", [True, False])
def test_a_forward_of_its_own(tmp_path: Path, refused: Callable[..., str], archive: bool) -> None:
    path = tmp_path / "net.pt"
    torch.save(Own(), path, _use_new_zipfile_serialization=archive)
    assert refused(read, path).startswith("must hold plain tensors only, but asks for '")
    assert refused(read, path).endswith(
        "Own', which could run code and was not executed: save model.state_dict() alone"
    )


def test_a_softmax_along_the_batch(tmp_path: Path, refused: Callable[..., str]) -> None:
    path = tmp_path / "net.pt"
    torch.save(torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Softmax(dim=0)), path)
    assert refused(read, path) == "Softmax '1' must be along axis 1: build it with dim=1"


def test_missing_tensors(tmp_path: Path, refused: Callable[..., str]) -> None:
    path, linear = tmp_path / "net.pt", torch.nn.Linear(4, 3)
    del linear.weight
    torch.save(torch.nn.Sequential(linear), path)
    assert refused(read, path).startswith("tensor '0.weight' must be there: write the file again")
    norm = torch.nn.BatchNorm1d(3, track_running_stats=False)
    torch.save(torch.nn.Sequential(torch.nn.Linear(4, 3), norm), path)
    assert refused(read, path).startswith("tensor '1.running_mean' must be there: write the file")


def test_modules_that_hold_themselves() -> None:
    whole = KINDS["torch.nn.modules.container Sequential"]()
    vars(whole)["_modules"] = {"a": whole, "b": whole}
    with pytest.raises(InputError, match="must have at most 10,000 modules"):
        list(flat(whole))
    vars(whole)["_modules"] = {"a": 3}
    with pytest.raises(InputError, match="'a' must be a module"):
        list(flat(whole))
