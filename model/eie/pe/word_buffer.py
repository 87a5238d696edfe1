"""Word buffer: the entries of sparse-matrix words (EIE paper, section IV)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zskip.model.eie.config import Config


class Entries(NamedTuple):
    """Entries of columns, one column after the other.

    Parameters
    ----------
    columns : ndarray of int64, shape (entries,)
        Column of each entry, ascending.
    codes, runs : ndarray of int64, shape (entries,)
        Codebook index and relative row index.
    gaps : ndarray of int64, shape (entries,)
        Padding entries of the column that were skipped in front of each entry.
    """

    columns: NDArray[np.int64]
    codes: NDArray[np.int64]
    runs: NDArray[np.int64]
    gaps: NDArray[np.int64]


class WordBuffer:
    """Unpacks the slots of words that belong to a column; free padding is skipped.

    Parameters
    ----------
    config : Config
        Gives the widths.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self._slots = np.arange(config.entries_per_word)

    def unpack(
        self,
        words: NDArray[np.uint64],
        slots: NDArray[np.int64],
        last_slots: NDArray[np.int64],
        columns: NDArray[np.int64],
    ) -> Entries:
        """Return the entries of words.

        Parameters
        ----------
        words : ndarray of uint64, shape (words,)
            Words of columns, one column after the other.
        slots, last_slots : ndarray of int64, shape (words,)
            First and last slot of each word that belongs to its column.
        columns : ndarray of int64, shape (words,)
            Column of each word, ascending.

        Returns
        -------
        Entries
            With free padding only those that are not padding.
        """
        config = self.config
        inside = (self._slots >= slots[:, np.newaxis]) & (self._slots <= last_slots[:, np.newaxis])
        shifts = self._slots.astype(np.uint64) * np.uint64(config.entry_bits)
        entries = (words[:, np.newaxis] >> shifts)[inside].astype(np.int64)
        owners = np.repeat(columns, last_slots - slots + 1)
        codes = entries & (config.codebook_size - 1)
        wanted = np.flatnonzero(codes) if config.skips_padding else np.arange(codes.size)
        owner = owners[wanted]
        expected = np.searchsorted(owners, owner)
        same = owner[1:] == owner[:-1]
        expected[1:][same] = wanted[:-1][same] + 1
        return Entries(
            columns=owner,
            codes=codes[wanted],
            runs=entries[wanted] >> config.weight_bits & config.max_run,
            gaps=wanted - expected,
        )
