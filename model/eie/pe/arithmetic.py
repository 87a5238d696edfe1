"""Arithmetic: codebook look-up, row-address sum, multiply, accumulate (EIE paper, section IV)."""

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import add_wrap, multiply
from zskip.model.eie.config import Config
from zskip.model.eie.encoding import local_rows


class Arithmetic:
    """The arithmetic unit of a PE, for one pass.

    Parameters
    ----------
    config : Config
        Gives the accumulator's width.
    codebook : ndarray of int64, shape (2 ** weight_bits,)
        Shared weights; the first is 0.
    """

    def __init__(self, config: Config, codebook: NDArray[np.int64]) -> None:
        self.config = config
        self.codebook = codebook

    def decode(
        self,
        codes: NDArray[np.int64],
        runs: NDArray[np.int64],
        counts: NDArray[np.int64],
        gaps: NDArray[np.int64] | int = 0,
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return weight and local row of every entry; a padding entry has weight 0.

        Parameters
        ----------
        codes, runs : ndarray of int64, shape (entries,)
            Entries of columns, one column after the other.
        counts : ndarray of int64, shape (columns,)
            Entries of each column.
        gaps : ndarray of int64, shape (entries,), or 0, optional
            Padding entries that were skipped in front of each entry.

        Returns
        -------
        weights, rows : ndarray of int64, shape (entries,)
        """
        return self.codebook[codes], local_rows(runs + gaps * (self.config.max_run + 1), counts)

    def accumulate(
        self,
        accumulators: NDArray[np.int64],
        rows: NDArray[np.int64],
        weights: NDArray[np.int64],
        activation: NDArray[np.int64],
    ) -> NDArray[np.bool_]:
        """Add one column's products to the accumulators, in place.

        Parameters
        ----------
        accumulators : ndarray of int64, shape (rows, n)
            Accumulators of ``n`` independent input vectors.
        rows : ndarray of int64, shape (entries,)
            Rows to add to, each at most once.
        weights : ndarray of int64, shape (entries,)
            Codebook values.
        activation : ndarray of int64, shape (n,)
            The broadcast activation of each input vector.

        Returns
        -------
        ndarray of bool, shape (entries, n)
            Which additions left the accumulator's range; those wrapped around.
        """
        products = multiply(weights[:, np.newaxis], activation)
        total, overflow = add_wrap(accumulators[rows], products, self.config.acc_bits)
        accumulators[rows] = total
        return overflow
