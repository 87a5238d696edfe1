"""Grouped pointer read: start and end of a column from the word of its group."""

import numpy as np
from numpy.typing import NDArray

from zskip.model.eie.config import COUNT_BITS


class GroupedPointerRead:
    """One memory, a word of which has the first entry of a group and the entries of its columns.

    A column starts behind the entries of those in front of it (`zskip.model.eie.pointers`).

    Parameters
    ----------
    pointers : ndarray of int64, shape (2 * addresses,)
        Halves of the words of one PE.
    """

    def __init__(self, pointers: NDArray[np.int64]) -> None:
        self.first = pointers[0::2]
        self.counts = pointers[1::2]

    def read(
        self, pointer_base: int, columns: NDArray[np.int64], group_bits: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the first entry of each column and the one past its last.

        Parameters
        ----------
        pointer_base : int
            Address of the pass's first word.
        columns : ndarray of int64, shape (n,)
            Column indices.
        group_bits : int
            Columns of a group, as a power of two.

        Returns
        -------
        start, end : ndarray of int64, shape (n,)
        """
        width = COUNT_BITS >> group_bits
        address = pointer_base + (columns >> group_bits)
        places = np.arange(1 << group_bits)
        counts = self.counts[address, np.newaxis] >> width * places & ((1 << width) - 1)
        ends = self.first[address, np.newaxis] + np.cumsum(counts, axis=1)
        place = columns & ((1 << group_bits) - 1)
        end = ends[np.arange(columns.size), place]
        return end - counts[np.arange(columns.size), place], end
