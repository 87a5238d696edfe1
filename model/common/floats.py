"""Floating-point numbers: words to integers, and exact sums back to words."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from zskip.model.common.errors import InputError
from zskip.model.common.fixed import BoolArray, FloatArray, IntArray, check_finite


class Unpacked(NamedTuple):
    """Parts of floating-point numbers, arrays of one shape.

    A number is ``(-1)**negative * significands * 2**(exponents - bias - fraction_bits)``.

    Parameters
    ----------
    negative : ndarray of bool
        Signs.
    exponents : ndarray of int64
        Exponent fields; that of zeros and subnormal numbers, 0, reads as 1.
    significands : ndarray of int64
        Fractions, with the hidden one in front where the exponent field is not 0.
    special : ndarray of bool
        Whether the number is a NaN or an infinity, whose field reads as an exponent like others.
    """

    negative: BoolArray
    exponents: IntArray
    significands: IntArray
    special: BoolArray


class Packed(NamedTuple):
    """Words made of exact sums, and whether each was too large, so that it is an infinity."""

    words: IntArray
    overflows: BoolArray


@dataclass(frozen=True, kw_only=True)
class FloatFormat:
    """A binary format of IEEE 754: sign, exponent and fraction, from the highest bit down.

    Parameters
    ----------
    name : str
        Its name, for NumPy too where that has it.
    exponent_bits : int
        Bits of the exponent field.
    fraction_bits : int
        Bits of the fraction, the hidden one left out.
    """

    name: str
    exponent_bits: int
    fraction_bits: int

    @property
    def bits(self) -> int:
        """Bits of a word."""
        return 1 + self.exponent_bits + self.fraction_bits

    @property
    def bias(self) -> int:
        """What an exponent field is above the exponent."""
        return (1 << (self.exponent_bits - 1)) - 1

    @property
    def significand_bits(self) -> int:
        """Bits of a significand, the hidden one included."""
        return self.fraction_bits + 1

    @property
    def special_field(self) -> int:
        """The exponent field of NaNs and infinities."""
        return (1 << self.exponent_bits) - 1

    @property
    def word_type(self) -> np.dtype[np.unsignedinteger[Any]]:
        """Type of integers that a word fills."""
        return np.dtype(f"u{self.bits // 8}")

    @property
    def largest(self) -> float:
        """The largest finite number."""
        return float(self.values((self.special_field << self.fraction_bits) - 1))

    def words(self, values: ArrayLike, what: str) -> IntArray:
        """Round real numbers to the format, as words.

        Parameters
        ----------
        values : array_like of float
            Real numbers of any shape.
        what : str
            What they are, in the plural, for the message.

        Returns
        -------
        ndarray of int64
            Words of the nearest numbers of the format, to even between two.

        Raises
        ------
        InputError
            A number is NaN or infinite, or too large for the format.
        """
        check_finite(values, what)
        with np.errstate(over="ignore"):
            rounded = np.asarray(values).astype(self.name)
        beyond = ~np.isfinite(rounded)
        if beyond.any():
            raise InputError(
                f"{what} must be within the range of {self.name}, not "
                f"{np.asarray(values)[beyond][0]}: scale the layer or choose a wider format"
            )
        return rounded.view(self.word_type).astype(np.int64)

    def values(self, words: ArrayLike) -> FloatArray:
        """Return the real numbers that words stand for, without rounding."""
        given = np.asarray(words, dtype=np.int64)
        # A signalling NaN warns that it becomes a quiet one.
        with np.errstate(invalid="ignore"):
            return given.astype(self.word_type).view(self.name).astype(np.float64)

    def unpack(self, words: ArrayLike) -> Unpacked:
        """Take words apart.

        Parameters
        ----------
        words : array_like of int64
            From 0 to ``2**bits - 1``, of any shape.

        Returns
        -------
        Unpacked
        """
        given = np.asarray(words, dtype=np.int64)
        field = given >> self.fraction_bits & self.special_field
        hidden = (field > 0).astype(np.int64) << self.fraction_bits
        return Unpacked(
            negative=given >> (self.bits - 1) > 0,
            exponents=np.maximum(field, 1),
            significands=given & ((1 << self.fraction_bits) - 1) | hidden,
            special=field == self.special_field,
        )

    def pack(self, totals: ArrayLike, units: ArrayLike) -> Packed:
        """Make words of exact sums: truncate their magnitudes to the format.

        Parameters
        ----------
        totals : array_like of int64
            Sums, of magnitudes below ``2**63``.
        units : array_like of int64
            Exponents of their lowest bits: a sum stands for ``total * 2**unit``.

        Returns
        -------
        Packed
            Below the normal numbers a subnormal one, truncated too; above them an infinity. The
            sign is that of the sum, also where its magnitude becomes 0.
        """
        given = np.asarray(totals, dtype=np.int64)
        magnitudes = np.abs(given)
        leading = leading_ones(magnitudes)
        fields = np.asarray(units) + leading + self.bias
        dropped = leading - self.fraction_bits + np.maximum(1 - fields, 0)
        kept = magnitudes >> np.clip(dropped, 0, 63) << np.maximum(-dropped, 0)
        # The hidden one of a normal number adds the last 1 of its field.
        words = (np.maximum(fields - 1, 0) << self.fraction_bits) + kept
        overflows = (magnitudes > 0) & (fields >= self.special_field)
        words = np.where(overflows, self.special_field << self.fraction_bits, words)
        words = np.where(magnitudes > 0, words, 0)
        return Packed(words | (given < 0).astype(np.int64) << (self.bits - 1), overflows)


def leading_ones(magnitudes: IntArray) -> IntArray:
    """Return the place of the highest one of integers from 0 to ``2**63 - 1``; 0 for 0."""
    places = np.frexp(magnitudes.astype(np.float64))[1].astype(np.int64) - 1
    # A long run of ones becomes the next power of two in float64.
    return np.maximum(places - (magnitudes >> np.clip(places, 0, 63) == 0), 0)


FLOAT16 = FloatFormat(name="float16", exponent_bits=5, fraction_bits=10)
FLOAT32 = FloatFormat(name="float32", exponent_bits=8, fraction_bits=23)
"""The formats of weights and activations."""
