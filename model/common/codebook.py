"""Weight sharing: one-dimensional k-means turns a weight matrix into a codebook and indices.

Index 0 belongs to the weight zero alone (design section 3), so that ``entries - 1`` centroids
are shared by the weights that are not zero.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.errors import InputError
from zskip.model.common.fixed import FloatArray, IntArray
from zskip.model.common.pruning import Weights, check_weights

MAX_ENTRIES = 256
MAX_ITERATIONS = 1000
"""Default limit of Lloyd iterations; millions of values need some hundreds."""

MAX_MAGNITUDE = 2.0**128
"""Weights stay below this, the range of float32, so that squares stay finite in float64."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Clustering:
    """Shared weights: ``weights[i, j]`` is approximated by ``centroids[codes[i, j]]``.

    Attributes
    ----------
    centroids : ndarray of float64, shape (entries,)
        ``centroids[0]`` is 0. The centroids in use follow in ascending order, none of them 0, and
        the unused places at the end are 0.
    codes : ndarray of uint8, shape (outputs, inputs)
        Index of every weight's centroid: 0 exactly where the weight is 0.
    cost : float
        Sum of the squared distances of all weights from their centroids.
    exact : bool
        True when the weights had at most ``entries - 1`` distinct non-zero values. The centroids
        are then these values, and the cost is 0.
    """

    centroids: FloatArray
    codes: NDArray[np.uint8]
    cost: float
    exact: bool

    def decode(self) -> FloatArray:
        """Compute the weights that the codes stand for.

        Returns
        -------
        ndarray of float64, shape (outputs, inputs)
            ``centroids[codes]``.
        """
        return self.centroids[self.codes]


def cluster(
    weights: Weights, entries: int = 16, max_iterations: int = MAX_ITERATIONS
) -> Clustering:
    """Share the values of the non-zero weights by k-means.

    At most ``entries - 1`` distinct values are kept as they are. Otherwise ``entries - 1``
    centroids start equally spaced from the smallest to the largest non-zero weight, and Lloyd
    iterations follow (weights to the nearest centroid, of two equally near the larger one;
    centroids to the mean of their weights) until no weight changes its centroid, float64 shows
    no lower cost, or `max_iterations` is reached. A centroid without weights stays where it is,
    and is dropped at the end if it still has none. No random number is drawn.

    Parameters
    ----------
    weights : ndarray of any floating-point dtype, shape (outputs, inputs)
        The matrix, zeros included.
    entries : int, optional
        Size of the codebook with the place of zero, 2 to 256.
    max_iterations : int, optional
        Largest number of iterations, 0 for the starting centroids alone.

    Returns
    -------
    Clustering
        Centroids and codes. A centroid whose mean is exactly 0 is the smallest positive float64
        instead; on a fixed-point grid it becomes 0 like any other small value.

    Raises
    ------
    InputError
        If `check_weights` refuses the weights, a weight is ``2**128`` or more in magnitude, or an
        argument is out of range.

    Notes
    -----
    The values are sorted once; an iteration reads only sums at the cluster boundaries from a
    prefix sum, relative to the median for precision. Besides the codes the memory is a few float64
    for each non-zero weight.
    """
    _check_arguments(weights, entries, max_iterations)
    nonzero = weights != 0
    values = weights[nonzero].astype(np.float64)
    ordered = np.sort(values)
    if ordered.size and max(-ordered[0], ordered[-1]) >= MAX_MAGNITUDE:
        raise InputError(
            f"weights must be below 2**128 in magnitude, not {ordered[0]:.3g} to "
            f"{ordered[-1]:.3g}: scale them down"
        )
    exact = _distinct_count(ordered) < entries
    if exact:
        used = np.unique(ordered)
        thresholds, cost = used[1:], 0.0
    else:
        used = _lloyd(ordered, entries - 1, max_iterations)
        thresholds = _midpoints(used)
        cost = _cost(ordered, used, thresholds)
    codes = np.zeros(weights.shape, dtype=np.uint8)
    codes[nonzero] = np.searchsorted(thresholds, values, side="right") + 1
    centroids = np.zeros(entries)
    centroids[1 : used.size + 1] = used
    return Clustering(centroids=centroids, codes=codes, cost=cost, exact=exact)


def _check_arguments(weights: Weights, entries: int, max_iterations: int) -> None:
    """Check what `cluster` was given."""
    check_weights(weights)
    if not 2 <= entries <= MAX_ENTRIES:
        raise InputError(
            f"entries must be 2 to {MAX_ENTRIES}, not {entries}: choose 16 for 4-bit codes"
        )
    if max_iterations < 0:
        raise InputError(
            f"max_iterations must be 0 or more, not {max_iterations}: "
            f"leave it out for {MAX_ITERATIONS}"
        )


def _distinct_count(ordered: FloatArray) -> int:
    """Count the distinct values of a sorted array."""
    return min(ordered.size, 1) + int(np.count_nonzero(ordered[1:] != ordered[:-1]))


def _midpoints(centroids: FloatArray) -> FloatArray:
    """Give the values from which on each next centroid is the nearest one."""
    return (centroids[:-1] + centroids[1:]) / 2


def _bounds(ordered: FloatArray, thresholds: FloatArray) -> IntArray:
    """Give the positions in sorted values where the clusters begin, and the end of the last."""
    inner = np.searchsorted(ordered, thresholds, side="left")
    return np.concatenate(([0], inner, [ordered.size]))


def _lloyd(ordered: FloatArray, count: int, max_iterations: int) -> FloatArray:
    """Run Lloyd iterations on sorted values and give the centroids that have values, ascending.

    The cost is a constant minus the gain ``sum(c * (2 * total - size * c))`` over the clusters,
    so centroids are replaced only by centroids of a larger gain.
    """
    origin = ordered[ordered.size // 2]
    prefix = np.zeros(ordered.size + 1)
    np.cumsum(ordered - origin, out=prefix[1:])

    def gain(centroids: FloatArray, bounds: IntArray) -> float:
        relative = centroids - origin
        return float(np.sum(relative * (2 * np.diff(prefix[bounds]) - np.diff(bounds) * relative)))

    centroids = np.linspace(ordered[0], ordered[-1], count)
    bounds = _bounds(ordered, _midpoints(centroids))
    for _ in range(max_iterations):
        means = _means(ordered, prefix, bounds, centroids)
        new_bounds = _bounds(ordered, _midpoints(means))
        if gain(means, new_bounds) <= gain(centroids, bounds):
            break
        centroids, bounds = means, new_bounds
    used = centroids[np.diff(bounds) > 0]
    used[used == 0] = np.nextafter(0.0, 1.0)
    return used


def _means(
    ordered: FloatArray, prefix: FloatArray, bounds: IntArray, centroids: FloatArray
) -> FloatArray:
    """Move every centroid that has values to their mean.

    The mean is kept between the cluster's smallest and largest value, which the rounding of the
    sums could leave, so that centroids stay in ascending order.
    """
    origin = ordered[ordered.size // 2]
    sizes = np.diff(bounds)
    means = np.diff(prefix[bounds]) / np.maximum(sizes, 1) + origin
    last = ordered.size - 1
    smallest = ordered[np.minimum(bounds[:-1], last)]
    largest = ordered[np.maximum(bounds[1:] - 1, 0)]
    return np.where(sizes > 0, np.clip(means, smallest, largest), centroids)


def _cost(ordered: FloatArray, centroids: FloatArray, thresholds: FloatArray) -> float:
    """Sum the squared distances of sorted values from their centroids."""
    bounds = _bounds(ordered, thresholds)
    return sum(
        float(np.sum(np.square(ordered[start:end] - centroid)))
        for centroid, start, end in zip(centroids, bounds[:-1], bounds[1:], strict=True)
    )
