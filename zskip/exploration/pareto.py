"""The Pareto front: points that no other point is better than."""

from collections.abc import Sequence

import numpy as np


def pareto_front(points: Sequence[Sequence[float]]) -> list[bool]:
    """Tell which points are on the front.

    Parameters
    ----------
    points : sequence of sequence of float
        Figures of each point, all of which should be small.

    Returns
    -------
    list of bool
        Whether no other point is at least as good in every figure and better in one. Of equal
        points all are on the front.

    Examples
    --------
    >>> pareto_front([(1, 5), (2, 2), (3, 3), (5, 1)])
    [True, True, False, True]
    """
    values = np.asarray(points, dtype=np.float64)
    if not len(values):
        return []
    return [
        not bool(np.any(np.all(values <= one, axis=1) & np.any(values < one, axis=1)))
        for one in values
    ]
