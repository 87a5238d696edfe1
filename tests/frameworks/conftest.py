"""Handwritten digits to train on, and what every trained classifier must show in RTL."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

import zskip
from zskip.files.weights import AnyWeights

Check = Callable[..., None]


class Digits(NamedTuple):
    """Images of 64 pixels from 0 to 1, and their labels."""

    train: NDArray[np.float32]
    train_labels: NDArray[np.int64]
    test: NDArray[np.float32]
    test_labels: NDArray[np.int64]


@pytest.fixture(scope="session")
def digits() -> Digits:
    """The 1797 images of scikit-learn, of which 540 are not for training."""
    datasets: Any = pytest.importorskip("sklearn.datasets", reason="it brings the images")
    images, labels = datasets.load_digits(return_X_y=True)
    images = (images / 16).astype(np.float32)
    order = np.random.default_rng(0).permutation(len(labels))
    train, test = order[540:], order[:540]
    return Digits(images[train], labels[train], images[test], labels[test])


@pytest.fixture
def check(digits: Digits) -> Check:
    """Compress a classifier, simulate it, and compare with its framework's own outputs."""

    def run(weights: AnyWeights, framework: NDArray[Any], *, bias_correction: bool = False) -> None:
        config = zskip.config(pe_count=4)
        network = zskip.compress(
            weights, inputs=digits.train[:300], config=config, bias_correction=bias_correction
        )
        inputs = digits.test.astype(np.float64)
        report = zskip.simulate(network, inputs, labels=digits.test_labels, float_weights=weights)
        assert report.equal_inputs == len(inputs)
        own = float(np.mean(framework.argmax(axis=1) == digits.test_labels))
        assert own > 0.93, "the framework trained nothing"
        assert report.accuracy is not None
        assert report.accuracy.float_network == pytest.approx(own, abs=0.002)
        assert report.accuracy.rtl > own - 0.01

    return run
