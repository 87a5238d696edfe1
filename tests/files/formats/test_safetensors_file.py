"""Weights in safetensors files; oracle: the arrays of files that are written byte by byte."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from zskip.files.formats.safetensors_file import read
from zskip.model.common.reference import FloatLayer

pytest.importorskip("safetensors")

Array = NDArray[Any]
Bytes = Callable[[Mapping[str, Array]], bytes]


def test_layers_in_natural_order(
    tmp_path: Path,
    network: Sequence[FloatLayer],
    state: Mapping[str, Array],
    safetensors_bytes: Bytes,
    same: Callable[..., None],
) -> None:
    path = tmp_path / "net.safetensors"
    path.write_bytes(safetensors_bytes({name: state[name] for name in sorted(state)}))
    same(read(path), network)


def test_files_of_the_library(
    tmp_path: Path,
    network: Sequence[FloatLayer],
    state: Mapping[str, Array],
    same: Callable[..., None],
) -> None:
    path = tmp_path / "net.safetensors"
    library = pytest.importorskip("safetensors.numpy")
    library.save_file(state, path, metadata={"format": "pt"})
    same(read(path), network)


def test_a_name_and_the_same_name_with_a_number(tmp_path: Path, safetensors_bytes: Bytes) -> None:
    ones = np.ones((2, 2), np.float32)
    names = ["fc_1.weight", "fc10.weight", "fc2.weight", "fc.weight"]
    path = tmp_path / "net.safetensors"
    path.write_bytes(safetensors_bytes(dict.fromkeys(names, ones)))
    assert [layer.name for layer in read(path)] == ["fc", "fc2", "fc10", "fc_1"]


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_other_floats(tmp_path: Path, safetensors_bytes: Bytes, dtype: type[np.generic]) -> None:
    path = tmp_path / "net.safetensors"
    weights = np.array([[0.5, -3.0]])
    path.write_bytes(safetensors_bytes({"fc.weight": weights.astype(dtype)}))
    assert read(path)[0].weights.dtype == np.float32
    np.testing.assert_array_equal(read(path)[0].weights, weights)


def header(entry: object, name: str = "fc.weight", data: bytes = bytes(8)) -> bytes:
    """The bytes of a file with one tensor."""
    text = json.dumps({name: entry}).encode()
    return len(text).to_bytes(8, "little") + text + data


def test_bfloat16(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    # 1.0, -2.0 and 2**-126 are 3f80, c000 and 0080 in bfloat16.
    data = bytes.fromhex("803f00c08000")
    path.write_bytes(header({"dtype": "BF16", "shape": [1, 3], "data_offsets": [0, 6]}, data=data))
    assert read(path)[0].weights.tolist() == [[1.0, -2.0, 2.0**-126]]


def test_masks(tmp_path: Path, safetensors_bytes: Bytes) -> None:
    path = tmp_path / "net.safetensors"
    tensors = {"fc.weight_mask": np.array([[True, False]]), "fc.weight_orig": np.ones((1, 2), "f4")}
    path.write_bytes(safetensors_bytes(tensors))
    assert read(path)[0].weights.tolist() == [[1.0, 0.0]]


DAMAGED = "must be a whole, undamaged safetensors file, but: "


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"1234567", DAMAGED),
        (b"\x00" * 100, DAMAGED),
        (b"PK\x03\x04" + b"\x00" * 100, DAMAGED),
        ((10**18).to_bytes(8, "little") + b"{}", DAMAGED),
        ((99_999_999).to_bytes(8, "little") + b"{}", DAMAGED),
        ((100_000).to_bytes(8, "little") + b"[" * 100_000, DAMAGED),
        ((2).to_bytes(8, "little") + b"{}", "must hold at least one tensor <layer>.weight"),
        (header({"dtype": "F32", "shape": [1, 2], "data_offsets": [0, 8]})[:-1], DAMAGED),
        (header({"dtype": "F32", "shape": [1, 2], "data_offsets": [0, 8]}) + b"x", DAMAGED),
        (header({"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 8]}), DAMAGED),
        (header({"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 8]}), DAMAGED),
        (header({"dtype": "F32", "shape": [-1, 2], "data_offsets": [0, 8]}), DAMAGED),
        (header({"dtype": "F32", "shape": [1, 2], "data_offsets": [8, 0]}), DAMAGED),
        (header({"dtype": "F99", "shape": [1, 2], "data_offsets": [0, 8]}), DAMAGED),
        (
            header({"dtype": "F32", "shape": [2**40, 0], "data_offsets": [0, 0]}, data=b""),
            "tensor 'fc.weight' must be of shape (outputs, inputs), at least (1, 1), not "
            "(1099511627776, 0): only fully connected layers can be compressed",
        ),
        (
            header({"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}),
            "must hold fully connected layers only, but tensor 'fc.weight' of shape (2,)",
        ),
        (
            header({"dtype": "F32", "shape": [1, 2], "data_offsets": [0, 8]}, "a\n\x1b[2Jb"),
            "must hold tensors <layer>.weight and <layer>.bias only, not 'a\\n\\x1b[2Jb': leave",
        ),
        (
            header({"dtype": "I32", "shape": [1, 2], "data_offsets": [0, 8]}),
            "tensor 'fc.weight' must be of float16, bfloat16, float32 or float64, not int32",
        ),
        (
            header({"dtype": "F8_E4M3", "shape": [2, 4], "data_offsets": [0, 8]}),
            "tensor 'fc.weight' must be of float16, bfloat16, float32 or float64, not F8_E4M3",
        ),
        (
            header({"dtype": "F64", "shape": [1, 1], "data_offsets": [0, 8]}, data=b"\xff" * 8),
            "values of tensor 'fc.weight' must be finite, not nan at position (0, 0)",
        ),
    ],
)
def test_refused(tmp_path: Path, refused: Callable[..., str], data: bytes, message: str) -> None:
    path = tmp_path / "net.safetensors"
    path.write_bytes(data)
    assert refused(read, path).startswith(message)


def test_layers_must_chain(
    tmp_path: Path,
    state: Mapping[str, Array],
    safetensors_bytes: Bytes,
    refused: Callable[..., str],
) -> None:
    path = tmp_path / "net.safetensors"
    path.write_bytes(safetensors_bytes({n: state[n] for n in state if not n.startswith("fc2")}))
    assert refused(read, path) == (
        "layer sizes must chain, but layer 'fc1' has 8 outputs and layer 'fc10' takes 5 inputs: "
        "check shapes and order"
    )


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must exist, but there is no such file"):
        read(tmp_path / "net.safetensors")
