"""Optimal one-dimensional k-means by dynamic programming.

Cutting sorted samples into intervals maximizes ``sum(s**2 / n)`` over the intervals, `s` being the
sum and `n` the number of an interval's samples: this is the constant sum of squares less the cost.
The best last cut moves right as samples are added on the right, so that the cuts of some prefixes
bound those of the prefixes between them (divide and conquer): O(k n log n) for `k` intervals.
"""

import numpy as np

from zskip.model.common.fixed import FloatArray, IntArray
from zskip.model.common.kmeans import Samples, means_of

MAX_WORK = 2**24
"""Distinct values times clusters up to which the optimum is computed: some 6 s and 300 MB."""

CANDIDATES_PER_BLOCK = 2**15
"""Cuts are compared in blocks of about this size, which stay in the processor's cache."""


def optimal_start(samples: Samples, clusters: int) -> tuple[FloatArray, bool]:
    """Compute the centroids of least cost.

    Parameters
    ----------
    samples : Samples
        The numbers to be clustered, more than `clusters` distinct ones.
    clusters : int
        Number of clusters, at least 1.

    Returns
    -------
    centroids : ndarray of float64, shape (clusters,)
        Means of the best intervals, ascending.
    optimal : bool
        True where these are the best of all intervals, up to the rounding of sums in float64.
        False where there are more than ``MAX_WORK // clusters`` distinct values. Then they are the
        best of the intervals that end at so many places only: half of the places are equally
        spaced in the sorted distinct values, the others from the smallest to the largest value.
    """
    places = MAX_WORK // clusters
    size = samples.values.size
    if size <= places:
        grid = np.arange(size + 1)
    else:
        spaced = np.linspace(samples.values[0], samples.values[-1], places // 2)
        by_rank = np.linspace(0, size, places // 2).astype(np.int64)
        grid = np.union1d(by_rank, np.searchsorted(samples.values, spaced))
    counts, sums = samples.counts[grid].astype(np.float64), samples.sums[grid]
    bounds = grid[optimal_bounds(counts, sums, clusters)]
    return means_of(samples, bounds), size <= places


def optimal_bounds(counts: FloatArray, sums: FloatArray, clusters: int) -> IntArray:
    """Cut samples into the intervals of least cost.

    Parameters
    ----------
    counts : ndarray of float64, shape (n + 1,)
        Number of samples before each place where a cut may be, ascending from 0, then of all.
    sums : ndarray of float64, shape (n + 1,)
        Sum of the same samples, which are in ascending order.
    clusters : int
        Number of intervals, 1 to `n`.

    Returns
    -------
    ndarray of int64, shape (clusters + 1,)
        Places of the cuts, from 0 to `n`. Of equally good cuts the first ones found are kept.
    """
    last = counts.size - 1
    gains = np.full(counts.size, -np.inf)
    gains[1:] = np.square(sums[1:]) / counts[1:]
    steps: list[IntArray] = []
    for before in range(1, clusters - 1):
        gains, cuts = _add_interval(counts, sums, gains, before)
        steps.append(cuts)
    bounds = [last]
    if clusters > 1:
        row = np.array([last])
        _, cut = _best_cuts(counts, sums, gains, row, np.array([clusters - 1]), row - 1)
        bounds.append(int(cut[0]))
    for cuts in reversed(steps):
        bounds.append(int(cuts[bounds[-1]]))
    return np.array([0, *reversed(bounds)])


def _add_interval(
    counts: FloatArray, sums: FloatArray, gains: FloatArray, before: int
) -> tuple[FloatArray, IntArray]:
    """Compute the best gain of every prefix with one interval more than the `before` of `gains`.

    Prefixes at odd multiples of a stride lie between two whose cuts are known; strides halve.
    """
    last = counts.size - 1
    new_gains = np.full(counts.size, -np.inf)
    cuts = np.full(counts.size, before)
    stride = 1 << (last.bit_length() - 1)
    while stride:
        rows = np.arange(stride, last + 1, 2 * stride)
        rows = rows[rows > before]
        low = cuts[rows - stride]
        known = rows + stride <= last
        high = np.where(known, cuts[np.minimum(rows + stride, last)], last)
        high = np.minimum(high, rows - 1)
        new_gains[rows], cuts[rows] = _best_cuts(counts, sums, gains, rows, low, high)
        stride >>= 1
    return new_gains, cuts


def _best_cuts(
    counts: FloatArray,
    sums: FloatArray,
    gains: FloatArray,
    rows: IntArray,
    low: IntArray,
    high: IntArray,
) -> tuple[FloatArray, IntArray]:
    """Find the best last cut of each prefix among those from `low` to `high`, the first of equals.

    The candidates of all prefixes are put one behind the other, in blocks of whole prefixes.
    """
    best = np.empty(rows.size)
    cuts = np.empty(rows.size, dtype=np.int64)
    all_sizes = high - low + 1
    ends = np.cumsum(all_sizes)
    begin = 0
    while begin < rows.size:
        done = ends[begin - 1] if begin else 0
        end = int(np.searchsorted(ends, done + CANDIDATES_PER_BLOCK, side="right"))
        end = max(end, begin + 1)
        sizes = all_sizes[begin:end]
        starts = np.cumsum(sizes) - sizes
        offset = low[begin:end] - starts
        place = np.arange(ends[end - 1] - done) + np.repeat(offset, sizes)
        total = np.repeat(sums[rows[begin:end]], sizes) - sums[place]
        gain = np.square(total, out=total)
        gain /= np.repeat(counts[rows[begin:end]], sizes) - counts[place]
        gain += gains[place]
        best[begin:end] = np.maximum.reduceat(gain, starts)
        found = np.flatnonzero(gain == np.repeat(best[begin:end], sizes))
        segment = np.searchsorted(starts, found, side="right") - 1
        cuts[begin + segment[::-1]] = place[found[::-1]]
        begin = end
    return best, cuts
