"""Lane buffer: the entries of a column that the lanes of a PE take in one cycle."""

import numpy as np

from zskip.model.common.fixed import IntArray
from zskip.model.eie.config import Config


class LaneBuffer:
    """Cuts the entries of columns that are not padding into groups, one a cycle.

    The entries of a column are cut into blocks as long as a word. From the first entry of a block
    on, a group has as many entries as there are lanes, but for the end of the block, and none in
    the bank of another one.

    Parameters
    ----------
    config : Config
        Gives lanes, banks and the entries of a word.
    """

    def __init__(self, config: Config) -> None:
        self.config = config

    def begins(self, column: IntArray, row: IntArray) -> IntArray:
        """Return with which entries groups begin.

        Parameters
        ----------
        column, row : ndarray of int64, shape (entries,)
            Column and local row of entries that are not padding, column after column.

        Returns
        -------
        ndarray of int64
            Their positions, in no order.
        """
        count = column.size
        if not count:
            return np.zeros(0, dtype=np.int64)
        first = np.concatenate(([True], column[1:] != column[:-1]))
        starts = np.flatnonzero(first)
        inside = np.arange(count) - np.repeat(starts, np.diff(starts, append=count))
        first |= inside % self.config.entries_per_word == 0
        block = np.cumsum(first)
        bank = row % self.config.accumulator_banks
        size = np.ones(count, dtype=np.int64)
        fits = np.ones(count, dtype=np.bool_)
        for more in range(1, min(self.config.lanes, count)):
            ahead = count - more
            fits[ahead:] = False
            fits[:ahead] &= block[more:] == block[:ahead]
            for other in range(more):
                fits[:ahead] &= bank[more:] != bank[other : other + ahead]
            size += fits
        ends = np.append(first, True)
        begins = []
        heads = np.flatnonzero(first)
        while heads.size:
            begins.append(heads)
            after = heads + size[heads]
            heads = after[~ends[after]]
        return np.concatenate(begins)
