"""Ranges of activations; oracles: sorted values, and the error at every fraction."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.common.calibration import calibrate
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import dequantize, quantize
from zskip.model.common.ranges import CANDIDATES, RangeChoice


def fractions(rule: str, inputs: np.ndarray, percentile: float = 99.99) -> tuple[int, int]:
    """Fractions of the inputs and outputs of a layer that passes its inputs on."""
    width = inputs.shape[1]
    (scale,) = calibrate(
        [np.eye(width)],
        [np.zeros(width)],
        [False],
        inputs,
        48,
        rule=rule,
        percentile=percentile,
    )
    return scale.input_fraction, scale.output_fraction


@pytest.fixture
def outlier() -> np.ndarray:
    """Values around 1, and one of 1000."""
    values = np.random.default_rng(1).standard_normal((1200, 20))
    values[7, 3] = 1000.0
    return values


def test_a_percentile_of_100_clips_nothing(outlier: np.ndarray) -> None:
    assert fractions("percentile", outlier, 100.0) == fractions("max", outlier)


def test_a_percentile_is_of_the_values_that_are_not_zero(outlier: np.ndarray) -> None:
    sparse = np.concatenate((outlier, np.zeros((5000, 20))))
    for percentile in (50.0, 90.0, 99.0, 99.99):
        chosen, output = fractions("percentile", sparse, percentile)
        magnitudes = np.sort(np.abs(sparse[sparse != 0]))
        needed = magnitudes[int(np.ceil(magnitudes.size * percentile / 100)) - 1]
        assert needed * 2.0**chosen <= 16383 < needed * 2.0 ** (chosen + 1)
        assert output == chosen


def test_mse_takes_the_fraction_of_least_error(outlier: np.ndarray) -> None:
    base, _ = fractions("max", outlier)
    errors = [
        np.sum((dequantize(quantize(outlier, f)[0], f) - outlier) ** 2)
        for f in range(base, base + CANDIDATES)
    ]
    chosen, output = fractions("mse", outlier)
    assert chosen == output == base + int(np.argmin(errors))
    assert chosen > base


def test_equal_errors_leave_most_headroom() -> None:
    values = np.random.default_rng(2).integers(-9, 10, (50, 4)).astype(np.float64)
    assert fractions("mse", values) == fractions("max", values)


@pytest.mark.parametrize("rule", ["percentile", "mse"])
def test_all_zero(rule: str) -> None:
    assert fractions(rule, np.zeros((3, 2))) == fractions("max", np.zeros((3, 2)))


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.floats(1, 100))
def test_pieces_do_not_matter(values: list[float], percentile: float) -> None:
    array = np.array(values)
    whole, parts = RangeChoice(-10, 16383, 30, 16), RangeChoice(-10, 16383, 30, 16)
    whole.count(array)
    for value in array:
        parts.count(np.array([value]))
    if np.abs(array).max(initial=0) * 2.0**-10 <= 16383:
        assert whole.percentile(percentile) == parts.percentile(percentile)


@pytest.mark.parametrize(
    ("rule", "percentile", "message"),
    [
        (
            "mean",
            99.0,
            "the calibration rule must be one of max, percentile, mse, not 'mean': "
            "choose max to clip nothing",
        ),
        (
            "percentile",
            0.0,
            "the percentile must be above 0 and at most 100, not 0.0: leave it out for 99.99",
        ),
        (
            "percentile",
            float("nan"),
            "the percentile must be above 0 and at most 100, not nan: leave it out for 99.99",
        ),
    ],
)
def test_bad_input(rule: str, percentile: float, message: str) -> None:
    with pytest.raises(InputError) as caught:
        fractions(rule, np.ones((1, 1)), percentile)
    assert str(caught.value) == message
