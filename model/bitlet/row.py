"""Rows: the groups of an output, as the lanes see them."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from zskip.model.common.fixed import BoolArray, IntArray

SPREAD = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little").view(
    "<u8"
)[:, 0]
"""Each bit of a byte in a byte of its own, so that sums count the ones of eight lanes."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """Bit columns and activations of one output, or of any number of them in leading axes.

    The row stands for the sum over all groups and pairs of ``value * term``, where ``value`` is
    the magnitude, less ``2**lanes`` where the last lane is subtracted and has a one.

    Parameters
    ----------
    lanes : int
        Bits of a magnitude; lane b has weight ``2**b``.
    magnitudes : ndarray of int64, shape (..., groups, pairs)
        From 0 to ``2**lanes - 1``.
    terms : ndarray of int64, shape (..., groups, pairs)
        Activations, with the sign of the weight where that is folded into them.
    shifts : ndarray of int64, shape (..., groups)
        Bits that the accumulator is shifted right, arithmetically, before each group is added.
    subtracted : bool
        Whether the last lane is subtracted, as in two's complement.
    """

    lanes: int
    magnitudes: IntArray
    terms: IntArray
    shifts: IntArray
    subtracted: bool = False

    def columns(self) -> BoolArray:
        """Return the ones of each lane, shape (..., groups, lanes, pairs)."""
        return bit_columns(self.magnitudes, self.lanes)

    def total(self, biases: ArrayLike = 0) -> IntArray:
        """Return the accumulators at the end, from plain products, shape (...).

        Parameters
        ----------
        biases : array_like of int64, optional
            What they start from, of any shape that is broadcast to theirs.

        Returns
        -------
        ndarray of int64
            Not wrapped: 64 bits hold every sum.
        """
        values = self.magnitudes
        if self.subtracted:
            values = values - (values >> (self.lanes - 1) << self.lanes)
        products = (values * self.terms).sum(axis=-1)
        total = np.broadcast_to(np.asarray(biases, dtype=np.int64), products.shape[:-1])
        for group in range(products.shape[-1]):
            total = (total >> self.shifts[..., group]) + products[..., group]
        return total

    def masked(self, mask: int) -> "Row":
        """Return the row with those lanes switched off whose bit of the mask is 0."""
        return replace(self, magnitudes=self.magnitudes & mask)


def grouped(values: ArrayLike, pairs: int) -> IntArray:
    """Cut vectors into groups; zeros fill the last one.

    Parameters
    ----------
    values : array_like of int64, shape (..., inputs)
        Weights or activations.
    pairs : int
        Values of a group.

    Returns
    -------
    ndarray of int64, shape (..., groups, pairs)
    """
    given = np.asarray(values, dtype=np.int64)
    missing = -given.shape[-1] % pairs
    filled = np.pad(given, [(0, 0)] * (given.ndim - 1) + [(0, missing)])
    return filled.reshape(*given.shape[:-1], -1, pairs)


def column_ones(magnitudes: IntArray, lanes: int) -> IntArray:
    """Count the ones of each lane, without transposing.

    Parameters
    ----------
    magnitudes : ndarray of int64, shape (..., pairs)
        From 0 to ``2**lanes - 1``, fewer than 256 of them.
    lanes : int
        Their bits.

    Returns
    -------
    ndarray of int64, shape (..., lanes)
    """
    counts = [
        SPREAD[magnitudes >> low & 0xFF].sum(axis=-1)[..., None].view(np.uint8)
        for low in range(0, lanes, 8)
    ]
    return np.concatenate(counts, axis=-1)[..., :lanes].astype(np.int64)


def bit_columns(magnitudes: IntArray, lanes: int) -> BoolArray:
    """Transpose magnitudes into the ones of each lane.

    Parameters
    ----------
    magnitudes : ndarray of int64, shape (..., pairs)
        From 0 to ``2**lanes - 1``.
    lanes : int
        Their bits.

    Returns
    -------
    ndarray of bool, shape (..., lanes, pairs)
    """
    return (magnitudes[..., None, :] >> np.arange(lanes)[:, None] & 1).astype(bool)
