"""Alignment: floating-point weights as magnitudes, by the exponents of their products."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from zskip.model.bitlet.row import Row, grouped
from zskip.model.common.fixed import BoolArray, IntArray
from zskip.model.common.floats import FloatFormat, Unpacked

MOST_SHIFTED = 63
"""A shift that leaves nothing of any sum but its sign."""


class Aligned(NamedTuple):
    """Rows of floating-point numbers.

    Parameters
    ----------
    row : Row
        Aligned significands of the weights, and signed significands of the activations.
    biases : ndarray of int64, shape (...)
        What the accumulators start from.
    units : ndarray of int64, shape (...)
        Exponent of the lowest bit of each sum, which stands for ``sum * 2**unit``.
    special : ndarray of bool, shape (...)
        Whether a weight, an activation or the bias is a NaN or an infinity, so that the sum means
        nothing.
    """

    row: Row
    biases: IntArray
    units: IntArray
    special: BoolArray


def product_exponents(weights: Unpacked, activations: Unpacked) -> IntArray:
    """Return the sums of the biased exponents, or 0, below all of them, where a product is 0."""
    zero = (weights.significands == 0) | (activations.significands == 0)
    return np.where(zero, 0, weights.exponents + activations.exponents)


def align(
    significands: IntArray, exponents: IntArray, common: IntArray, lanes: int, bits: int
) -> IntArray:
    """Shift significands so that those of the common exponent begin in the last lane.

    Parameters
    ----------
    significands : ndarray of int64, shape (..., pairs)
        Significands of weights.
    exponents : ndarray of int64, shape (..., pairs)
        Exponents of their products, at most the common one; 0 for a product of 0.
    common : ndarray of int64, shape (...)
        The common exponent of each group.
    lanes : int
        Bits of a magnitude.
    bits : int
        Bits of a significand.

    Returns
    -------
    ndarray of int64, shape (..., pairs)
        Magnitudes below ``2**lanes``; bits below lane 0 are dropped, and products of 0 have none.
    """
    below = np.minimum(bits + common[..., None] - exponents, MOST_SHIFTED)
    return np.where(exponents, significands << lanes >> below, 0)


def align_rows(
    weights: IntArray,
    activations: IntArray,
    number: FloatFormat,
    lanes: int,
    pairs: int,
    *,
    biases: ArrayLike = 0,
) -> Aligned:
    """Align groups with the largest exponent of their products, or of those in a group before.

    The accumulator is shifted right where a group raises that exponent. A product of 0 has no say
    in it, and no ones. The accumulator starts from the bias, aligned as its product with 1.

    Of n products, the bias included, each loses less than ``2**(E - 2 * bias + 2 - lanes)``, where
    E is the exponent at the end. With as many lanes as a significand has bits, or more, the sum is
    off by at most n times that, which is ``n * 2**(2 - lanes)`` of the largest product, unless the
    one of the largest exponent has a subnormal factor.

    Parameters
    ----------
    weights, activations : ndarray of int64, shape (..., inputs)
        Words of the format; the leading axes are broadcast against each other.
    number : FloatFormat
        The format.
    lanes : int
        Bits of a magnitude.
    pairs : int
        Weights of a group.
    biases : array_like of int64, shape (...), optional
        Words of the format, broadcast to the leading axes; 0 if not given.

    Returns
    -------
    Aligned
    """
    left = number.unpack(grouped(weights, pairs))
    right = number.unpack(grouped(activations, pairs))
    return align_unpacked(left, right, biases, number, lanes)


def align_unpacked(
    left: Unpacked, right: Unpacked, biases: ArrayLike, number: FloatFormat, lanes: int
) -> Aligned:
    """Align groups as `align_rows` does.

    Parameters
    ----------
    left, right : Unpacked, shape (..., groups, pairs)
        Weights and activations; the leading axes are broadcast against each other.
    biases : array_like of int64, shape (...)
        Words of the format, broadcast to the leading axes.
    number : FloatFormat
        The format.
    lanes : int
        Bits of a magnitude.

    Returns
    -------
    Aligned
    """
    exponents = product_exponents(left, right)
    first = number.unpack(np.broadcast_to(biases, exponents.shape[:-2]))
    start = np.where(first.significands, first.exponents + number.bias, 0)
    raised = np.concatenate([start[..., None], exponents.max(axis=-1)], axis=-1)
    common = np.maximum.accumulate(raised, axis=-1)
    row = Row(
        lanes=lanes,
        magnitudes=align(
            left.significands, exponents, common[..., 1:], lanes, number.significand_bits
        ),
        terms=np.where(left.negative ^ right.negative, -1, 1) * right.significands,
        shifts=np.minimum(np.diff(common), MOST_SHIFTED),
    )
    # The product with 1 of a weight that has its hidden one in the last lane.
    aligned = first.significands << lanes >> number.significand_bits
    accumulators = np.where(first.negative, -1, 1) * aligned << number.fraction_bits
    lowest = 2 * number.bias + number.fraction_bits + lanes - 1
    special = (left.special | right.special).any(axis=(-1, -2)) | first.special
    return Aligned(row, accumulators, common[..., -1] - lowest, np.asarray(special))
