"""One-dimensional k-means: samples on a line, and Lloyd's iterations.

Clusters of numbers on a line are intervals, so that all algorithms work on sorted distinct values
and on sums from the first value on; the cost of any interval follows from two of these sums.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from zskip.model.common.fixed import FloatArray, IntArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Samples:
    """Numbers to be clustered: their distinct values, and what lies before each of them.

    Attributes
    ----------
    values : ndarray of float64, shape (n,)
        Distinct values, ascending.
    counts : ndarray of int64, shape (n + 1,)
        ``counts[i]`` samples are below ``values[i]``; the last entry counts all of them.
    sums : ndarray of float64, shape (n + 1,)
        Sum of these samples, each relative to `origin`.
    origin : float
        The median, which keeps the sums small beside the values' own rounding.
    """

    values: FloatArray
    counts: IntArray
    sums: FloatArray
    origin: float


def collect(ordered: FloatArray) -> Samples:
    """Count and sum sorted numbers.

    Parameters
    ----------
    ordered : ndarray of float64, shape (m,)
        At least one number, ascending, repetitions included.

    Returns
    -------
    Samples
        The same numbers.
    """
    first = np.concatenate(([0], np.flatnonzero(ordered[1:] != ordered[:-1]) + 1))
    counts = np.append(first, ordered.size)
    values = ordered[first]
    origin = float(ordered[ordered.size // 2])
    sums = np.zeros(counts.size)
    np.cumsum((values - origin) * np.diff(counts), out=sums[1:])
    return Samples(values=values, counts=counts, sums=sums, origin=origin)


def midpoints(centroids: FloatArray) -> FloatArray:
    """Give the values from which on each next centroid is the nearest one.

    Parameters
    ----------
    centroids : ndarray of float64, shape (k,)
        Centroids, ascending.

    Returns
    -------
    ndarray of float64, shape (k - 1,)
        Of two equally near centroids the larger one is the nearest.
    """
    return (centroids[:-1] + centroids[1:]) / 2


def lloyd(samples: Samples, start: FloatArray, clusters: int, max_iterations: int) -> FloatArray:
    """Run Lloyd iterations, and put clusters that lose all their samples to better use.

    An iteration assigns samples to the nearest centroid (of two equally near the larger one) and
    moves every centroid that has samples to their mean, until that lowers the cost no more. If
    there are fewer than `clusters` centroids with samples then, the cluster whose best cut in two
    lowers the cost most is cut, as often as needed, and the iterations go on.

    If this was so, a second run fills up as soon as a cluster has no samples: the values farthest
    from their centroids become clusters of their own. The run of lower cost counts, of equal ones
    the first. Between equals the outermost values of a cluster are taken, then the lowest ones.

    Parameters
    ----------
    samples : Samples
        The numbers to be clustered, more than `clusters` distinct ones.
    start : ndarray of float64, shape (at most clusters,)
        Starting centroids, ascending.
    clusters : int
        Number of clusters wanted, at least 1.
    max_iterations : int
        Largest number of iterations of a run; 0 for the starting centroids alone.

    Returns
    -------
    ndarray of float64, shape (at most clusters,)
        Centroids that have samples, ascending. They are fewer than `clusters` only where the
        iterations did not suffice, or more of them bring no gain that float64 shows.
    """
    centroids, short = _iterate(samples, start, clusters, max_iterations, at_once=False)
    if short:
        other, _ = _iterate(samples, start, clusters, max_iterations, at_once=True)
        if squared_error(samples, other) < squared_error(samples, centroids):
            return other
    return centroids


def means_of(samples: Samples, bounds: IntArray) -> FloatArray:
    """Compute the means of intervals of the sorted distinct values.

    A mean is kept between the interval's smallest and largest value, which the rounding of the
    sums could leave, so that means stay in ascending order.

    Parameters
    ----------
    samples : Samples
        The numbers.
    bounds : ndarray of int64, shape (k + 1,)
        Interval `i` has the distinct values from position ``bounds[i]`` to ``bounds[i + 1] - 1``,
        at least one.

    Returns
    -------
    ndarray of float64, shape (k,)
        Means, ascending.
    """
    means = np.diff(samples.sums[bounds]) / np.diff(samples.counts[bounds]) + samples.origin
    return np.clip(means, samples.values[bounds[:-1]], samples.values[bounds[1:] - 1])


def squared_error(samples: Samples, centroids: FloatArray) -> float:
    """Sum the squared distances of samples from the nearest centroid.

    Parameters
    ----------
    samples : Samples
        The numbers.
    centroids : ndarray of float64, shape (k,)
        Centroids, ascending, at least one.

    Returns
    -------
    float
        The cost that k-means lowers.
    """
    counts = np.diff(samples.counts)
    bounds = _nearest(samples, centroids)
    return sum(
        float(np.sum(counts[start:end] * np.square(samples.values[start:end] - centroid)))
        for centroid, (start, end) in zip(centroids, pairwise(bounds), strict=True)
    )


def _iterate(
    samples: Samples, centroids: FloatArray, clusters: int, max_iterations: int, *, at_once: bool
) -> tuple[FloatArray, bool]:
    """Run Lloyd iterations, and tell whether a cluster ever had no samples."""
    bounds = _nearest(samples, centroids)
    gain = _gain(samples, centroids, bounds)
    ever_short = False
    for _ in range(max_iterations):
        means = _means(samples, centroids, bounds)
        short = np.unique(bounds).size <= clusters
        ever_short |= short
        if short and at_once:
            means = _set_farthest_apart(samples, centroids, bounds, clusters)
        elif short and _gain(samples, means, _nearest(samples, means)) <= gain:
            means = _cut(samples, bounds, clusters)
        new_bounds = _nearest(samples, means)
        new_gain = _gain(samples, means, new_bounds)
        if new_gain <= gain:
            break
        centroids, bounds, gain = means, new_bounds, new_gain
    return centroids[np.diff(bounds) > 0], ever_short


def _nearest(samples: Samples, centroids: FloatArray) -> IntArray:
    """Give the positions where the nearest centroid changes, between 0 and the number of values."""
    inner = np.searchsorted(samples.values, midpoints(centroids), side="left")
    return np.concatenate(([0], inner, [samples.values.size]))


def _means(samples: Samples, centroids: FloatArray, bounds: IntArray) -> FloatArray:
    """Move every centroid that has samples to their mean."""
    moved = centroids.copy()
    moved[np.diff(bounds) > 0] = means_of(samples, np.unique(bounds))
    return moved


def _gain(samples: Samples, centroids: FloatArray, bounds: IntArray) -> float:
    """Compute by how much centroids lower the cost, against all samples at the origin."""
    relative = centroids - samples.origin
    counts, sums = np.diff(samples.counts[bounds]), np.diff(samples.sums[bounds])
    return float(np.sum(relative * (2 * sums - counts * relative)))


def _set_farthest_apart(
    samples: Samples, centroids: FloatArray, bounds: IntArray, clusters: int
) -> FloatArray:
    """Make clusters of the values farthest from their centroids, and give all clusters' means.

    What is left of an interval must stay one, so values that rounding makes equally far are taken
    from the interval's ends inwards.
    """
    occupied = np.unique(bounds)
    missing = clusters + 1 - occupied.size
    signed = samples.values - np.repeat(centroids, np.diff(bounds))
    distance = np.abs(signed)
    far = np.flatnonzero(distance >= np.partition(distance, -missing)[-missing])
    owner = np.searchsorted(occupied, far, side="right") - 1
    depth = np.where(signed[far] < 0, far - occupied[owner], occupied[owner + 1] - 1 - far)
    far = far[np.lexsort((far, depth, -distance[far]))[:missing]]
    return means_of(samples, np.unique(np.concatenate((occupied, far, far + 1))))


class _Cut(NamedTuple):
    """The best cut of an interval in two: how much it lowers the cost, and where it is."""

    gain: float
    start: int
    place: int
    end: int


def _best_cut(samples: Samples, start: int, end: int) -> _Cut:
    """Find the best cut of an interval of values; the gain of a lone value's is minus infinite."""
    if end - start < 2:
        return _Cut(-np.inf, start, start, end)
    counts, sums = samples.counts[start : end + 1], samples.sums[start : end + 1]
    left, right = counts[1:-1] - counts[0], counts[-1] - counts[1:-1]
    distance = (sums[1:-1] - sums[0]) / left - (sums[-1] - sums[1:-1]) / right
    gains = np.square(distance) * (left * (right / (counts[-1] - counts[0])))
    place = int(np.argmax(gains))
    return _Cut(float(gains[place]), start, start + 1 + place, end)


def _cut(samples: Samples, bounds: IntArray, clusters: int) -> FloatArray:
    """Cut the intervals that have samples until there are enough, and give their means."""
    pairs = pairwise(np.unique(bounds).tolist())
    cuts = [_best_cut(samples, start, end) for start, end in pairs]
    while len(cuts) < clusters:
        worst = max(range(len(cuts)), key=lambda index: cuts[index].gain)
        _, start, place, end = cuts[worst]
        cuts[worst : worst + 1] = [_best_cut(samples, start, place), _best_cut(samples, place, end)]
    return means_of(samples, np.array([cut.start for cut in cuts] + [cuts[-1].end]))
