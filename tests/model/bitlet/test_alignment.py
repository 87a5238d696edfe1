"""Alignment; oracles: exact fractions with the error bound, and the lanes' own sums."""

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.bitlet.alignment import Aligned, align_rows
from zskip.model.bitlet.config import BITLET
from zskip.model.bitlet.distil import distil
from zskip.model.bitlet.row import Row
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import FloatArray, IntArray
from zskip.model.common.floats import FLOAT16, FLOAT32, FloatFormat

PLAIN = BITLET.replace(invert=0)


def exact(weights: FloatArray, activations: FloatArray) -> Fraction:
    """Oracle: the sum of products, without any rounding."""
    # Each product is exact in float64, whose range float32's products are within.
    return sum(map(Fraction, (weights * activations).tolist()), Fraction(0))


def real(row: Row, unit: IntArray) -> Fraction:
    """Return what the sum of a row stands for."""
    return int(row.total()) * Fraction(2) ** int(unit)


def aligned(
    weights: FloatArray, activations: FloatArray, number: FloatFormat = FLOAT32, lanes: int = 24
) -> Aligned:
    """Align a row of real numbers in groups of 64."""
    left, right = (number.words(values, "numbers") for values in (weights, activations))
    return align_rows(left, right, number, lanes, 64)


def rounded(values: FloatArray, number: FloatFormat) -> FloatArray:
    """Round real numbers to a format."""
    return number.values(number.words(values, "numbers"))


def gauss(rng: np.random.Generator, inputs: int) -> tuple[FloatArray, FloatArray]:
    """Weights as they are, dense activations."""
    return 0.05 * rng.standard_normal(inputs), rng.standard_normal(inputs)


def relu(rng: np.random.Generator, inputs: int) -> tuple[FloatArray, FloatArray]:
    """Half of the activations are 0."""
    return 0.05 * rng.standard_normal(inputs), np.maximum(rng.standard_normal(inputs), 0)


def spread(rng: np.random.Generator, inputs: int) -> tuple[FloatArray, FloatArray]:
    """Exponents of the products differ by far more than there are lanes."""
    powers = 2.0 ** rng.integers(-50, 50, (2, inputs))
    return rng.standard_normal(inputs) * powers[0], rng.standard_normal(inputs) * powers[1]


def cancelling(rng: np.random.Generator, inputs: int) -> tuple[FloatArray, FloatArray]:
    """Every product has one of the opposite sign, but for the last bits."""
    weights, activations = gauss(rng, inputs)
    half = inputs // 2
    weights[half : 2 * half] = -weights[:half] * (1 + 2.0**-22)
    activations[half : 2 * half] = activations[:half]
    return weights, activations


def subnormal(rng: np.random.Generator, inputs: int) -> tuple[FloatArray, FloatArray]:
    """Operands whose exponent field is 0, among others."""
    tiny = 2.0 ** rng.integers(-149, -120, inputs)
    return rng.standard_normal(inputs) * tiny, rng.standard_normal(inputs)


def tiny_results(rng: np.random.Generator, inputs: int) -> tuple[FloatArray, FloatArray]:
    """Normal operands whose sum is subnormal."""
    return rng.standard_normal(inputs) * 2.0**-70, rng.standard_normal(inputs) * 2.0**-66


def overflowing(rng: np.random.Generator, inputs: int) -> tuple[FloatArray, FloatArray]:
    """Sums that are infinite."""
    return (1 + rng.random(inputs)) * 2.0**80, (1 + rng.random(inputs)) * 2.0**60


KINDS = [gauss, relu, spread, cancelling, subnormal, tiny_results, overflowing]
Kind = Callable[[np.random.Generator, int], tuple[FloatArray, FloatArray]]


@pytest.mark.parametrize("kind", KINDS)
def test_lanes_give_the_sums_of_the_integers(kind: Kind) -> None:
    """The accumulator, bit for bit; with every finder, and 64-bit integers on the way."""
    rng = np.random.default_rng(5)
    for inputs, changes in ((64, {}), (150, {"invert": 0, "window": 8, "banks": 1}), (7, {})):
        row = aligned(*kind(rng, inputs)).row
        total = 0
        for shift, magnitudes, terms in zip(row.shifts, row.magnitudes, row.terms, strict=True):
            total >>= int(shift)
            total += sum(int(m) * int(a) for m, a in zip(magnitudes, terms, strict=True))
        assert row.total() == total
        done = distil([row], BITLET.replace(run_ahead=3, **changes), floating=True)
        assert done.sums == (total,)
        assert abs(total) < 1 << (BITLET.float_acc_bits - 1)


def within(weights: FloatArray, activations: FloatArray, number: FloatFormat, lanes: int) -> float:
    """Return the error of a row over its bound, ``n * 2**(2 - lanes)`` of the largest product."""
    weights, activations = rounded(weights, number), rounded(activations, number)
    row, _, unit, special = aligned(weights, activations, number, lanes)
    assert not special
    # Products are exact in float64, and their sum is rounded far below the bound.
    products = weights * activations
    error = abs(math.ldexp(row.total(), int(unit)) - math.fsum(products))
    return error / (np.abs(products).max() * len(weights) * 2.0 ** (2 - lanes))


@pytest.mark.parametrize("kind", [gauss, relu, spread, cancelling])
def test_error_of_ten_thousand_groups(kind: Kind) -> None:
    """2,500 groups of each kind; the sum is packed by truncation, at most one unit more."""
    rng = np.random.default_rng(7)
    for _ in range(2500):
        assert within(*kind(rng, 64), FLOAT32, 24) <= 1


@pytest.mark.parametrize(("number", "lanes"), [(FLOAT32, 24), (FLOAT16, 24), (FLOAT16, 11)])
def test_error_over_many_groups(number: FloatFormat, lanes: int) -> None:
    """The bound holds for rows as long as the vector memory: it counts all of their products."""
    rng = np.random.default_rng(8)
    for inputs in (65, 640, 4096):
        # The exponent rises in almost every group, so that sums are shifted as often as may be.
        weights, activations = gauss(rng, inputs)
        weights *= np.linspace(0.01, 1, inputs)
        assert within(weights, activations, number, lanes) <= 1


def test_a_subnormal_factor_of_the_largest_exponent() -> None:
    """The bound is that of the exponent then, not that of the product."""
    rng = np.random.default_rng(9)
    for _ in range(200):
        weights, activations = (rounded(v, FLOAT32) for v in subnormal(rng, 64))
        row, _, unit, _ = aligned(weights, activations)
        error = abs(real(row, unit) - exact(weights, activations))
        # One lane-0 unit of a weight times an activation below 2: 64 * 2**(E - 254 - 22).
        assert error <= 64 * Fraction(2) ** int(unit + 300 - 276)


@given(st.sampled_from([FLOAT16, FLOAT32]), st.integers(1, 200), st.integers(0, 10**6))
def test_random_words(number: FloatFormat, inputs: int, seed: int) -> None:
    """Any bits at all: the sum is that of the lanes, NaN and infinity are told, nothing else."""
    rng = np.random.default_rng(seed)
    weights, activations = rng.integers(0, 1 << number.bits, (2, inputs))
    bias = rng.integers(0, 1 << number.bits)
    row, start, _, special = align_rows(weights, activations, number, 24, 64, biases=bias)
    assert row.magnitudes.max() < 1 << 24
    assert (row.shifts >= 0).all()
    values = number.values([*weights, *activations, bias])
    assert special == (not np.isfinite(values).all())
    done = distil([row], BITLET, biases=[int(start)], floating=True)
    assert done.sums == (row.total(start),)


@pytest.mark.parametrize(
    ("weight", "activation", "expected"),
    [
        # The published circuit gives 1.19e-38, 0 and 2**-127 for the first three.
        (1.0, 1e-40, 1e-40),
        (2.0**-64, 2.0**-63, 2.0**-127),
        (1.5 * 2.0**-64, 2.0**-63, 1.5 * 2.0**-127),
        (2.0**-140, -(2.0**10), -(2.0**-130)),
        (2.0**-149, 1.0, 2.0**-149),
        (2.0**-75, 2.0**-75, 0.0),
        (2.0**127, 1.5, 1.5 * 2.0**127),
        (2.0**100, -(2.0**28), -np.inf),
        (0.0, 3.0, 0.0),
    ],
)
def test_single_products(weight: float, activation: float, expected: float) -> None:
    row, _, unit, _ = aligned(np.array([weight]), np.array([activation]))
    word, overflow = FLOAT32.pack(row.total(), unit)
    assert FLOAT32.values(word) == np.float32(expected)
    assert overflow == math.isinf(expected)


def test_zero_activations_vanish() -> None:
    """Whatever their weights are; and they do not push the others out of the lanes."""
    weights = np.array([1e38, 3.0, -(2.0**-100)])
    activations = np.array([0.0, -0.0, 2.0**-20])
    row, _, unit, _ = aligned(weights, activations)
    assert np.count_nonzero(row.magnitudes) == 1
    assert row.magnitudes[0, 2] == 1 << 23
    assert real(row, unit) == -(Fraction(2) ** -120)


def test_a_group_of_zero_activations_has_no_ones() -> None:
    """Neither have zero products whose exponents are so small that a shift would leave some."""
    weights = np.ones(128)
    activations = np.zeros(128)
    assert not aligned(weights, activations).row.magnitudes.any()
    activations[3] = 2.0**-20
    row = aligned(weights * 2.0**-12, activations, FLOAT16).row
    assert np.count_nonzero(row.magnitudes) == 1


def test_half_of_the_activations_at_zero_halve_the_cycles() -> None:
    rng = np.random.default_rng(10)
    weights, activations = gauss(rng, 6400)
    cycles = [
        distil([aligned(weights, values).row], PLAIN, floating=True).cycles
        for values in (activations, np.maximum(activations, 0))
    ]
    assert cycles[1] < 0.6 * cycles[0]


def test_exponents_rise_with_the_groups() -> None:
    """The second group has larger products, the third smaller ones."""
    weights = np.zeros(192)
    weights[[0, 64, 128]] = 1.0, 8.0, 1 + 2.0**-23
    row, _, unit, _ = aligned(weights, np.ones(192))
    # Nothing is in the accumulator in front of the first group, whatever it is shifted by.
    assert row.shifts.tolist() == [63, 3, 0]
    # Of the third weight 3 bits are shifted out.
    assert row.magnitudes.max(axis=1).tolist() == [1 << 23, 1 << 23, 1 << 20]
    assert real(row, unit) == 10


def test_example_of_the_paper() -> None:
    """w1 = 1.100101b * 2**3 and exponents 6, 0 and -2 are the paper's; the rest is made up.

    The largest exponent is that of w6, so w1 is shifted by 3, w4 by 6 and w5 by 8; the significands
    span 12 places, and three cycles take the six weights.
    """
    weights = np.array([12.625, 0b101 * 2.0**2, 0b101, 0b11 * 2.0**-1, 0b1001 * 2.0**-5, 2.0**6])
    row, _, unit, _ = aligned(weights, np.ones(6))
    tops = [int(magnitude).bit_length() - 1 for magnitude in row.magnitudes[0, :6]]
    assert [23 - top for top in tops] == [3, 2, 4, 6, 8, 0]
    assert int(row.magnitudes[0, 0]) >> (23 - 3 - 6) == 0b1100101
    used = np.flatnonzero(row.columns()[0].any(axis=-1))
    assert used.max() - used.min() + 1 == 12
    done = distil([row], PLAIN, floating=True)
    assert done.cycles - PLAIN.beats == 3
    assert done.sums == (row.total(),)
    assert real(row, unit) == Fraction(weights.sum())


def test_all_lanes_compute_one_row() -> None:
    """Two rows of float16 would fit 11 lanes each, but every one has its own exponent."""
    rng = np.random.default_rng(11)
    rows = [aligned(*gauss(rng, 100), FLOAT16, 11).row for _ in range(2)]
    with pytest.raises(InputError, match="rows side by side must be at most 1, as many as fit 24"):
        distil(rows, BITLET.replace(segments=2), floating=True)


def test_rows_are_independent() -> None:
    """Several outputs for several inputs, as one by one."""
    rng = np.random.default_rng(12)
    weights, activations = rng.integers(0, 1 << 16, (3, 1, 100)), rng.integers(0, 1 << 16, (2, 100))
    row, _, units, special = align_rows(weights, activations, FLOAT16, 24, 64)
    assert row.total().shape == units.shape == special.shape == (3, 2)
    for output, sample in np.ndindex(3, 2):
        alone = align_rows(weights[output, 0], activations[sample], FLOAT16, 24, 64)
        assert alone.row.total() == row.total()[output, sample]
        assert (alone.units, alone.special) == (units[output, sample], special[output, sample])


def test_infinity_is_told() -> None:
    words: IntArray = np.array([0x7C00, 0x3C00])
    ones: IntArray = np.array([0x3C00, 0x3C00])
    assert align_rows(words, ones, FLOAT16, 24, 64).special
    assert align_rows(ones, words, FLOAT16, 24, 64).special
    assert not align_rows(ones, ones, FLOAT16, 24, 64).special
