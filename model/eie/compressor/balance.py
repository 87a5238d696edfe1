"""Balanced rows: an order of the rows of a layer that gives all PEs as much to do.

Position ``q`` of the encoded matrix belongs to PE ``q mod N`` and to block
``q div N div block_rows``. The rows are dealt out to these bins by work, the longest first. Each
goes where it shares the fewest columns with the rows that are there already: a PE that has as many
entries in every column keeps pace with the others whichever inputs are zero. Where the work alone
is known, or the matrix is too large, it goes to the bin that has least so far (longest processing
time first). Then the fullest bin swaps rows with others as long as that helps.
"""

import heapq

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.errors import InputError
from zskip.model.common.fixed import IntArray
from zskip.model.eie.config import Config
from zskip.model.eie.encoding import block_rows

ELEMENTS_PER_BLOCK = 2**22
"""Weights whose work is added up together, which bounds the memory."""

MAX_SHARED = 2**32
"""Beyond so many look-ups, non-zeros times bins, shared columns are not counted."""

MAX_SWAPS = 512
"""Swaps of rows at most."""

PAIRS = 2**16
"""About so many pairs of rows are tried for a swap: those with the bins that have least work."""

CLOSE = 1000
"""No more is swapped where the fullest bin has less than a 1000th more work than the mean."""


def row_work(codes: NDArray[np.uint8], activity: IntArray | None = None) -> IntArray:
    """Return how often each row is worked on.

    Parameters
    ----------
    codes : ndarray of uint8, shape (rows, columns)
        Codebook indices; 0 is a zero weight.
    activity : ndarray of int64, shape (columns,), optional
        For how many inputs each column is broadcast; once each without it.

    Returns
    -------
    ndarray of int64, shape (rows,)
        Sum of the activities of the columns in which the row is not zero.

    Raises
    ------
    InputError
        There is not one activity for each column.
    """
    if activity is None:
        return np.count_nonzero(codes, axis=1)
    if activity.shape != codes.shape[1:]:
        raise InputError(
            f"activities must have one value for each of the {codes.shape[1]} columns, not shape "
            f"{activity.shape}"
        )
    # Whole numbers of this size are exact in float64, so that the sum depends on no machine.
    weights = activity.astype(np.float64)
    work = np.empty(codes.shape[0], dtype=np.int64)
    step = max(1, ELEMENTS_PER_BLOCK // codes.shape[1])
    for start in range(0, codes.shape[0], step):
        work[start : start + step] = (codes[start : start + step] != 0) @ weights
    return work


def balance(
    work: IntArray,
    config: Config,
    *,
    codes: NDArray[np.uint8] | None = None,
    activity: IntArray | None = None,
) -> IntArray:
    """Deal rows out so that every PE has as nearly the same work in each block as possible.

    Parameters
    ----------
    work : ndarray of int64, shape (rows,)
        Work of each row, at least one row.
    config : Config
        Gives the number of PEs and the length of the blocks.
    codes : ndarray of uint8, shape (rows, columns), optional
        Codebook indices of the rows, for as even columns as possible.
    activity : ndarray of int64, shape (columns,), optional
        For how many inputs each column is broadcast; once each without it.

    Returns
    -------
    ndarray of int64, shape (rows,)
        The row at each position; in every PE and block the rows ascend. The busiest PEs never have
        more work than without it, and where nothing is to be gained the rows stay as they are.
    """
    bins = row_bins(work.size, config)
    if codes is None or np.count_nonzero(codes) * (int(bins.max()) + 1) > MAX_SHARED:
        dealt = _deal(work, bins)
    else:
        dealt = _deal_evenly(codes, work, activity, bins)
    dealt = _swap(work, dealt)
    if _peaks(work, dealt, config) >= _peaks(work, bins, config):
        dealt = bins
    order = np.empty_like(bins)
    order[np.argsort(bins, kind="stable")] = np.argsort(dealt, kind="stable")
    return order


def longest_first(order: IntArray, work: IntArray, config: Config) -> IntArray:
    """Sort the rows of every PE and block by their work, the longest first.

    That saves padding where many rows are nearly empty: they come last, where hardly any entry
    follows.

    Parameters
    ----------
    order : ndarray of int64, shape (rows,)
        The row at each position.
    work : ndarray of int64, shape (rows,)
        Work of each row.
    config : Config
        The array.

    Returns
    -------
    ndarray of int64, shape (rows,)
        The row at each position; every row is in the PE and block in which it was.
    """
    bins = row_bins(order.size, config)
    places = np.argsort(bins, kind="stable")
    rows = order[places]
    found = np.empty_like(order)
    found[places] = rows[np.lexsort((rows, -work[rows], bins[places]))]
    return found


def loads(work: IntArray, config: Config) -> IntArray:
    """Return the work of every PE in every block.

    Parameters
    ----------
    work : ndarray of int64, shape (rows,)
        Work of the row at each position.
    config : Config
        The array.

    Returns
    -------
    ndarray of int64, shape (blocks, pe_count)
    """
    positions = block_rows(work.size, config) * config.pe_count
    padded = np.zeros(-(-work.size // positions) * positions, dtype=np.int64)
    padded[: work.size] = work
    return padded.reshape(-1, positions // config.pe_count, config.pe_count).sum(axis=1)


def row_bins(rows: int, config: Config) -> IntArray:
    """Return the bin, block after block and PE after PE, of every position."""
    local, pes = np.divmod(np.arange(rows), config.pe_count)
    return local // block_rows(rows, config) * config.pe_count + pes


def _peaks(work: IntArray, bins: IntArray, config: Config) -> tuple[int, int]:
    """Return the work of the busiest PE of each block: all blocks together, and the most.

    Every block has the same columns to broadcast, so that of equal sums the more even one is best.
    """
    order = np.empty_like(bins)
    order[np.argsort(row_bins(work.size, config), kind="stable")] = np.argsort(bins, kind="stable")
    peaks = loads(work[order], config).max(axis=1)
    return int(peaks.sum()), int(peaks.max())


def _deal(work: IntArray, bins: IntArray) -> IntArray:
    """Choose a bin for each row, the longest row first."""
    # Of bins with the same load the one with more room comes first, then the lower one.
    heap = [(0, -room, number) for number, room in enumerate(np.bincount(bins).tolist())]
    heapq.heapify(heap)
    dealt = np.empty_like(bins)
    longest_first = np.argsort(-work, kind="stable")
    for row, amount in zip(longest_first.tolist(), work[longest_first].tolist(), strict=True):
        load, room, number = heap[0]
        dealt[row] = number
        if room == -1:
            heapq.heappop(heap)
        else:
            heapq.heapreplace(heap, (load + amount, room + 1, number))
    return dealt


def _deal_evenly(
    codes: NDArray[np.uint8], work: IntArray, activity: IntArray | None, bins: IntArray
) -> IntArray:
    """Choose a bin for each row, the longest row first, by the columns that it shares with others.

    All bins fill up together. All values are whole numbers that float64 holds exactly, so that the
    result depends on no machine.
    """
    room = np.bincount(bins)
    load = np.zeros(room.size)
    entries = np.zeros((codes.shape[1], room.size))
    weights = np.ones(codes.shape[1]) if activity is None else activity.astype(np.float64)
    dealt = np.empty_like(bins)
    for row in np.argsort(-work, kind="stable").tolist():
        columns = np.flatnonzero(codes[row])
        # A shared column costs as much as two entries more than others have.
        cost = 2 * (weights[columns] @ entries[columns]) + load
        cost[room < room.max()] = np.inf
        number = int(cost.argmin())
        dealt[row] = number
        room[number] -= 1
        load[number] += work[row]
        entries[columns, number] += 1
    return dealt


def _swap(work: IntArray, dealt: IntArray) -> IntArray:
    """Swap rows of the fullest bin with shorter ones of others until that helps no more."""
    dealt = dealt.copy()
    totals = np.zeros(int(dealt.max()) + 1, dtype=np.int64)
    np.add.at(totals, dealt, work)
    partners = max(2, PAIRS * totals.size**2 // work.size**2)
    limit = work.sum() * (CLOSE + 1) // (CLOSE * totals.size)
    for _ in range(MAX_SWAPS):
        fullest = int(totals.argmax())
        if totals[fullest] <= limit:
            break
        least = np.argsort(totals, kind="stable")[:partners]
        given = np.flatnonzero(dealt == fullest)
        taken = np.flatnonzero(np.isin(dealt, least[least != fullest]))
        if not taken.size:
            break
        moved = work[given, np.newaxis] - work[taken]
        after = np.maximum(totals[fullest] - moved, totals[dealt[taken]] + moved)
        best = int(after.argmin())
        if after.flat[best] >= totals[fullest]:
            break
        row, other = given[best // taken.size], taken[best % taken.size]
        totals[fullest] -= moved.flat[best]
        totals[dealt[other]] += moved.flat[best]
        dealt[row], dealt[other] = dealt[other], fullest
    return dealt
