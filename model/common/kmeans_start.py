"""Where Lloyd's iterations start: the three ways of Deep Compression, section 3."""

import numpy as np

from zskip.model.common.fixed import FloatArray
from zskip.model.common.kmeans import Samples


def linear_start(samples: Samples, clusters: int) -> FloatArray:
    """Space centroids equally from the smallest to the largest value.

    Parameters
    ----------
    samples : Samples
        The numbers to be clustered.
    clusters : int
        Number of centroids, at least 1.

    Returns
    -------
    ndarray of float64, shape (at most clusters,)
        Starting centroids, ascending.
    """
    return np.unique(np.linspace(samples.values[0], samples.values[-1], clusters))


def density_start(samples: Samples, clusters: int) -> FloatArray:
    """Put each centroid at the median of an equal share of the samples.

    Parameters
    ----------
    samples : Samples
        The numbers to be clustered.
    clusters : int
        Number of centroids, at least 1.

    Returns
    -------
    ndarray of float64, shape (at most clusters,)
        Starting centroids, ascending; fewer where one value has the shares of several.
    """
    ranks = (2 * np.arange(clusters) + 1) * samples.counts[-1] // (2 * clusters)
    return np.unique(samples.values[np.searchsorted(samples.counts, ranks, side="right") - 1])


def random_start(samples: Samples, clusters: int, seed: int) -> FloatArray:
    """Draw the centroids from the samples, without putting one back (Forgy).

    Parameters
    ----------
    samples : Samples
        At least `clusters` numbers.
    clusters : int
        Number of centroids, at least 1.
    seed : int
        Seed of the random numbers, 0 or more.

    Returns
    -------
    ndarray of float64, shape (at most clusters,)
        Starting centroids, ascending; fewer where samples of the same value were drawn.
    """
    drawn = np.random.default_rng(seed).choice(samples.counts[-1], clusters, replace=False)
    return np.unique(samples.values[np.searchsorted(samples.counts, drawn, side="right") - 1])
