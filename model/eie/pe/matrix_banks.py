"""Two banks of the sparse-matrix SRAM: which words are read for a sequence of columns."""

import numpy as np

from zskip.model.common.fixed import IntArray


class MatrixBanks:
    """Even and odd words of a sparse-matrix memory, each bank showing the one it read last.

    Parameters
    ----------
    size : int
        Entries of a word.
    """

    def __init__(self, size: int) -> None:
        self._size = size

    def read(self, start: IntArray, end: IntArray) -> list[IntArray]:
        """Return the words that each bank reads, in their order.

        A word is not read where its bank shows it already; at first they show none.

        Parameters
        ----------
        start, end : ndarray of int64, shape (columns,)
            First entry of each column and the one past its last, in the order in which they are
            read; empty ones are passed over.

        Returns
        -------
        list of ndarray of int64
            Words of the even bank and of the odd one.
        """
        some = end > start
        first, last = start[some] // self._size, (end[some] - 1) // self._size
        counts = last - first + 1
        words = np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        banks = [words[words % 2 == bank] for bank in (0, 1)]
        return [bank[np.diff(bank, prepend=-1) != 0] for bank in banks]
