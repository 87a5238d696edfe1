"""Fixed-point weights as magnitudes: sign and magnitude, or two's complement."""

import numpy as np
from numpy.typing import ArrayLike

from zskip.model.bitlet.row import Row, grouped
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import IntArray


def sign_magnitude(weights: ArrayLike, activations: ArrayLike, lanes: int, pairs: int) -> Row:
    """Fold the signs of the weights into the activations, so that no lane holds a sign.

    Parameters
    ----------
    weights : array_like of int64, shape (inputs,)
        Weights of one output, ``-(2**lanes - 1)`` to ``2**lanes - 1``.
    activations : array_like of int64, shape (inputs,)
        Their activations.
    lanes : int
        Bits of a magnitude.
    pairs : int
        Weights of a group.

    Returns
    -------
    Row
        Its terms need one bit more than the activations.

    Raises
    ------
    InputError
        A weight is out of range.
    """
    signed = grouped(weights, pairs)
    _check(signed, 1 - (1 << lanes), (1 << lanes) - 1, "sign and magnitude")
    folded = np.where(signed < 0, -1, 1) * grouped(activations, pairs)
    return _row(lanes, np.abs(signed), folded)


def twos_complement(weights: ArrayLike, activations: ArrayLike, lanes: int, pairs: int) -> Row:
    """Take the bits of the weights as they are; the last lane is subtracted.

    Parameters
    ----------
    weights : array_like of int64, shape (inputs,)
        Weights of one output, ``-2**(lanes - 1)`` to ``2**(lanes - 1) - 1``.
    activations : array_like of int64, shape (inputs,)
        Their activations.
    lanes : int
        Bits of a weight.
    pairs : int
        Weights of a group.

    Returns
    -------
    Row

    Raises
    ------
    InputError
        A weight is out of range.
    """
    signed = grouped(weights, pairs)
    half = (1 << lanes) >> 1
    _check(signed, -half, half - 1, "two's complement")
    terms = grouped(activations, pairs)
    return _row(lanes, signed & ((1 << lanes) - 1), terms, subtracted=True)


def _row(lanes: int, magnitudes: IntArray, terms: IntArray, *, subtracted: bool = False) -> Row:
    """Make a row whose groups have one scale."""
    shifts = np.zeros(len(terms), dtype=np.int64)
    return Row(
        lanes=lanes, magnitudes=magnitudes, terms=terms, shifts=shifts, subtracted=subtracted
    )


def _check(weights: IntArray, low: int, high: int, form: str) -> None:
    """Refuse weights that the lanes do not hold."""
    outside = weights[(weights < low) | (weights > high)]
    if outside.size:
        raise InputError(
            f"weights in {form} must be in {low}..{high}, the range of their lanes, not "
            f"{outside[0]}: choose another scale or more lanes"
        )
