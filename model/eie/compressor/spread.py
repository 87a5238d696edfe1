"""Order of the rows inside a PE that spreads those that meet in a column over the banks.

Local row ``r`` of a pass stands in bank ``r mod B`` of the accumulators, and entries of the same
bank take a cycle each. Where a PE has more rows than banks, rows that share few columns take the
same bank. Rows are only swapped with others of the same ``r div B``, so that long ones stay in
front, which saves padding.
"""

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import FloatArray, IntArray
from zskip.model.eie.compressor.balance import row_bins
from zskip.model.eie.config import Config

MAX_SWAPS = 256
"""Swaps of rows between the banks of a PE at most."""


def spread(
    order: IntArray, codes: NDArray[np.uint8], activity: IntArray | None, config: Config
) -> IntArray:
    """Choose the order of the rows of every PE and block.

    Parameters
    ----------
    order : ndarray of int64, shape (rows,)
        The row at each position.
    codes : ndarray of uint8, shape (rows, columns)
        Codebook indices of the rows.
    activity : ndarray of int64, shape (columns,), optional
        For how many inputs each column is broadcast; once each without it.
    config : Config
        The array.

    Returns
    -------
    ndarray of int64, shape (rows,)
        The row at each position; every row is in the PE and block in which it was.
    """
    result = order.copy()
    bins = row_bins(order.size, config)
    weights = np.ones(codes.shape[1]) if activity is None else np.sqrt(activity)
    by_bin = np.argsort(bins, kind="stable")
    for places in np.split(by_bin, np.flatnonzero(np.diff(bins[by_bin])) + 1):
        rows = order[places]
        if rows.size > config.accumulator_banks:
            hits = ((codes[rows] != 0) * weights).astype(np.float32)
            result[places] = rows[_places(hits @ hits.T, config.accumulator_banks)]
    return result


def _places(shared: FloatArray, banks: int) -> IntArray:
    """Return which row stands at each place, by the columns that any two of them share.

    Of all swaps the one that helps most comes first, until none helps.
    """
    count = len(shared)
    rows = np.arange(count)
    level, bank = np.divmod(rows, banks)
    shared = shared.copy()
    np.fill_diagonal(shared, 0)
    for _ in range(MAX_SWAPS):
        # What each row at its place shares with those of every bank.
        cost = shared[rows][:, rows] @ (bank[:, np.newaxis] == np.arange(banks))
        own = cost[np.arange(count), bank]
        moved = cost[:, bank] - own[:, np.newaxis]
        gain = moved + moved.T - 2 * shared[rows][:, rows]
        gain[level[:, np.newaxis] != level] = 0
        first, second = np.unravel_index(int(gain.argmin()), gain.shape)
        if gain[first, second] > -1e-3:
            break
        rows[[first, second]] = rows[[second, first]]
    return rows
