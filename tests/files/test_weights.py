"""Weights by the suffix of their file; oracle: the registry."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zskip.files import weights
from zskip.files.weights import READERS, read_weights
from zskip.model.common.errors import InputError


@pytest.mark.parametrize("suffix", READERS)
def test_every_reader_is_there(suffix: str) -> None:
    module, function = READERS[suffix].split(":")
    assert module.startswith("zskip.files.formats.")
    assert isinstance(getattr(importlib.import_module(module), function), Callable)
    assert suffix == suffix.lower()


@pytest.mark.parametrize("name", ["net.npz", "NET.NPZ"])
def test_the_suffix_names_the_format(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    arrays: dict[str, Any] = {"fc.weight": np.ones((2, 3))}
    with path.open("wb") as file:
        np.savez(file, **arrays)
    (layer,) = read_weights(path)
    assert (layer.name, layer.weights.shape) == ("fc", (2, 3))


def test_unknown_suffix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "READERS", {".npz": "a:read", ".onnx": "b:read"})
    path = tmp_path / "net.txt"
    path.touch()
    with pytest.raises(InputError) as caught:
        read_weights(path)
    assert str(caught.value) == (
        "a file of weights must end in .npz or .onnx, not 'net.txt': convert it"
    )


def test_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "net.txt"
    with pytest.raises(InputError) as caught:
        read_weights(path)
    assert str(caught.value) == f"{path} must exist, but there is no such file: check the name"


def test_activations_are_given_to_a_file_that_tells_none(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    arrays: dict[str, Any] = {"a.weight": np.ones((2, 3)), "b.weight": np.ones((4, 2))}
    np.savez(path, **arrays)
    assert read_weights(path).assumed
    given = read_weights(path, "none,none")
    assert [layer.relu for layer in given] == [False, False]
    with pytest.raises(InputError) as caught:
        read_weights(path, {"b": "tanh"})
    assert str(caught.value) == (
        f"{path}: activation 'tanh' of layer 'b' must be relu or none, or softmax or such: train "
        "the network with ReLU in its place"
    )


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("net.npz", b"1.0,2.0\n3.0,4.0\n", "text, as of a CSV file"),
        ("net.onnx", b"1.0;2.0\n", "text, as of a CSV file"),
        ("net.onnx", b"\x89HDF\r\n\x1a\nrest", "an HDF5 file (.h5)"),
        ("net.onnx", b"PK\x03\x04rest", "a zip archive (.npz, .keras or .pt)"),
        ("net.h5", b"PK\x03\x04rest", "a zip archive (.npz, .keras or .pt)"),
        ("net.pt", b"\x89HDF\r\n\x1a\nrest", "an HDF5 file (.h5)"),
        ("net.npz", b"\x93NUMPYrest", "an array (.npy)"),
        ("net.safetensors", b"\x80\x04rest", "a pickle (.pt or .pkl)"),
    ],
)
def test_bytes_of_another_kind(tmp_path: Path, name: str, data: bytes, kind: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_weights(path)
    assert str(caught.value) == (
        f"{path} must be a {path.suffix} file by its name, but its bytes are {kind}: correct the "
        "suffix, or convert it"
    )


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"<!DOCTYPE html>", "a page of the web: download the file itself"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid",
            "a pointer of Git LFS to the file: run git lfs pull",
        ),
    ],
)
def test_what_stands_in_place_of_a_file(tmp_path: Path, data: bytes, what: str) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_weights(path)
    assert str(caught.value) == (
        f"{path} must be a .onnx file by its name, but its bytes are {what}"
    )


@pytest.mark.parametrize(
    ("suffix", "what"),
    [
        (
            ".pb",
            "a graph of TensorFlow by its name: convert it by tf2onnx, or save the model with "
            "Keras",
        ),
        (
            ".joblib",
            "a pickle by its name, which could run code: give the model itself to zskip.compress "
            "in Python, or export it as ONNX",
        ),
        (".CSV", "text by its name: write an .npz of arrays <layer>.weight and <layer>.bias"),
        (
            ".npy",
            "a single array by its name: write an .npz of arrays <layer>.weight and <layer>.bias",
        ),
        (
            ".json",
            "an architecture by its name: give the .h5 file of its weights, which finds it",
        ),
        (
            ".pt2",
            "a program of torch.export by its name: save model.state_dict(), or export ONNX",
        ),
        (
            ".tflite",
            "a model of TensorFlow Lite by its name: save the Keras model that it was made of",
        ),
    ],
)
def test_suffixes_that_are_not_read(tmp_path: Path, suffix: str, what: str) -> None:
    path = tmp_path / f"net{suffix}"
    path.write_bytes(b"\n")
    with pytest.raises(InputError) as caught:
        read_weights(path)
    assert str(caught.value) == f"{path} must be a file of weights, but is {what}"
