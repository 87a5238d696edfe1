"""Groups: the entries of a column that the lanes of a PE take in one cycle."""

import numpy as np

from zskip.model.common.fixed import BoolArray, IntArray
from zskip.model.eie.config import Config
from zskip.model.eie.encoding import EncodedMatrix, local_rows


def counted(flags: BoolArray) -> IntArray:
    """Return how many flags are set in front of each one, and of all."""
    return np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(flags, dtype=np.int64)))


def group_starts(matrix: EncodedMatrix, block: int, config: Config) -> BoolArray:
    """Return with which non-zeros of a block of rows a group begins.

    Parameters
    ----------
    matrix : EncodedMatrix
        The layer's weights.
    block : int
        The block of rows; non-zeros of others begin no group.
    config : Config
        Gives lanes, banks and the entries of a word.

    Returns
    -------
    ndarray of bool, shape (non-zeros of the matrix,)
    """
    columns = matrix.shape[1]
    firsts = np.cumsum(matrix.pointers[:, -1]) - matrix.pointers[:, -1]
    pointers = matrix.pointers[:, block * columns : (block + 1) * columns + 1]
    counts = np.diff(pointers, axis=1).ravel()
    # Every entry of the block, column after column.
    column = np.repeat(np.arange(counts.size), counts)
    inside = np.arange(column.size) - np.repeat(np.cumsum(counts) - counts, counts)
    entry = (pointers[:, :-1] + firsts[:, np.newaxis]).ravel()[column] + inside
    real = np.flatnonzero(matrix.codes[entry])
    rows = local_rows(matrix.runs[entry], counts)[real]
    begins = np.zeros(np.count_nonzero(matrix.codes), dtype=np.bool_)
    rank = counted(matrix.codes != 0)[entry[real]]
    begins[rank[begin_groups(column[real], rows, config)]] = True
    return begins


def begin_groups(column: IntArray, row: IntArray, config: Config) -> IntArray:
    """Return which entries begin a group.

    The entries of a column are cut into blocks as long as a word. From the first entry of a block
    on, a group has as many entries as there are lanes, but for the end of the block, and none in
    the bank of another one.

    Parameters
    ----------
    column, row : ndarray of int64, shape (entries,)
        Column and local row of entries that are not padding, column after column.
    config : Config
        Gives lanes, banks and the entries of a word.

    Returns
    -------
    ndarray of int64
        Their positions.
    """
    count = column.size
    if not count:
        return np.zeros(0, dtype=np.int64)
    first = np.concatenate(([True], column[1:] != column[:-1]))
    starts = np.flatnonzero(first)
    inside = np.arange(count) - np.repeat(starts, np.diff(starts, append=count))
    first |= inside % config.entries_per_word == 0
    block = np.cumsum(first)
    bank = row % config.accumulator_banks
    size = np.ones(count, dtype=np.int64)
    fits = np.ones(count, dtype=np.bool_)
    for more in range(1, min(config.lanes, count)):
        ahead = count - more
        fits[ahead:] = False
        fits[:ahead] &= block[more:] == block[:ahead]
        for other in range(more):
            fits[:ahead] &= bank[more:] != bank[other : other + ahead]
        size += fits
    begins = []
    heads = np.flatnonzero(first)
    while heads.size:
        begins.append(heads)
        after = heads + size[heads]
        inside = np.append(first, True)
        heads = after[~inside[after]]
    return np.concatenate(begins)
