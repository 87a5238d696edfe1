"""Weights in an archive; oracle: the arrays that were stored."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zskip.files.formats.npz import read
from zskip.model.common.errors import InputError

FIRST = np.arange(12, dtype=np.float32).reshape(4, 3)
SECOND = np.arange(8, dtype=np.float32).reshape(2, 4)


def stored(tmp_path: Path, **arrays: Any) -> Path:
    """Store arrays under the names of a file of weights (``_`` stands for ``.``)."""
    path = tmp_path / "net.npz"
    np.savez(path, **{name.replace("_", "."): array for name, array in arrays.items()})
    return path


def test_layers_in_the_order_of_the_archive(tmp_path: Path) -> None:
    path = stored(tmp_path, b_weight=FIRST, b_bias=np.ones(4, np.float32), a_weight=SECOND)
    first, second = read(path)
    assert (first.name, second.name) == ("b", "a")
    assert (first.relu, second.relu) == (True, False)
    np.testing.assert_array_equal(first.weights, FIRST)
    np.testing.assert_array_equal(first.bias, np.ones(4))
    np.testing.assert_array_equal(second.weights, SECOND)
    np.testing.assert_array_equal(second.bias, np.zeros(2))
    assert second.bias.dtype == np.float32


def test_a_bias_may_stand_in_front(tmp_path: Path) -> None:
    path = stored(tmp_path, a_bias=np.ones(4, np.float32), a_weight=FIRST)
    (layer,) = read(path)
    np.testing.assert_array_equal(layer.bias, np.ones(4))


def test_names_with_dots(tmp_path: Path) -> None:
    (layer,) = read(stored(tmp_path, features_0_weight=FIRST))
    assert layer.name == "features.0"


@pytest.mark.parametrize("dtype", ["<f2", ">f4", "<f8"])
def test_every_float(tmp_path: Path, dtype: str) -> None:
    (layer,) = read(stored(tmp_path, a_weight=FIRST.astype(dtype)))
    assert layer.weights.dtype.isnative
    np.testing.assert_array_equal(layer.weights, FIRST)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (
            {},
            "{} must hold at least one layer, but holds no array <layer>.weight: name the arrays "
            "as 'fc1.weight' and 'fc1.bias'",
        ),
        (
            {"matrix": FIRST},
            "{} must hold at least one layer, but holds no array <layer>.weight, only 'matrix': "
            "name the arrays as 'fc1.weight' and 'fc1.bias'",
        ),
        (
            {"a_weight": FIRST, "b_bias": np.ones(4)},
            "{} must hold an array 'b.weight', because it holds 'b.bias': write the file again "
            "with it",
        ),
        (
            {"a_weight": FIRST, "note": np.ones(4)},
            "{} must hold arrays <layer>.weight and <layer>.bias only, not 'note': leave it "
            "out, or rename it",
        ),
        (
            {"a_weight": FIRST.astype(int)},
            "array 'a.weight' of {} must be of floats, not int64: convert it to float32",
        ),
        (
            {"a_weight": FIRST, "a_bias": np.ones(4, bool)},
            "array 'a.bias' of {} must be of floats, not bool: convert it to float32",
        ),
        (
            {"a_weight": np.ones((2, 3, 4, 4))},
            "array 'a.weight' of {} must be of shape (outputs, inputs), not (2, 3, 4, 4): only "
            "fully connected layers can be compressed",
        ),
        (
            {"a_weight": np.array([[object()]])},
            "array 'a.weight' of {} must hold numbers, but holds pickled objects, which could run "
            "code: convert it to a plain array of floats",
        ),
    ],
)
def test_refuses(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    path = stored(tmp_path, **arrays)
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value) == message.format(path)


def test_refuses_other_members(tmp_path: Path) -> None:
    path = stored(tmp_path, a_weight=FIRST)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(InputError, match=r"not 'readme\.txt'"):
        read(path)


def test_a_compressed_network_is_refused(tmp_path: Path) -> None:
    path = stored(tmp_path, a_weight=FIRST)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("manifest.json", "{}")
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value) == (
        f"{path} must hold the weights of a float network, but is a network that is compressed "
        "already: give the file that it was made of"
    )


def test_a_normalization_is_folded(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    statistics = {"bn1.running_mean": np.ones(4), "bn1.running_var": np.full(4, 0.25 - 1e-5)}
    tensors: dict[str, Any] = {"fc1.weight": FIRST, **statistics, "fc2.weight": SECOND}
    np.savez(path, **tensors)
    first, second = read(path)
    np.testing.assert_allclose(first.weights, 2 * FIRST, rtol=1e-6)
    np.testing.assert_allclose(first.bias, [-2.0] * 4, rtol=1e-6)
    assert second.weights.tolist() == SECOND.tolist()


def test_transposed_weights(tmp_path: Path) -> None:
    path = stored(tmp_path, a_weight=FIRST.T, a_bias=np.ones(4))
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value) == (
        f"array 'a.weight' of {path} must be of shape (outputs, inputs), but its shape (3, 4) is "
        "(inputs, outputs) by the 4 biases: transpose it"
    )


def test_a_recurrent_layer(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    tensors: dict[str, Any] = {"rnn.weight_ih_l0": FIRST}
    np.savez(path, **tensors)
    with pytest.raises(InputError, match=r"'rnn\.weight_ih_l0' is of a recurrent layer \(LSTM"):
        read(path)
