"""Sparse matrix read: the entries of a column from wide words (EIE paper, section IV)."""

import numpy as np
from numpy.typing import NDArray

from zskip.model.eie.config import Config


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
        slots = np.arange(config.entries_per_word, dtype=np.uint64) * np.uint64(config.entry_bits)
        entries = (words[:, np.newaxis] >> slots).ravel()
        self._codes = entries & np.uint64(config.codebook_size - 1)
        self._runs = entries >> np.uint64(config.weight_bits) & np.uint64(config.max_run)

    def read(
        self, start: NDArray[np.int64], end: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the entries of columns, one column after the other.

        Parameters
        ----------
        start, end : ndarray of int64, shape (columns,)
            First entry of each column and the one past its last.

        Returns
        -------
        codes, runs : ndarray of int64, shape (entries,)
        """
        counts = end - start
        offsets = np.repeat(start - (np.cumsum(counts) - counts), counts)
        entries = np.arange(offsets.size) + offsets
        return self._codes[entries].astype(np.int64), self._runs[entries].astype(np.int64)

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
