"""Classifiers of PyTorch through the RTL; oracle: PyTorch's own outputs."""

import copy
from pathlib import Path
from typing import Any

import pytest
from numpy.typing import NDArray

torch: Any = pytest.importorskip("torch")
nn = torch.nn
# What the exporters warn of is about themselves.
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]


def trained(model: Any, digits: Any) -> Any:
    """Train a module whose outputs are logits; return it ready for use."""
    inputs, labels = torch.from_numpy(digits.train), torch.from_numpy(digits.train_labels)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(60):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(inputs), labels).backward()
        optimizer.step()
    return model.eval()


@pytest.fixture(scope="module")
def plain(digits: Any) -> Any:
    """Linear layers and ReLU."""
    torch.manual_seed(1)
    layers = [nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 32), nn.ReLU(), nn.Linear(32, 10)]
    return trained(nn.Sequential(*layers), digits)


def outputs(model: Any, digits: Any, kind: Any = torch.float32) -> NDArray[Any]:
    """Return what a module makes of the test images."""
    with torch.no_grad():
        return model(torch.from_numpy(digits.test).to(kind)).float().numpy()


@pytest.mark.parametrize("program", [False, True])
def test_exporters(plain: Any, digits: Any, check: Any, tmp_path: Path, program: bool) -> None:
    pytest.importorskip("onnx")
    if program:
        pytest.importorskip("onnxscript")
    model = nn.Sequential(plain, nn.Softmax(dim=1)).eval()
    path = tmp_path / "net.onnx"
    torch.onnx.export(model, (torch.zeros(1, 64),), path, dynamo=program, verbose=False)
    check(path, outputs(model, digits))


def test_a_module_with_normalization_and_dropout(digits: Any, check: Any) -> None:
    torch.manual_seed(2)
    layers = [nn.Linear(64, 48), nn.BatchNorm1d(48), nn.ReLU(), nn.Dropout(0.1), nn.Linear(48, 10)]
    model = trained(nn.Sequential(*layers), digits)
    check(model, outputs(model, digits))


def test_half_precision(plain: Any, digits: Any, check: Any, tmp_path: Path) -> None:
    model = copy.deepcopy(plain).half()
    path = tmp_path / "net.pt"
    torch.save(model.state_dict(), path)
    check(path, outputs(model, digits, torch.float16))
