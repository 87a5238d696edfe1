"""Floating-point words; oracles: NumPy's numbers, and exact fractions."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.common.errors import InputError
from zskip.model.common.floats import FLOAT16, FLOAT32, FloatFormat, leading_ones

FORMATS = [FLOAT16, FLOAT32]


def truncated(exact: Fraction, number: FloatFormat) -> float:
    """Oracle: the number of the format next to a fraction, on the side of 0."""
    kind = np.dtype(number.name).type
    if abs(exact) >= 2 ** (number.bias + 1):
        return math.copysign(math.inf, exact)
    largest = np.finfo(kind).max
    near = kind(min(max(float(exact), -float(largest)), float(largest)))
    while abs(Fraction(float(near))) > abs(exact):
        near = np.nextafter(near, kind(0))
    return math.copysign(near, exact)


def test_every_half() -> None:
    words = np.arange(1 << 16)
    real = FLOAT16.values(words)
    sign, exponents, significands, special = FLOAT16.unpack(words)
    np.testing.assert_array_equal(special, ~np.isfinite(real))
    rebuilt = np.where(sign, -1.0, 1.0) * np.ldexp(significands.astype(float), exponents - 25)
    np.testing.assert_array_equal(rebuilt[~special], real[~special])
    np.testing.assert_array_equal(FLOAT16.words(real[~special], "numbers"), words[~special])


@pytest.mark.parametrize("number", FORMATS)
def test_packing_what_was_unpacked(number: FloatFormat) -> None:
    words = np.random.default_rng(1).integers(0, 1 << number.bits, 5000)
    words = np.append(words, np.arange(200))
    sign, exponents, significands, special = number.unpack(words)
    units = exponents - number.bias - number.fraction_bits
    packed, overflows = number.pack(np.where(sign, -1, 1) * significands, units)
    # The sign of a zero is not in its sum.
    expected = np.where(significands, words, 0)
    np.testing.assert_array_equal(packed[~special], expected[~special])
    # The fields of infinities and NaNs are too large.
    np.testing.assert_array_equal(overflows, special)


@given(
    st.sampled_from(FORMATS),
    st.integers(1 - (1 << 63), (1 << 63) - 1),
    st.integers(0, 62),
    st.integers(-220, 150),
)
def test_packing_truncates(number: FloatFormat, total: int, drop: int, unit: int) -> None:
    total >>= drop
    exact = total * Fraction(2) ** unit
    word, overflow = number.pack(total, unit)
    expected = truncated(exact, number)
    assert number.values(word) == expected
    assert overflow == np.isinf(expected)
    if expected == 0:
        assert word == (total < 0) << (number.bits - 1)


def test_leading_ones() -> None:
    """Runs of ones up to 63 bits, which float64 would round up, and what is next to them."""
    for place in range(63):
        for magnitude in (1 << place, (1 << place) | 1, (2 << place) - 1):
            assert leading_ones(np.array(magnitude)) == magnitude.bit_length() - 1
    assert leading_ones(np.array(0)) == 0


@pytest.mark.parametrize(
    ("total", "unit", "word"),
    [
        # What the published circuit loses: an exponent field of exactly 0.
        (1, -127, 0x00400000),
        (3, -128, 0x00600000),
        (1, -126, 0x00800000),
        ((1 << 24) - 1, -150, 0x007FFFFF),
        (1, -149, 1),
        (1, -150, 0),
        (-1, -150, 0x80000000),
        ((1 << 25) - 1, 103, 0x7F7FFFFF),
        (1, 128, 0x7F800000),
        (-1, 128, 0xFF800000),
    ],
)
def test_edges_of_float32(total: int, unit: int, word: int) -> None:
    assert FLOAT32.pack(total, unit) == (word, word & 0x7FFFFFFF == 0x7F800000)


def test_numbers_are_rounded_to_even() -> None:
    values = [1 + 2**-11, 1 + 3 * 2**-11, -(2**-25), 3 * 2**-25, 65519.0]
    assert FLOAT16.words(values, "weights").tolist() == [0x3C00, 0x3C02, 0x8000, 2, 0x7BFF]


def test_what_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        FLOAT16.words([1.0, 65520.0], "weights of 'fc1'")
    assert str(caught.value) == (
        "weights of 'fc1' must be within the range of float16, not 65520.0: scale the layer or "
        "choose a wider format"
    )
    for value in (np.nan, np.inf, -np.inf):
        with pytest.raises(InputError, match=r"^weights must be finite, not -?(nan|inf) at"):
            FLOAT32.words([value], "weights")
