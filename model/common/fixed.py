"""Fixed-point arithmetic: the one place that defines it, and the one place that narrows integers.

All integers of the golden model are held in int64 arrays. A value of ``bits`` bits is a two's
complement number in ``[-2**(bits - 1), 2**(bits - 1) - 1]``. Scales are powers of two: the real
value of an integer ``i`` with ``f`` fraction bits is ``i * 2**-f``. Design section 3.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zskip.model.common.errors import InputError

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

ACTIVATION_BITS = 16
"""Width of an activation."""

CODEBOOK_BITS = 16
"""Width of a codebook value, which is the value of a weight."""

MIN_BITS = 2
MAX_BITS = 62
"""Widths this module computes with. At 62 bits the sum of any two values is exact in int64."""


def limits(bits: int) -> tuple[int, int]:
    """Give the smallest and the largest value of a width.

    Parameters
    ----------
    bits : int
        Width of a two's complement number, 2 to 62.

    Returns
    -------
    tuple of int
        ``(-2**(bits - 1), 2**(bits - 1) - 1)``.

    Raises
    ------
    InputError
        If `bits` is outside 2 to 62.
    """
    if not MIN_BITS <= bits <= MAX_BITS:
        raise InputError(
            f"bits must be {MIN_BITS} to {MAX_BITS}, not {bits}: choose a width int64 can add in"
        )
    return -(1 << (bits - 1)), (1 << (bits - 1)) - 1


def check_range(values: ArrayLike, bits: int, what: str) -> IntArray:
    """Check that integers fit a width.

    Parameters
    ----------
    values : array_like of any integer dtype
        Integers of any shape.
    bits : int
        Width they must fit, 2 to 62.
    what : str
        What the values are, in the plural, for the message.

    Returns
    -------
    ndarray of int64
        The same values; the same array where it is int64 already.

    Raises
    ------
    InputError
        If the dtype is not an integer one, or a value does not fit; the first such value and its
        position (in row-major order) are named.
    """
    low, high = limits(bits)
    given = np.asarray(values)
    if given.dtype.kind not in "iu":
        raise InputError(f"{what} must be integers, not {given.dtype}: quantize them first")
    if given.size and (int(given.min()) < low or int(given.max()) > high):
        outside = (given < low) | (given > high)
        raise InputError(
            f"{what} must be in {low}..{high} ({bits} bits), not {_first(given, outside)}: "
            "choose another scale or a wider format"
        )
    return given.astype(np.int64, copy=False)


def check_finite(values: ArrayLike, what: str) -> None:
    """Check that real numbers are neither NaN nor infinite.

    Parameters
    ----------
    values : array_like of any floating-point or integer dtype
        Numbers of any shape.
    what : str
        What the values are, in the plural, for the message.

    Raises
    ------
    InputError
        If the dtype is not a real one, or a value is not finite; the first such value and its
        position (in row-major order) are named.
    """
    given = np.asarray(values)
    if given.dtype.kind not in "fiu":
        raise InputError(f"{what} must be real numbers, not {given.dtype}: convert them to float32")
    finite = np.isfinite(given)
    if not finite.all():
        raise InputError(
            f"{what} must be finite, not {_first(given, ~finite)}: remove NaN and infinite values"
        )


def wrap(values: ArrayLike, bits: int) -> IntArray:
    """Reduce integers to a width by dropping the upper bits, as two's complement hardware does.

    Parameters
    ----------
    values : array_like of int64
        Integers of any shape.
    bits : int
        Width to wrap to, 2 to 62.

    Returns
    -------
    ndarray of int64
        The value in range that is congruent to the given one modulo ``2**bits``.
    """
    low, high = limits(bits)
    kept = np.asarray(values, dtype=np.int64) & (high - low)
    return (kept ^ -low) + low


def add_wrap(acc: ArrayLike, addend: ArrayLike, bits: int) -> tuple[IntArray, BoolArray]:
    """Add once in an accumulator that wraps around.

    Parameters
    ----------
    acc : array_like of int64
        Accumulators, each in the range of `bits`.
    addend : array_like of int64
        What is added, in the range of `bits`, or wider as long as it is within ``2**62`` in
        magnitude. Broadcast against `acc`.
    bits : int
        Width of the accumulator, 2 to 62.

    Returns
    -------
    total : ndarray of int64
        The sums, wrapped to `bits`.
    overflow : ndarray of bool
        True where the exact sum leaves the range of `bits`.
    """
    exact = np.add(acc, addend, dtype=np.int64)
    total = wrap(exact, bits)
    return total, np.not_equal(total, exact)


def multiply(a: ArrayLike, b: ArrayLike) -> IntArray:
    """Multiply two 16-bit operands exactly.

    Parameters
    ----------
    a, b : array_like of int64
        Operands in -32768..32767, broadcast against each other. The range is the caller's
        contract, and is not checked here.

    Returns
    -------
    ndarray of int64
        Products, which fit 32 bits.
    """
    return np.multiply(a, b, dtype=np.int64)


def write_back(
    acc: ArrayLike, shift: int, relu: bool, bits: int = ACTIVATION_BITS
) -> tuple[IntArray, BoolArray]:
    """Turn accumulators into activations: round, shift, saturate, then ReLU.

    The result is ``sat((acc + 2**(shift - 1)) >> shift)``, an arithmetic shift that rounds half up,
    limited to `bits`; a shift of 0 adds nothing. The sum before the shift is exact: hardware needs
    one bit more than the accumulator has.

    Parameters
    ----------
    acc : array_like of int64
        Accumulators of at most 62 bits.
    shift : int
        Number of fraction bits to drop, 0 to 61.
    relu : bool
        Whether negative results become 0.
    bits : int, optional
        Width of the activations, 2 to 62.

    Returns
    -------
    y : ndarray of int64
        Activations in the range of `bits`.
    saturated : ndarray of bool
        True where the shifted value left that range, judged before ReLU.

    Raises
    ------
    InputError
        If `shift` is outside 0 to 61.
    """
    if not 0 <= shift < MAX_BITS:
        raise InputError(
            f"shift must be 0 to {MAX_BITS - 1}, not {shift}: choose scales that drop fewer bits"
        )
    half = (1 << shift) >> 1
    shifted = np.add(acc, half, dtype=np.int64) >> shift
    y = np.clip(shifted, *limits(bits))
    saturated = np.not_equal(y, shifted)
    return np.maximum(y, 0) if relu else y, saturated


def quantize(
    values: ArrayLike, fraction_bits: int, bits: int = 16, what: str = "values"
) -> tuple[IntArray, BoolArray]:
    """Convert real numbers to fixed point, rounding half up and saturating.

    The result is ``floor(x * 2**fraction_bits + 1/2)`` of the exact real number, without the
    rounding that the sum would suffer in float64.

    Parameters
    ----------
    values : array_like of float64
        Real numbers of any shape.
    fraction_bits : int
        Fraction bits of the result, negative for steps larger than 1.
    bits : int, optional
        Width of the result, 2 to 62.
    what : str, optional
        What the values are, in the plural, for the message.

    Returns
    -------
    ints : ndarray of int64
        Fixed-point numbers in the range of `bits`.
    saturated : ndarray of bool
        True where the rounded number left that range.

    Raises
    ------
    InputError
        If a value is NaN or infinite.
    """
    low, high = limits(bits)
    check_finite(values, what)
    with np.errstate(over="ignore"):
        scaled = np.ldexp(np.asarray(values, dtype=np.float64), fraction_bits)
    # Beyond every range, yet exact when cast to int64.
    scaled = np.clip(scaled, -(2.0**MAX_BITS), 2.0**MAX_BITS)
    whole = np.floor(scaled)
    rounded = (whole + (scaled - whole >= 0.5)).astype(np.int64)
    ints = np.clip(rounded, low, high)
    return ints, np.not_equal(ints, rounded)


def dequantize(ints: ArrayLike, fraction_bits: int) -> FloatArray:
    """Convert fixed point to real numbers.

    Parameters
    ----------
    ints : array_like of int64
        Fixed-point numbers, exact in float64 up to 2**53 in magnitude.
    fraction_bits : int
        Their fraction bits.

    Returns
    -------
    ndarray of float64
        ``ints * 2**-fraction_bits``.
    """
    return np.ldexp(np.asarray(ints, dtype=np.float64), -fraction_bits)


def _first(values: NDArray[np.generic], mask: BoolArray) -> str:
    """Name the first value that `mask` marks, and its position."""
    index = np.unravel_index(np.argmax(mask), mask.shape)
    position = tuple(int(axis) for axis in index)
    if not position:
        return f"{values[position]}"
    return f"{values[position]} at position {position[0] if len(position) == 1 else position}"
