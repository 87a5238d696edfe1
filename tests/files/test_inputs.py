"""Inputs and labels; oracle: the arrays that were stored."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zskip.files.inputs import read_inputs
from zskip.model.common.errors import InputError

IMAGES = np.arange(5 * 2 * 3).reshape(5, 2, 3)
LABELS = np.array([0, 1, 2, 1, 0])

Store = Callable[..., Path]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Store arrays in an archive, or one array in a file of its own."""

    def write(*single: np.ndarray, **arrays: Any) -> Path:
        if arrays:
            path = tmp_path / f"file{len(list(tmp_path.iterdir()))}.npz"
            np.savez(path, **arrays)
        else:
            path = tmp_path / f"file{len(list(tmp_path.iterdir()))}.npy"
            np.save(path, single[0], allow_pickle=False)
        return path

    return write


@pytest.mark.parametrize("dtype", ["u1", "i2", ">i4", "f2", "f4", ">f8", "?"])
def test_any_real_dtype(store: Store, dtype: str) -> None:
    images = (IMAGES % 2).astype(dtype)
    inputs = read_inputs(store(images))
    assert inputs.values.dtype == np.float64
    np.testing.assert_array_equal(inputs.values, images.reshape(5, 6).astype(float))
    assert inputs.labels is None


@pytest.mark.parametrize("name", ["inputs", "images", "anything"])
def test_names_of_the_array(store: Store, name: str) -> None:
    inputs = read_inputs(store(**{name: IMAGES}, labels=LABELS.astype(np.uint8)))
    np.testing.assert_array_equal(inputs.values, IMAGES.reshape(5, 6))
    assert inputs.labels is not None
    assert inputs.labels.dtype == np.int64
    np.testing.assert_array_equal(inputs.labels, LABELS)


def test_other_arrays_are_left_aside(store: Store) -> None:
    path = store(inputs=IMAGES, names=np.array([object()]), labels=LABELS)
    np.testing.assert_array_equal(read_inputs(path).values, IMAGES.reshape(5, 6))


@pytest.mark.parametrize("count", [1, 3, 5, 100])
def test_count_limits_the_rows(store: Store, count: int) -> None:
    inputs = read_inputs(store(inputs=IMAGES, labels=LABELS), count=count)
    np.testing.assert_array_equal(inputs.values, IMAGES.reshape(5, 6)[:count])
    np.testing.assert_array_equal(inputs.labels, LABELS[:count])


@pytest.mark.parametrize("form", ["npy", "labels", "single"])
def test_labels_of_their_own(store: Store, form: str) -> None:
    other = LABELS + 3
    labels = {
        "npy": lambda: store(other),
        "labels": lambda: store(labels=other, inputs=IMAGES),
        "single": lambda: store(classes=other),
    }[form]()
    inputs = read_inputs(store(inputs=IMAGES, labels=LABELS), labels=labels, count=2)
    np.testing.assert_array_equal(inputs.labels, other[:2])


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (
            {"inputs": IMAGES, "images": IMAGES},
            "{} must hold one array of inputs, called inputs or images, not inputs, images: "
            "rename or remove arrays",
        ),
        (
            {"a": IMAGES, "b": IMAGES},
            "{} must hold one array of inputs, called inputs or images, not a, b: rename or "
            "remove arrays",
        ),
        (
            {"labels": LABELS},
            "{} must hold one array of inputs, called inputs or images, not labels: rename or "
            "remove arrays",
        ),
        (
            {"inputs": np.arange(6)},
            "inputs of {} must have a first axis that counts them and at least one value each, "
            "not shape (6,): reshape them to (n, values)",
        ),
        (
            {"inputs": np.zeros((0, 6))},
            "inputs of {} must have a first axis that counts them and at least one value each, "
            "not shape (0, 6): reshape them to (n, values)",
        ),
        (
            {"inputs": IMAGES.astype(complex)},
            "inputs of {} must be real numbers, not complex128: convert them",
        ),
        (
            {"inputs": np.array([[0.0, np.nan]])},
            "inputs of {} must be finite, not nan at position (0, 1): remove NaN and infinite "
            "values",
        ),
        (
            {"inputs": IMAGES, "labels": LABELS.astype(float)},
            "labels of {} must be 5 integers, one for each input, not float64 of shape (5,): "
            "convert them",
        ),
        (
            {"inputs": IMAGES, "labels": LABELS[:4]},
            "labels of {} must be 5 integers, one for each input, not int64 of shape (4,): "
            "convert them",
        ),
        (
            {"inputs": np.array([[object()]])},
            "array 'inputs' of {} must hold numbers, but holds pickled objects, which could run "
            "code: convert it to a plain array of floats",
        ),
    ],
)
def test_refuses(store: Store, arrays: dict[str, Any], message: str) -> None:
    path = store(**arrays)
    with pytest.raises(InputError) as caught:
        read_inputs(path)
    assert str(caught.value) == message.format(path)


@pytest.mark.parametrize("count", [0, -1])
def test_refuses_a_count_of_nothing(store: Store, count: int) -> None:
    with pytest.raises(InputError) as caught:
        read_inputs(store(IMAGES), count=count)
    assert (
        str(caught.value) == f"the number of inputs must be at least 1, not {count}: leave it out"
    )


def test_refuses_labels_of_two_names(store: Store) -> None:
    path = store(a=LABELS, b=LABELS)
    with pytest.raises(InputError) as caught:
        read_inputs(store(IMAGES), labels=path)
    assert str(caught.value) == (
        f"{path} must hold one array of labels, called labels, not a, b: rename or remove arrays"
    )


@pytest.mark.parametrize("name", ["missing.npy", "missing.npz"])
def test_missing_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with pytest.raises(InputError) as caught:
        read_inputs(path)
    assert str(caught.value) == f"{path} must exist, but there is no such file: check the name"


@pytest.mark.parametrize("name", ["inputs.csv", "inputs.npz"])
def test_text_is_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("1.0,2.0\n3.0,4.0\n")
    with pytest.raises(InputError) as caught:
        read_inputs(path)
    assert str(caught.value) == (
        f"{path} must be a NumPy file, but is text, as of a CSV file: read it by "
        "numpy.loadtxt(path, delimiter=',') and write it by numpy.save"
    )
