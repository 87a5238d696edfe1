"""Tensors outside of an ONNX file; oracle: the arrays that are stored there."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zskip.files.formats.onnx_file import read
from zskip.model.common.reference import FloatLayer

onnx = pytest.importorskip("onnx")

Refused = Callable[..., str]
W = np.arange(12, dtype=np.float32).reshape(4, 3)
DAMAGED = "must be a whole, undamaged ONNX file, but: "


@pytest.fixture
def outside(tmp_path: Path, onnx_bytes: Callable[..., bytes]) -> Callable[..., Path]:
    """Write a network whose weights are in another file."""

    def write(data_type: int = onnx.TensorProto.FLOAT, **entries: str) -> Path:
        folder = tmp_path / "model"
        folder.mkdir()
        matmul = onnx.helper.make_node("MatMul", ["x", "w"], ["y"], "fc")
        model = onnx.ModelProto.FromString(onnx_bytes([matmul], shape=(1, 4)))
        tensor = model.graph.initializer.add(name="w", dims=W.shape, data_type=data_type)
        tensor.data_location = onnx.TensorProto.EXTERNAL
        for key, value in ({"location": "net.data"} | entries).items():
            tensor.external_data.add(key=key, value=value)
        (folder / "net.data").write_bytes(b"1234" + W.tobytes())
        (tmp_path / "secret").write_bytes(W.tobytes())
        (folder / "net.onnx").write_bytes(model.SerializeToString())
        return folder / "net.onnx"

    return write


def test_files_of_the_library(
    tmp_path: Path, gemm_model: bytes, network: Sequence[FloatLayer], same: Callable[..., None]
) -> None:
    path = tmp_path / "net.onnx"
    onnx.save(
        onnx.ModelProto.FromString(gemm_model),
        path,
        save_as_external_data=True,
        location="net.onnx.data",
        size_threshold=0,
    )
    assert path.stat().st_size < 1000
    same(read(path), network)


def test_part_of_a_file(outside: Callable[..., Path]) -> None:
    path = outside(offset="4", length="48")
    np.testing.assert_array_equal(read(path)[0].weights, W.T)


def test_subfolder_and_no_length(outside: Callable[..., Path], tmp_path: Path) -> None:
    path = outside(location="more/../sub/net.data", offset="0")
    (path.parent / "sub").mkdir()
    (path.parent / "more").mkdir()
    (path.parent / "sub" / "net.data").write_bytes(W.tobytes())
    np.testing.assert_array_equal(read(path)[0].weights, W.T)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (
            {"location": "../secret"},
            "tensor 'w' must be in a file in the folder of the model, not in '../secret': move "
            "that file beside the model, and no link to it",
        ),
        ({"location": "/etc/passwd"}, "tensor 'w' must be in a file in the folder of the model"),
        ({"location": "link"}, "tensor 'w' must be in a file in the folder of the model, not in"),
        ({"location": ""}, "tensor 'w' must be in a file in the folder of the model, not in ''"),
        ({"location": "a\0b"}, f"{DAMAGED}"),
        ({"location": "."}, "{folder} must be a file, not a folder or device: give a file"),
        (
            {"location": "missing"},
            "{folder}/missing must exist, but there is no such file: check the name",
        ),
        (
            {"offset": "8"},
            f"{DAMAGED}tensor 'w' of 48 bytes is not at bytes 8 to 56 of {{folder}}/net.data, "
            "which has 52; write the file again",
        ),
        ({"offset": "-4"}, f"{DAMAGED}tensor 'w' is at '-4', which is no number; write the file"),
        ({"offset": "9" * 99}, f"{DAMAGED}tensor 'w' is at '999"),
        ({"length": "47"}, f"{DAMAGED}tensor 'w' of 48 bytes is not at bytes 0 to 47 of"),
        ({"length": "4" * 12}, f"{DAMAGED}tensor 'w' of 48 bytes is not at bytes 0 to 444,444"),
        ({"data_type": 99}, "tensor 'w' must be of one of the types FLOAT, DOUBLE"),
    ],
)
def test_refused(
    tmp_path: Path,
    outside: Callable[..., Path],
    refused: Refused,
    entries: dict[str, Any],
    message: str,
) -> None:
    path = outside(**entries)
    (path.parent / "link").symlink_to(tmp_path / "secret")
    assert refused(read, path).startswith(message.format(folder=path.parent))
