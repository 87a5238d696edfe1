"""Least squares; oracle: coefficients that made the numbers."""

import pytest

from zskip.synth.formulas.fitting import Row, least_squares


def test_coefficients_are_found() -> None:
    rows = [
        ({"one": 1.0, "x": x, "y": y}, 5 + 3 * x + 0.5 * y)
        for x, y in ((1, 9), (4, 2), (7, 7), (2, 3))
    ]
    found = least_squares([Row(terms, value, value) for terms, value in rows])
    assert found == pytest.approx({"one": 5, "x": 3, "y": 0.5}, rel=1e-3)


def test_none_is_below_0() -> None:
    rows = [
        ({"x": x, "y": y}, 2 * x - y) for x, y in ((1.0, 1.0), (3.0, 1.0), (5.0, 2.0), (9.0, 1.0))
    ]
    assert set(least_squares([Row(terms, value, value) for terms, value in rows])) == {"x"}


def test_errors_are_relative() -> None:
    # Absolute errors would give 12.5.
    found = least_squares([Row({"one": 1.0}, 5.0, 5.0), Row({"one": 1.0}, 20.0, 20.0)])
    assert found["one"] == pytest.approx((1 / 5 + 1 / 20) / (1 / 25 + 1 / 400))


def test_a_term_that_is_always_0_is_left_out() -> None:
    assert least_squares([Row({"x": 2.0, "none": 0.0}, 6.0, 6.0)]) == pytest.approx({"x": 3.0})
