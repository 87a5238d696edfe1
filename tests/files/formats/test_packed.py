"""Weights without their zeros in files of three formats; oracle: the dense weights."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from zskip.files.formats import npz, pytorch_file, safetensors_file
from zskip.files.formats.packed import unpacked
from zskip.files.formats.state import layers_by_name
from zskip.model.common.errors import InputError
from zskip.model.common.pattern import Pattern, prune_to_pattern
from zskip.model.common.semi_structured import from_dense

Array = NDArray[Any]
RNG = np.random.default_rng(3)
FIRST = prune_to_pattern(RNG.standard_normal((32, 64)), Pattern(2, 4)).astype(np.float16)
SECOND = prune_to_pattern(RNG.standard_normal((6, 32)), Pattern(2, 4)).astype(np.float16)
BIAS = RNG.standard_normal(32).astype(np.float32)


def bitmask(name: str, weights: Array, *, structured: bool = True) -> dict[str, Array]:
    """Write a weight as compressed-tensors does."""
    kept = weights != 0
    parts = {
        f"{name}.shape": np.array(weights.shape, np.int64),
        f"{name}.compressed": weights[kept],
        f"{name}.bitmask": np.packbits(kept, axis=1, bitorder="little"),
    }
    if structured:
        parts[f"{name}.compressed"] = parts[f"{name}.compressed"].reshape(len(weights), -1)
        parts[f"{name}.shape"] = parts[f"{name}.shape"].reshape(-1, 1)
    else:
        counts = np.count_nonzero(kept, axis=1)
        parts[f"{name}.row_offsets"] = np.cumsum(counts) - counts
    return parts


def pair(name: str, weights: Array) -> dict[str, Array]:
    """Write a weight as the parts of PyTorch's semi-structured tensor."""
    values, metadata = from_dense(weights)
    return {f"{name}.weight.values": values, f"{name}.weight.indices": metadata}


def tensors() -> dict[str, Array]:
    """A network of both, and in the second layer no bias."""
    return {**pair("fc1", FIRST), "fc1.bias": BIAS, **bitmask("fc2", SECOND)}


def save_npz(path: Path, arrays: Mapping[str, Array]) -> None:
    named: dict[str, Any] = dict(arrays)
    np.savez(path, **named)


def save_safetensors(path: Path, arrays: Mapping[str, Array]) -> None:
    library = pytest.importorskip("safetensors.numpy")
    library.save_file({name: np.ascontiguousarray(a) for name, a in arrays.items()}, path)


def save_torch(path: Path, arrays: Mapping[str, Array]) -> None:
    torch = pytest.importorskip("torch")
    torch.save({name: torch.from_numpy(array) for name, array in arrays.items()}, path)


FORMATS = {
    "npz": (npz.read, save_npz),
    "safetensors": (safetensors_file.read, save_safetensors),
    "pt": (pytorch_file.read, save_torch),
}


@pytest.mark.parametrize("suffix", FORMATS)
def test_each_format(tmp_path: Path, suffix: str) -> None:
    read, save = FORMATS[suffix]
    path = tmp_path / f"net.{suffix}"
    save(path, tensors())
    first, second = read(path)
    assert (first.name, second.name) == ("fc1", "fc2")
    np.testing.assert_array_equal(first.weights, FIRST)
    np.testing.assert_array_equal(first.bias, BIAS)
    np.testing.assert_array_equal(second.weights, SECOND)
    assert first.weights.dtype == second.weights.dtype == np.float32


def test_bfloat16_pairs_of_torch(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    values, metadata = from_dense(FIRST)
    wide = torch.from_numpy(values).to(torch.bfloat16)
    state = {"a.weight.values": wide, "a.weight.indices": torch.from_numpy(metadata)}
    torch.save(state, tmp_path / "net.pt")
    (layer,) = pytorch_file.read(tmp_path / "net.pt")
    np.testing.assert_array_equal(layer.weights != 0, FIRST != 0)
    expected = torch.from_numpy(FIRST).to(torch.bfloat16).float().numpy()
    np.testing.assert_array_equal(layer.weights, expected)


def test_a_mask_without_a_structure() -> None:
    weights = (RNG.standard_normal((5, 13)) * (RNG.random((5, 13)) < 0.3)).astype(np.float32)
    weights[2] = 0
    found = unpacked(bitmask("a.b", weights, structured=False))
    assert list(found) == ["a.b.weight"]
    np.testing.assert_array_equal(found["a.b.weight"], weights)


def test_bytes_of_compressed_tensors() -> None:
    """By hand: bit 0 of a byte is the first weight."""
    found = unpacked(
        {
            "fc.shape": np.array([[2], [4]]),
            "fc.compressed": np.array([[1.0, 2.0], [3.0, 4.0]], np.float32),
            "fc.bitmask": np.array([[0b0011], [0b1010]], np.uint8),
        }
    )
    assert found["fc.weight"].tolist() == [[1, 2, 0, 0], [0, 3, 0, 4]]


def test_other_tensors_stay() -> None:
    arrays = {"a.weight": FIRST, "a.bias": BIAS, "b.shape": BIAS}
    assert unpacked(arrays) == arrays
    with pytest.raises(
        InputError, match=r"must hold tensors <layer>\.weight and <layer>\.bias only"
    ):
        layers_by_name(arrays)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"fc1.weight.indices": None},
            "tensor 'fc1.weight.indices' must be there, because 'fc1.weight.values' is: write the "
            "file again with it",
        ),
        (
            {"fc2.bitmask": None},
            "tensor 'fc2.bitmask' must be there, because 'fc2.compressed' is: write the file again "
            "with it",
        ),
        (
            {"fc1.weight.indices": np.zeros((32, 4), np.int16)},
            "tensor 'fc1.weight.values': a code of the metadata must be one of 0100, 1000, 1001, "
            "1100, 1101, 1110, not 0000 of group 0 of output 0: write it again",
        ),
        (
            {"fc2.bitmask": np.zeros((6, 4), np.uint8)},
            "tensor 'fc2.compressed': the bitmask must have as many bits set as there are values, "
            "96, not 0: write the file again",
        ),
        (
            {"fc2.shape": np.array([[6], [33]])},
            "tensor 'fc2.compressed': the bitmask must be of uint8, with a bit for each weight of "
            "the shape in whole bytes for each row, not uint8 of shape (6, 4) for the shape "
            "[6, 33]: write the file again",
        ),
        (
            {"fc2.shape": np.array([[6.0], [32.0]])},
            "tensor 'fc2.compressed': the bitmask must be of uint8, with a bit for each weight of "
            "the shape in whole bytes for each row, not uint8 of shape (6, 4) for the shape []: "
            "write the file again",
        ),
    ],
)
def test_refused(
    tmp_path: Path,
    refused: Callable[..., str],
    changes: dict[str, Array | None],
    message: str,
) -> None:
    arrays = {**tensors(), **changes}
    path = tmp_path / "net.npz"
    save_npz(path, {name: array for name, array in arrays.items() if array is not None})
    assert refused(npz.read, path) == message
