"""Groups of a layer: where cycles of the lanes begin among its non-zeros."""

import numpy as np

from zskip.model.common.fixed import BoolArray, IntArray
from zskip.model.eie.config import Config
from zskip.model.eie.encoding import EncodedMatrix, local_rows
from zskip.model.eie.pe.lane_buffer import LaneBuffer


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
    begins[rank[LaneBuffer(config).begins(column[real], rows)]] = True
    return begins
