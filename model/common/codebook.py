"""Weight sharing: one-dimensional k-means turns a weight matrix into a codebook and indices.

Index 0 belongs to the weight zero alone (``docs/design.md``), so that ``entries - 1`` centroids
are shared by the weights that are not zero.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.errors import InputError
from zskip.model.common.fixed import FloatArray
from zskip.model.common.kmeans import Samples, collect, lloyd, midpoints, squared_error
from zskip.model.common.kmeans_optimal import optimal_start
from zskip.model.common.kmeans_start import density_start, linear_start, random_start
from zskip.model.common.pruning import Weights, check_weights

METHODS = ("linear", "density", "random", "optimal")
"""How the centroids may be found; see `cluster`."""

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
    method : str
        How the centroids were found: the method asked for, one of `METHODS`, or ``"sampled"``
        where ``"optimal"`` was asked for and there were too many distinct values for it.
    """

    centroids: FloatArray
    codes: NDArray[np.uint8]
    cost: float
    exact: bool
    method: str

    def decode(self) -> FloatArray:
        """Compute the weights that the codes stand for.

        Returns
        -------
        ndarray of float64, shape (outputs, inputs)
            ``centroids[codes]``.
        """
        return self.centroids[self.codes]


def cluster(
    weights: Weights,
    entries: int = 16,
    *,
    method: str = "linear",
    seed: int = 0,
    max_iterations: int = MAX_ITERATIONS,
) -> Clustering:
    """Share the values of the non-zero weights by k-means.

    At most ``entries - 1`` distinct values are kept as they are. Otherwise ``entries - 1``
    centroids start as the method says:

    - ``"linear"``: equally spaced from the smallest to the largest weight, which keeps the few
      large weights apart;
    - ``"density"``: at the medians of equal shares of the sorted weights;
    - ``"random"``: at weights drawn by `seed`;
    - ``"optimal"``: at the means of the least possible cost. With more distinct values than
      `zskip.model.common.kmeans_optimal.MAX_WORK` allows, 1,118,481 for 16 entries, the least cost
      of intervals with that many possible ends is taken, and the result's method is ``"sampled"``.

    Lloyd iterations follow until nothing lowers the cost in float64, or `max_iterations` is
    reached (`zskip.model.common.kmeans.lloyd`): weights to the nearest centroid, centroids to the
    mean of their weights, and centroids left without weights to where they lower the cost most.

    Parameters
    ----------
    weights : ndarray of any floating-point dtype, shape (outputs, inputs)
        The matrix, zeros included.
    entries : int, optional
        Size of the codebook with the place of zero, 2 to 256.
    method : str, optional
        One of `METHODS`. All but ``"random"`` draw no random number.
    seed : int, optional
        Seed of ``"random"``, 0 or more.
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
    Deep Compression, section 3 (the first three methods). The values are sorted once; an iteration
    reads only sums at the cluster boundaries. Besides the codes the memory is a few float64 for
    each non-zero weight, and for ``"optimal"`` at most some hundred megabytes more.
    """
    _check_arguments(weights, entries, method, seed, max_iterations)
    nonzero = weights != 0
    values = weights[nonzero].astype(np.float64)
    samples = _collect(values)
    if samples is None or samples.values.size < entries:
        used = np.empty(0) if samples is None else samples.values
        thresholds, cost, exact = used[1:], 0.0, True
    else:
        start, method = _start(samples, entries - 1, method, seed)
        used = lloyd(samples, start, entries - 1, max_iterations)
        used[used == 0] = np.nextafter(0.0, 1.0)
        thresholds, cost, exact = midpoints(used), squared_error(samples, used), False
    codes = np.zeros(weights.shape, dtype=np.uint8)
    codes[nonzero] = np.searchsorted(thresholds, values, side="right") + 1
    centroids = np.zeros(entries)
    centroids[1 : used.size + 1] = used
    return Clustering(centroids=centroids, codes=codes, cost=cost, exact=exact, method=method)


def _check_arguments(
    weights: Weights, entries: int, method: str, seed: int, max_iterations: int
) -> None:
    """Check what `cluster` was given."""
    check_weights(weights)
    if not 2 <= entries <= MAX_ENTRIES:
        raise InputError(
            f"entries must be 2 to {MAX_ENTRIES}, not {entries}: choose 16 for 4-bit codes"
        )
    if method not in METHODS:
        raise InputError(
            f"method must be one of {', '.join(METHODS)}, not {method}: "
            "choose optimal for the least error"
        )
    if seed < 0:
        raise InputError(f"seed must be 0 or more, not {seed}: leave it out for 0")
    if max_iterations < 0:
        raise InputError(
            f"max_iterations must be 0 or more, not {max_iterations}: "
            f"leave it out for {MAX_ITERATIONS}"
        )


def _collect(values: FloatArray) -> Samples | None:
    """Sort the non-zero weights and check their range; None where there is none."""
    if values.size == 0:
        return None
    ordered = np.sort(values)
    if max(-ordered[0], ordered[-1]) >= MAX_MAGNITUDE:
        raise InputError(
            f"weights must be below 2**128 in magnitude, not {ordered[0]:.3g} to "
            f"{ordered[-1]:.3g}: scale them down"
        )
    return collect(ordered)


def _start(samples: Samples, clusters: int, method: str, seed: int) -> tuple[FloatArray, str]:
    """Find the starting centroids, and name the method that they come from."""
    match method:
        case "linear":
            return linear_start(samples, clusters), method
        case "density":
            return density_start(samples, clusters), method
        case "random":
            return random_start(samples, clusters, seed), method
    start, optimal = optimal_start(samples, clusters)
    return start, method if optimal else "sampled"
