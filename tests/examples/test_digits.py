"""The shipped digits network and its images, checked with plain NumPy alone."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

DIGITS = Path(__file__).parents[2] / "examples" / "digits"
SHAPES = {
    "fc1.weight": (256, 64),
    "fc1.bias": (256,),
    "fc2.weight": (128, 256),
    "fc2.bias": (128,),
    "fc3.weight": (10, 128),
    "fc3.bias": (10,),
}
IMAGES = {"test": 360, "calibration": 256}

Arrays = dict[str, NDArray[Any]]


def load(path: Path) -> Arrays:
    """Return all arrays of an .npz file that holds no pickled objects."""
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def density(network: Arrays) -> float:
    """Return the fraction of all weights, biases excluded, that is not zero."""
    matrices = [array for array in network.values() if array.ndim == 2]
    return sum(np.count_nonzero(matrix) for matrix in matrices) / sum(m.size for m in matrices)


def accuracy(network: Arrays, images: Arrays) -> float:
    """Return the fraction of the images whose largest score is at their label."""
    values = images["inputs"].astype(np.float64) / 16
    for layer in ("fc1", "fc2"):
        values = np.maximum(values @ network[f"{layer}.weight"].T + network[f"{layer}.bias"], 0)
    scores = values @ network["fc3.weight"].T + network["fc3.bias"]
    return float(np.mean(scores.argmax(axis=1) == images["labels"]))


def distinct_images(images: Arrays) -> set[bytes]:
    """Return the pixels of each image as bytes, each image once."""
    return {image.tobytes() for image in images["inputs"]}


@pytest.fixture
def network() -> Arrays:
    return load(DIGITS / "network.npz")


@pytest.fixture
def test_images() -> Arrays:
    return load(DIGITS / "test.npz")


def test_network_holds_finite_float32_layers_in_order(network: Arrays) -> None:
    assert {name: array.shape for name, array in network.items()} == SHAPES
    assert list(network) == list(SHAPES)
    for array in network.values():
        assert array.dtype == np.float32
        assert np.isfinite(array).all()


def test_at_most_fifteen_percent_of_the_weights_are_left(network: Arrays) -> None:
    assert density(network) <= 0.15


@pytest.mark.parametrize("layer", ["fc1", "fc2", "fc3"])
def test_every_layer_is_pruned(network: Arrays, layer: str) -> None:
    weight = network[f"{layer}.weight"]
    assert 0 < np.count_nonzero(weight) <= 0.3 * weight.size


@pytest.mark.parametrize("name", IMAGES)
def test_images_are_raw_pixels_with_labels_in_balance(name: str) -> None:
    images = load(DIGITS / f"{name}.npz")
    assert list(images) == ["inputs", "labels"]
    assert images["inputs"].shape == (IMAGES[name], 64)
    assert images["labels"].shape == (IMAGES[name],)
    assert images["inputs"].dtype == images["labels"].dtype == np.uint8
    assert (images["inputs"].min(), images["inputs"].max()) == (0, 16)
    counts = np.bincount(images["labels"].astype(np.int64))
    assert len(counts) == 10
    assert np.ptp(counts) <= 2


def test_no_image_is_in_both_files_or_twice_in_one(test_images: Arrays) -> None:
    held_out, used = distinct_images(test_images), distinct_images(load(DIGITS / "calibration.npz"))
    assert len(held_out) == IMAGES["test"]
    assert len(used) == IMAGES["calibration"]
    assert held_out.isdisjoint(used)


def test_float_accuracy_leaves_a_margin_for_four_bits(network: Arrays, test_images: Arrays) -> None:
    assert accuracy(network, test_images) >= 0.965


def test_shipped_files_are_small() -> None:
    assert sum(path.stat().st_size for path in DIGITS.glob("*.npz")) < 500_000


@pytest.mark.slow
def test_training_again_gives_an_equally_good_network(
    tmp_path: Path, network: Arrays, test_images: Arrays
) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("sklearn")
    command = [sys.executable, str(DIGITS / "train.py"), "--out", str(tmp_path)]
    subprocess.run(command, check=True, timeout=600)
    again = load(tmp_path / "network.npz")
    assert accuracy(again, test_images) == pytest.approx(accuracy(network, test_images), abs=0.015)
    assert density(again) == pytest.approx(density(network), abs=1e-4)
    for name in IMAGES:
        shipped, repeated = load(DIGITS / f"{name}.npz"), load(tmp_path / f"{name}.npz")
        for key, array in shipped.items():
            np.testing.assert_array_equal(repeated[key], array)
