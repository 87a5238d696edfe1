"""Sparse matrix read: the entries of a column from wide words (EIE paper, section IV)."""

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import BoolArray, IntArray
from zskip.model.eie.config import Config
from zskip.model.eie.lnzd import broadcast_order
from zskip.model.eie.pe.matrix_banks import MatrixBanks
from zskip.model.eie.pe.word_buffer import Entries, WordBuffer


class SparseMatrixRead:
    """The sparse-matrix SRAM of one PE.

    Parameters
    ----------
    config : Config
        Gives the widths.
    words : ndarray of uint64, shape (words,)
        Its contents.
    """

    def __init__(self, config: Config, words: NDArray[np.uint64]) -> None:
        self.config = config
        self._words = words
        self._buffer = WordBuffer(config)

    def read(self, start: NDArray[np.int64], end: NDArray[np.int64]) -> Entries:
        """Return the entries of columns, as the word buffer unpacks them.

        Parameters
        ----------
        start, end : ndarray of int64, shape (columns,)
            First entry of each column and the one past its last.

        Returns
        -------
        Entries
        """
        size = self.config.entries_per_word
        counts = self.word_reads(start, end)
        columns = np.repeat(np.arange(counts.size), counts)
        numbers = np.arange(columns.size) - np.repeat(np.cumsum(counts) - counts, counts)
        first, last = start[columns], end[columns] - 1
        return self._buffer.unpack(
            self._words[first // size + numbers],
            np.where(numbers == 0, first % size, 0),
            np.where(numbers == counts[columns] - 1, last % size, size - 1),
            columns,
        )

    def word_reads(self, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the words read for each column; an empty column reads none.

        Parameters
        ----------
        start, end : ndarray of int64, shape (columns,)

        Returns
        -------
        ndarray of int64, shape (columns,)
        """
        size = self.config.entries_per_word
        return np.where(end > start, (end - 1) // size - start // size + 1, 0)

    def reads(self, start: IntArray, end: IntArray, active: BoolArray) -> IntArray:
        """Return the words read for the columns of some input vectors.

        Parameters
        ----------
        start, end : ndarray of int64, shape (columns,)
            First entry of each column and the one past its last.
        active : ndarray of bool, shape (columns, n)
            Which columns are broadcast.

        Returns
        -------
        ndarray of int64, shape (n,)
            Of two banks, those that show the word already are not read (`MatrixBanks`).
        """
        if not self.config.reads_in_banks:
            words = self.word_reads(start, end).astype(np.float64)
            return (words @ active.astype(np.float64)).astype(np.int64)
        banks = MatrixBanks(self.config.entries_per_word)
        orders = [broadcast_order(vector, self.config) for vector in active.T]
        read = [banks.read(start[order], end[order]) for order in orders]
        return np.array([sum(words.size for words in each) for each in read], dtype=np.int64)
