"""Pointer read: start and end of a column from two banks (EIE paper, section IV)."""

import numpy as np
from numpy.typing import NDArray


class PointerRead:
    """Two single-ported banks: pointer ``j`` stands in bank ``j mod 2`` at address ``j div 2``.

    A column's two pointers are neighbors, so they always come from different banks.

    Parameters
    ----------
    pointers : ndarray of int64, shape (pointers,)
        Pointers of one PE, an even number of them.
    """

    def __init__(self, pointers: NDArray[np.int64]) -> None:
        self.even = pointers[0::2]
        self.odd = pointers[1::2]

    def read(
        self, pointer_base: int, columns: NDArray[np.int64], group_bits: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the first entry of each column and the one past its last.

        Parameters
        ----------
        pointer_base : int
            Address of the pass's first pair of pointers.
        columns : ndarray of int64, shape (n,)
            Column indices.
        group_bits : int
            1: a pair has two columns.

        Returns
        -------
        start, end : ndarray of int64, shape (n,)
        """
        del group_bits
        even = self.even[pointer_base + (columns + 1) // 2]
        odd = self.odd[pointer_base + columns // 2]
        is_odd = columns % 2 == 1
        return np.where(is_odd, odd, even), np.where(is_odd, even, odd)
