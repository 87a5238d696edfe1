"""Shared weights of layers that take the difference of two copies of their inputs.

Behind a ReLU with an upper bound, which is the difference of two ReLUs, a layer has each weight
twice, with both signs. The copies may be far larger than their difference, so what is shared must
have both signs as well, or the rest of the sum is lost in what does not cancel.
"""

import numpy as np

from zskip.model.common.codebook import Clustering, cluster
from zskip.model.common.pruning import Weights


def is_mirrored(weights: Weights) -> bool:
    """Tell whether the second half of the columns is the negative of the first.

    Parameters
    ----------
    weights : ndarray of any floating-point dtype, shape (outputs, inputs)
        A matrix, not all zero to be one.
    """
    half, rest = divmod(weights.shape[1], 2)
    return (
        not rest and bool(weights.any()) and np.array_equal(weights[:, :half], -weights[:, half:])
    )


def cluster_mirrored(weights: Weights, entries: int, *, method: str) -> Clustering:
    """Share the magnitudes of the weights, so that each shared value is there with both signs.

    Parameters
    ----------
    weights : ndarray of any floating-point dtype, shape (outputs, inputs)
        The matrix, zeros included.
    entries : int
        Size of the codebook with the place of zero, 3 to 256; with an even one, one stays unused.
    method : str
        One of `zskip.model.common.codebook.METHODS`.

    Returns
    -------
    Clustering
        As `zskip.model.common.codebook.cluster` gives it for the magnitudes, centroids ascending;
        values that are few enough are kept as they are.

    Raises
    ------
    InputError
        What `zskip.model.common.codebook.cluster` refuses.
    """
    count = (entries - 1) // 2
    plain = cluster(weights, entries, method=method)
    if plain.exact or not count:
        return plain
    half = cluster(np.abs(weights), count + 1, method=method)
    used = half.centroids[half.centroids != 0]
    centroids = np.zeros(entries)
    centroids[1 : 2 * used.size + 1] = [*-used[::-1], *used]
    place = half.codes.astype(np.int64)
    signed = np.where(weights < 0, used.size + 1 - place, used.size + place)
    return Clustering(
        centroids=centroids,
        codes=np.where(place == 0, 0, signed).astype(np.uint8),
        cost=half.cost,
        exact=half.exact,
        method=half.method,
    )
