"""Files of ``torch.save``; oracle: the tensors that were saved, and files that must not execute."""

import importlib.util
import io
import os
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from zskip.files.formats import guard
from zskip.files.formats.pytorch_file import LEGACY_MAGIC, read
from zskip.model.common.reference import FloatLayer

Array = NDArray[Any]
Refused = Callable[..., str]
EMPTY = pickle.dumps({}, protocol=2)


class Evil:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


def archive(members: Sequence[tuple[str, bytes]], compression: int = zipfile.ZIP_STORED) -> bytes:
    """Make a zip archive."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", compression) as file:
        for name, contents in members:
            file.writestr(name, contents)
    return data.getvalue()


def legacy(obj: object) -> bytes:
    """Make a file as PyTorch 1.5 did."""
    pickles = (1001, {"little_endian": True}, obj, [])
    return LEGACY_MAGIC + b"".join(pickle.dumps(part, protocol=2) for part in pickles)


@pytest.mark.parametrize("form", ["archive", "legacy"])
def test_code_is_refused_and_not_executed(tmp_path: Path, refused: Refused, form: str) -> None:
    path, touched = tmp_path / "net.pt", tmp_path / "touched"
    evil = {"fc.weight": Evil(touched)}
    made = archive([("net/data.pkl", pickle.dumps(evil, protocol=2))])
    path.write_bytes(made if form == "archive" else legacy(evil))
    assert refused(read, path) == (
        f"must hold plain tensors only, but asks for '{os.name}.mkdir', which could run code and "
        "was not executed: save model.state_dict() alone"
    )
    assert not touched.exists()


DAMAGED = "must be a whole, undamaged PyTorch file, but: "


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"x", "must be a PyTorch file, but does not begin like one: write it with torch.save"),
        (pickle.dumps({}), "must be a PyTorch file, but does not begin like one"),
        (b"PK\x03\x04", DAMAGED),
        (archive([("net/data.pkl", EMPTY)])[:-1], DAMAGED),
        (archive([("net/version", b"3\n")]), f"{DAMAGED}its archive has no data.pkl"),
        (archive([("data.pkl", EMPTY)]), f"{DAMAGED}its archive has no data.pkl"),
        (
            archive([("net/data.pkl", EMPTY)], zipfile.ZIP_DEFLATED),
            f"{DAMAGED}'net/data.pkl' is compressed or there twice",
        ),
        (
            archive([("net/data.pkl", EMPTY), ("other/data.pkl", EMPTY)]),
            f"{DAMAGED}'other/data.pkl' is compressed or there twice",
        ),
        (
            archive([("net/data.pkl", EMPTY), ("net/code/__torch__.py", b"")]),
            "must hold weights alone, but holds a TorchScript program: save model.state_dict()",
        ),
        (archive([("net/data.pkl", b"\x80\x02}")]), f"{DAMAGED}its pickle is damaged"),
        (legacy({})[:-1], f"{DAMAGED}its pickle is damaged"),
        (LEGACY_MAGIC, f"{DAMAGED}its pickle is damaged"),
    ],
)
def test_refused_before_pytorch_sees_it(
    tmp_path: Path, refused: Refused, data: bytes, message: str
) -> None:
    path = tmp_path / "net.pt"
    path.write_bytes(data)
    assert refused(read, path).startswith(message)


def test_a_member_larger_than_the_archive(tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "net.pt"
    data = bytearray(archive([("net/data.pkl", EMPTY), ("net/data/0", b"1234")]))
    position = data.rindex(b"PK\x01\x02") + 20
    data[position : position + 8] = b"\xff\xff\xff\x7f" * 2
    path.write_bytes(data)
    assert refused(read, path).startswith(f"{DAMAGED}its archive declares more bytes than there")


def test_without_pytorch(tmp_path: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    path = tmp_path / "net.pt"
    path.write_bytes(archive([("net/data.pkl", EMPTY)]))
    assert refused(read, path) == (
        "reading this file needs the package torch, which is not installed: "
        "pip install 'zskip[train]'"
    )


@pytest.fixture
def torch() -> Any:
    """PyTorch, where it is installed."""
    return pytest.importorskip("torch")


def tensors_of(torch: Any, state: Mapping[str, Array]) -> dict[str, Any]:
    """Make tensors of arrays."""
    return OrderedDict((name, torch.from_numpy(array.copy())) for name, array in state.items())


@pytest.mark.parametrize("modern", [True, False])
@pytest.mark.parametrize("key", [None, "state_dict", "model_state_dict", "model"])
def test_state_dicts_and_checkpoints(
    tmp_path: Path,
    torch: Any,
    network: Sequence[FloatLayer],
    state: Mapping[str, Array],
    same: Callable[..., None],
    key: str | None,
    modern: bool,
) -> None:
    path = tmp_path / "net.pt"
    tensors = tensors_of(torch, state)
    more = {"epoch": 3, "optimizer": {"betas": (0.9, 0.999)}, "loss": torch.ones(2)}
    saved = tensors if key is None else {key: tensors} | more
    torch.save(saved, path, _use_new_zipfile_serialization=modern)
    same(read(path), network)


def test_a_model_of_pytorch(tmp_path: Path, torch: Any) -> None:
    torch.manual_seed(1)
    nn = torch.nn
    model = nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Dropout(), nn.Linear(4, 2, bias=False))
    parallel = nn.DataParallel(model)
    path = tmp_path / "net.pt"
    torch.save(parallel.state_dict(), path)
    first, second = read(path)
    assert (first.name, first.relu, second.name, second.relu) == ("0", True, "3", False)
    np.testing.assert_array_equal(first.weights, model[0].weight.detach().numpy())
    np.testing.assert_array_equal(first.bias, model[0].bias.detach().numpy())
    assert second.bias.tolist() == [0.0, 0.0]


def test_parameters_and_views(tmp_path: Path, torch: Any) -> None:
    whole = torch.arange(40.0)
    state = {
        "a.weight": torch.nn.Parameter(whole[:12].view(3, 4).T),
        "a.bias": whole[12:40:7],
        "b.weight": whole[20:32].view(3, 4),
        "b.bias": torch.ones(3).neg().requires_grad_(),
    }
    path = tmp_path / "net.pt"
    torch.save(state, path)
    first, second = read(path)
    assert first.weights.tolist() == whole[:12].view(3, 4).T.tolist()
    assert first.bias.tolist() == [12, 19, 26, 33]
    assert second.weights.tolist() == whole[20:32].view(3, 4).tolist()
    assert second.bias.tolist() == [-1, -1, -1]


def test_pruned_by_pytorch(tmp_path: Path, torch: Any) -> None:
    prune = pytest.importorskip("torch.nn.utils.prune")
    torch.manual_seed(2)
    layer = torch.nn.Linear(8, 4)
    prune.l1_unstructured(layer, "weight", amount=0.75)
    path = tmp_path / "net.pt"
    torch.save(torch.nn.Sequential(layer).state_dict(), path)
    weights = read(path)[0].weights
    assert np.count_nonzero(weights) == 8
    np.testing.assert_array_equal(weights, layer.weight.detach().numpy())


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float64"])
def test_other_floats(tmp_path: Path, torch: Any, dtype: str) -> None:
    path = tmp_path / "net.pt"
    torch.save({"fc.weight": torch.tensor([[0.5, -3.0]], dtype=getattr(torch, dtype))}, path)
    assert read(path)[0].weights.dtype == np.float32
    assert read(path)[0].weights.tolist() == [[0.5, -3.0]]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda torch: torch.nn.Sequential(torch.nn.Conv2d(1, 1, 3)),
            "must hold fully connected layers only, not modules of class 'Conv2d': save those",
        ),
        (
            lambda torch: torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Tanh()),
            "must hold fully connected layers only, not modules of class 'Tanh': train the "
            "network with ReLU in its place",
        ),
        (
            lambda torch: torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.LayerNorm(2)),
            "must hold fully connected layers only, not modules of class 'LayerNorm': train the "
            "network with BatchNorm1d in its place, which can be folded",
        ),
        (
            lambda torch: torch.nn.Sequential(torch.nn.MultiheadAttention(2, 1)),
            "must hold fully connected layers only, not modules of class 'MultiheadAttention': "
            "save those behind it, or export ONNX",
        ),
        (
            lambda torch: torch.nn.BatchNorm1d(2),
            "must hold at least one fully connected layer, not none",
        ),
        (lambda torch: [torch.nn.ReLU()], "must hold a state_dict, not one list: save model."),
        (lambda torch: torch.ones(2, 2), "must hold a state_dict, not one Tensor: save model."),
        (
            lambda torch: {"fc.weight": torch.ones(2, 2), "epoch": 3},
            "must hold tensors by name only, but 'epoch' is of type int: save model.state_dict()",
        ),
        (
            lambda torch: {3: torch.ones(2, 2)},
            "must hold tensors by name only, but a key is of type int: save model.state_dict()",
        ),
        (lambda torch: {}, "must hold at least one tensor <layer>.weight, not none"),
        (
            lambda torch: {"fc.weight": torch.ones(2, 2, dtype=torch.int8)},
            "tensor 'fc.weight' must be of float16, bfloat16, float32 or float64, not int8",
        ),
        (
            lambda torch: {"fc.weight": torch.ones(2, 2).to_sparse()},
            "must hold plain tensors only, but asks for 'torch._utils._rebuild_sparse_tensor'",
        ),
        (
            lambda torch: {"fc.weight": torch.ones(2, 1).expand(2, 10**9)},
            f"{DAMAGED}tensor 'fc.weight' is larger than its data",
        ),
        (
            lambda torch: {"fc.weight": torch.tensor([[1.0, torch.nan]])},
            "values of tensor 'fc.weight' must be finite, not nan at position (0, 1)",
        ),
        (
            lambda torch: torch.nn.BatchNorm1d(2).state_dict(),
            "normalization '' must be just behind a layer with as many outputs, but the file",
        ),
        (
            lambda torch: dict.fromkeys(map(str, range(5000)), torch.ones(200_000)),
            "must declare at most ",
        ),
    ],
)
def test_refused(
    tmp_path: Path, torch: Any, refused: Refused, make: Callable[[Any], object], message: str
) -> None:
    path = tmp_path / "net.pt"
    torch.save(make(torch), path)
    assert refused(read, path).startswith(message)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("whole", [True, False])
def test_a_quantized_model(tmp_path: Path, torch: Any, refused: Refused, whole: bool) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU())
    made = torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear})
    path = tmp_path / "net.pt"
    torch.save(made if whole else made.state_dict(), path)
    message = refused(read, path)
    assert message.startswith("must hold floats, but holds tensors of a quantized model ('torch.")
    assert message.endswith("save model.state_dict() before it is quantized, or export ONNX")


@pytest.mark.filterwarnings("ignore")
def test_an_exported_program(tmp_path: Path, torch: Any, refused: Refused) -> None:
    made = tmp_path / "net.pt2"
    torch.export.save(torch.export.export(torch.nn.Linear(4, 3), (torch.ones(1, 4),)), made)
    path = made.rename(tmp_path / "net.pt")
    assert refused(read, path) == (
        "must hold weights alone, but holds a program of torch.export: save model.state_dict() "
        "with torch.save, or export ONNX"
    )


def patched(data: bytes, old: bytes, new: bytes) -> bytes:
    """Replace bytes of the pickle in a file of PyTorch."""
    if data.startswith(LEGACY_MAGIC):
        assert data.count(old) == 1
        return data.replace(old, new)
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        members = {info.filename: file.read(info) for info in file.infolist()}
    (name,) = (name for name in members if name.endswith("/data.pkl"))
    assert members[name].count(old) == 1
    return archive([*(members | {name: members[name].replace(old, new)}).items()])


@pytest.mark.parametrize(
    ("modern", "old", "new"),
    [
        (True, b"K\x05K\x07\x86", b"K\xf5K\x07\x86"),
        (False, b"K\x05K\x07\x86", b"K\xf5K\x07\x86"),
        (True, b"K\x07K\x01\x86", b"K\xf7K\x01\x86"),
        (True, b"K#t", b"J\xff\xff\xff\x7ft"),
        (False, b"K#Nt", b"J\xff\xff\xff\x7fNt"),
        (False, b"K#Nt", b"J\x00\x00\x00\x80Nt"),
        (True, b"FloatStorage", b"DoubleStorage"),
    ],
)
def test_sizes_that_are_not_there(
    tmp_path: Path, torch: Any, refused: Refused, modern: bool, old: bytes, new: bytes
) -> None:
    path = tmp_path / "net.pt"
    torch.save({"fc.weight": torch.ones(5, 7)}, path, _use_new_zipfile_serialization=modern)
    path.write_bytes(patched(path.read_bytes(), old, new))
    assert refused(read, path).startswith(DAMAGED)


def test_growth_is_checked_before_conversion(
    tmp_path: Path, torch: Any, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "net.pt"
    torch.save({"fc.weight": torch.ones(100, 100)}, path)
    monkeypatch.setattr(guard, "MAX_BYTES", 1000)
    assert refused(read, path).startswith("must declare at most 1,000 bytes of weights")
