"""Fixed-point arithmetic against Python's integers and fractions, which are exact."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zskip.model.common.errors import InputError
from zskip.model.common.fixed import (
    add_wrap,
    check_finite,
    check_range,
    dequantize,
    limits,
    multiply,
    quantize,
    wrap,
    write_back,
)

INT64 = st.integers(-(2**63), 2**63 - 1)
INT16 = st.integers(-(2**15), 2**15 - 1)
WIDTHS = st.integers(2, 62)


def wrapped(value: int, bits: int) -> int:
    """Oracle of two's complement: the residue that lies in range."""
    residue = value % (1 << bits)
    return residue - (1 << bits) if residue >> (bits - 1) else residue


def half_up(value: Fraction) -> int:
    """Oracle of rounding."""
    return math.floor(value + Fraction(1, 2))


def saturate(value: int, bits: int) -> int:
    """Oracle of saturation."""
    return max(-(1 << (bits - 1)), min(value, (1 << (bits - 1)) - 1))


@pytest.mark.parametrize(("bits", "expected"), [(2, (-2, 1)), (16, (-32768, 32767))])
def test_limits(bits: int, expected: tuple[int, int]) -> None:
    assert limits(bits) == expected


@pytest.mark.parametrize("bits", [-1, 0, 1, 63, 64])
def test_limits_refuses_width(bits: int) -> None:
    with pytest.raises(InputError) as caught:
        limits(bits)
    assert str(caught.value) == (
        f"bits must be 2 to 62, not {bits}: choose a width int64 can add in"
    )


class TestCheckRange:
    @pytest.mark.parametrize("dtype", [np.int8, np.int16, np.uint16, np.int32, np.uint64])
    def test_gives_int64(self, dtype: type[np.integer]) -> None:
        checked = check_range(np.array([0, 1, 127], dtype=dtype), 16, "activations")
        assert checked.dtype == np.int64
        assert checked.tolist() == [0, 1, 127]

    def test_extremes_fit(self) -> None:
        assert check_range([-32768, 32767], 16, "activations").tolist() == [-32768, 32767]

    def test_empty_fits(self) -> None:
        assert check_range(np.zeros((0, 3), dtype=np.int16), 16, "activations").shape == (0, 3)

    @pytest.mark.parametrize(
        ("values", "found"),
        [
            (np.array([[0, 1], [32768, -40000]]), "32768 at position (1, 0)"),
            (np.array([5, -32769]), "-32769 at position 1"),
            (np.array(70000), "70000"),
            (np.array([2**64 - 1], dtype=np.uint64), "18446744073709551615 at position 0"),
        ],
    )
    def test_names_first_offender(self, values: np.ndarray, found: str) -> None:
        with pytest.raises(InputError) as caught:
            check_range(values, 16, "activations")
        assert str(caught.value) == (
            f"activations must be in -32768..32767 (16 bits), not {found}: "
            "choose another scale or a wider format"
        )

    @pytest.mark.parametrize(
        ("values", "dtype"), [([1.0], "float64"), ([True], "bool"), ([2**70], "object")]
    )
    def test_refuses_other_kinds(self, values: list[object], dtype: str) -> None:
        with pytest.raises(InputError) as caught:
            check_range(np.array(values), 16, "biases")
        assert str(caught.value) == f"biases must be integers, not {dtype}: quantize them first"


class TestCheckFinite:
    def test_accepts_numbers(self) -> None:
        check_finite(np.array([1.5, -2.0], dtype=np.float32), "weights")
        check_finite([1, 2], "weights")

    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
    def test_names_first_offender(self, value: float) -> None:
        with pytest.raises(InputError) as caught:
            check_finite(np.array([[0.0, 1.0], [2.0, value]]), "weights")
        assert str(caught.value) == (
            f"weights must be finite, not {value} at position (1, 1): "
            "remove NaN and infinite values"
        )

    def test_refuses_complex(self) -> None:
        with pytest.raises(InputError) as caught:
            check_finite(np.array([1j]), "weights")
        assert str(caught.value) == (
            "weights must be real numbers, not complex128: convert them to float32"
        )


class TestWrap:
    @given(st.lists(INT64, min_size=1), WIDTHS)
    def test_against_integers(self, values: list[int], bits: int) -> None:
        got = wrap(np.array(values, dtype=np.int64), bits)
        assert got.dtype == np.int64
        assert got.tolist() == [wrapped(value, bits) for value in values]

    def test_ends_of_range(self) -> None:
        values = [2**31 - 1, 2**31, -(2**31), -(2**31) - 1]
        assert wrap(values, 32).tolist() == [2**31 - 1, -(2**31), -(2**31), 2**31 - 1]

    def test_refuses_width(self) -> None:
        with pytest.raises(InputError, match="bits must be 2 to 62, not 0"):
            wrap([1], 0)


class TestAddWrap:
    @given(st.data(), WIDTHS)
    def test_against_integers(self, data: st.DataObject, bits: int) -> None:
        acc = data.draw(st.integers(*limits(bits)))
        addend = data.draw(st.integers(-(2**62), 2**62))
        total, overflow = add_wrap(np.array([acc]), np.array([addend]), bits)
        assert total.tolist() == [wrapped(acc + addend, bits)]
        assert overflow.tolist() == [not limits(bits)[0] <= acc + addend <= limits(bits)[1]]

    @pytest.mark.parametrize("bits", [2, 24, 32, 62])
    def test_both_ends(self, bits: int) -> None:
        low, high = limits(bits)
        total, overflow = add_wrap([high, high, low, low, high], [1, 0, -1, 0, low], bits)
        assert total.tolist() == [low, high, high, low, -1]
        assert overflow.tolist() == [True, False, True, False, False]

    def test_narrow_arrays_do_not_wrap_early(self) -> None:
        total, overflow = add_wrap(np.array([30000], np.int16), np.array([30000], np.int16), 32)
        assert total.tolist() == [60000]
        assert not overflow.any()

    @given(st.lists(st.integers(*limits(32)), min_size=1, max_size=20))
    def test_sum_does_not_depend_on_order(self, values: list[int]) -> None:
        forward = backward = np.zeros(1, dtype=np.int64)
        for value in values:
            forward, _ = add_wrap(forward, [value], 32)
        for value in reversed(values):
            backward, _ = add_wrap(backward, [value], 32)
        assert forward.tolist() == backward.tolist() == [wrapped(sum(values), 32)]


class TestMultiply:
    @given(INT16, INT16)
    @example(-32768, -32768)
    @example(-32768, 32767)
    def test_against_integers(self, a: int, b: int) -> None:
        product = multiply(np.array([a], dtype=np.int16), np.array([b], dtype=np.int16))
        assert product.dtype == np.int64
        assert product.tolist() == [a * b]


class TestWriteBack:
    @given(st.integers(*limits(62)), st.integers(0, 61), st.booleans())
    @example(2**31 - 1, 31, False)
    @example(-(2**31), 31, False)
    @example(2**31 - 1, 0, True)
    @example(-(2**31), 0, True)
    def test_against_fractions(self, acc: int, shift: int, relu: bool) -> None:
        exact = half_up(Fraction(acc, 2**shift))
        expected = saturate(exact, 16)
        y, saturated = write_back(np.array([acc]), shift, relu)
        assert y.dtype == np.int64
        assert y.tolist() == [max(expected, 0) if relu else expected]
        assert saturated.tolist() == [expected != exact]

    def test_halves_round_up(self) -> None:
        y, _ = write_back([-6, -5, -3, -2, -1, 1, 2, 3, 5, 6], 2, False)
        assert y.tolist() == [-1, -1, -1, 0, 0, 0, 1, 1, 1, 2]

    def test_shift_zero_adds_nothing(self) -> None:
        y, saturated = write_back([-32769, -32768, -1, 0, 1, 32767, 32768], 0, False)
        assert y.tolist() == [-32768, -32768, -1, 0, 1, 32767, 32767]
        assert saturated.tolist() == [True, False, False, False, False, False, True]

    def test_ends_of_accumulator_at_shift_31(self) -> None:
        y, saturated = write_back([2**31 - 1, 2**30, 2**30 - 1, -(2**30), -(2**31)], 31, False)
        assert y.tolist() == [1, 1, 0, 0, -1]
        assert not saturated.any()

    def test_rounding_alone_can_saturate(self) -> None:
        y, saturated = write_back([(32767 << 4) + 7, (32767 << 4) + 8], 4, False)
        assert y.tolist() == [32767, 32767]
        assert saturated.tolist() == [False, True]

    def test_width(self) -> None:
        y, saturated = write_back([-130, -129, -128, 127, 128, 32768], 0, False, bits=8)
        assert y.tolist() == [-128, -128, -128, 127, 127, 127]
        assert saturated.tolist() == [True, True, False, False, True, True]

    def test_saturation_is_judged_before_relu(self) -> None:
        y, saturated = write_back([-100_000, -100, 100_000], 0, True)
        assert y.tolist() == [0, 0, 32767]
        assert saturated.tolist() == [True, False, True]

    @pytest.mark.parametrize("shift", [-1, 62])
    def test_refuses_shift(self, shift: int) -> None:
        with pytest.raises(InputError) as caught:
            write_back([0], shift, False)
        assert str(caught.value) == (
            f"shift must be 0 to 61, not {shift}: choose scales that drop fewer bits"
        )


class TestQuantize:
    @given(st.floats(allow_nan=False, allow_infinity=False), st.integers(-32, 60), WIDTHS)
    @example(0.49999999999999994, 0, 16)
    @example(-0.5, 0, 16)
    @example(-1e-320, 0, 16)
    @example(1.7976931348623157e308, 60, 62)
    @example(-(2.0**61), 0, 62)
    @example(2.0**61, 0, 62)
    def test_against_fractions(self, value: float, fraction_bits: int, bits: int) -> None:
        exact = half_up(Fraction(value) * Fraction(2) ** fraction_bits)
        ints, saturated = quantize(np.array([value]), fraction_bits, bits)
        assert ints.dtype == np.int64
        assert ints.tolist() == [saturate(exact, bits)]
        assert saturated.tolist() == [saturate(exact, bits) != exact]

    def test_halves_round_up(self) -> None:
        ints, _ = quantize([-1.5, -0.75, -0.25, 0.25, 0.75], 1)
        assert ints.tolist() == [-3, -1, 0, 1, 2]

    def test_saturates_at_both_ends(self) -> None:
        ints, saturated = quantize([-1.0, -1.0001, 0.99997, 0.99999], 15)
        assert ints.tolist() == [-32768, -32768, 32767, 32767]
        assert saturated.tolist() == [False, True, False, True]

    @given(st.integers(*limits(53)), st.integers(-32, 60))
    def test_inverts_dequantize(self, value: int, fraction_bits: int) -> None:
        real = dequantize(np.array([value]), fraction_bits)
        assert real.dtype == np.float64
        assert Fraction(real.item()) == Fraction(value) / Fraction(2) ** fraction_bits
        ints, saturated = quantize(real, fraction_bits, 53)
        assert ints.tolist() == [value]
        assert not saturated.any()

    @pytest.mark.parametrize("value", [math.nan, math.inf])
    def test_refuses_what_is_not_finite(self, value: float) -> None:
        with pytest.raises(InputError) as caught:
            quantize([0.0, value], 15, what="biases")
        assert str(caught.value) == (
            f"biases must be finite, not {value} at position 1: remove NaN and infinite values"
        )
