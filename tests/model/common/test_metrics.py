"""Error measures on worked examples."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from zskip.model.common.errors import InputError
from zskip.model.common.metrics import accuracy, classes, max_abs_error, signal_to_noise


def test_signal_to_noise_of_a_tenth() -> None:
    assert signal_to_noise([[1.0, -2.0]], [[1.1, -2.2]]) == pytest.approx(20.0)


def test_signal_to_noise_without_noise() -> None:
    assert signal_to_noise([1.0, 2.0], [1, 2]) == math.inf
    assert signal_to_noise([0.0], [0.0]) == math.inf


def test_signal_to_noise_without_signal() -> None:
    assert signal_to_noise([0.0, 0.0], [0.0, 1.0]) == -math.inf


def test_max_abs_error() -> None:
    assert max_abs_error([[1.0, -2.0], [0.0, 3.0]], [[1.5, -2.0], [0.0, 2.0]]) == 1.0


Measure = Callable[[object, object], float]


@pytest.mark.parametrize("measure", [signal_to_noise, max_abs_error])
class TestErrors:
    @pytest.mark.parametrize(("shape", "other"), [((2, 3), (3, 2)), ((0,), (0,))])
    def test_refuses_shapes(
        self, measure: Measure, shape: tuple[int, ...], other: tuple[int, ...]
    ) -> None:
        with pytest.raises(InputError) as caught:
            measure(np.zeros(shape), np.zeros(other))
        assert str(caught.value) == (
            f"actual must have the reference's shape {shape} and a value, not {other}: "
            "compare the outputs of the same layer and samples"
        )

    def test_refuses_nan(self, measure: Measure) -> None:
        with pytest.raises(InputError, match="reference values must be finite, not nan at"):
            measure([math.nan], [0.0])
        with pytest.raises(InputError, match="actual values must be finite, not inf at"):
            measure([0.0], [math.inf])


class TestAccuracy:
    def test_counts_highest_scores(self) -> None:
        scores = np.array([[1, 5, 2], [9, 0, 0], [0, 0, 1], [3, 2, 1]])
        assert accuracy(scores, np.array([1, 0, 0, 1], dtype=np.uint8)) == 0.5

    def test_first_of_equal_scores_counts(self) -> None:
        assert accuracy([[7, 7]], [0]) == 1.0
        assert accuracy([[7, 7]], [1]) == 0.0

    def test_a_single_score_tells_two_classes_by_its_sign(self) -> None:
        scores = np.array([[-3], [0], [2], [5]])
        assert classes(scores).tolist() == [0, 0, 1, 1]
        assert accuracy(scores, [0, 1, 1, 1]) == 0.75

    @pytest.mark.parametrize(
        ("scores", "labels", "message"),
        [
            (
                np.zeros(3),
                np.zeros(3, int),
                "scores must be of shape (samples, classes), not (3,): give a row per sample",
            ),
            (
                np.zeros((0, 3)),
                np.zeros(0, int),
                "scores must be of shape (samples, classes), not (0, 3): give a row per sample",
            ),
            (
                np.zeros((2, 3)),
                np.zeros(3, np.int64),
                "labels must be 2 integers, not int64 of shape (3,): give a label per sample",
            ),
            (
                np.zeros((2, 3)),
                np.zeros(2),
                "labels must be 2 integers, not float64 of shape (2,): give a label per sample",
            ),
            (
                np.zeros((2, 3)),
                np.array([0, 3]),
                "labels must be 0 to 2, not 0 to 3: number the classes like the outputs",
            ),
            (
                np.zeros((2, 1)),
                np.array([0, 2]),
                "labels must be 0 to 1, not 0 to 2: a single output tells two classes, by its sign",
            ),
        ],
    )
    def test_refuses(self, scores: np.ndarray, labels: np.ndarray, message: str) -> None:
        with pytest.raises(InputError) as caught:
            accuracy(scores, labels)
        assert str(caught.value) == message
