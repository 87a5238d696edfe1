"""Local leading-non-zero detection: the first of some flags that is set."""

import numpy as np
from numpy.typing import NDArray


def local_lnzd(flags: NDArray[np.bool_]) -> int | None:
    """Return the lowest position whose flag is set, None where none is.

    Parameters
    ----------
    flags : ndarray of bool, shape (depth,)
        Whether each item counts.

    Returns
    -------
    int or None
    """
    positions = np.flatnonzero(flags)
    return int(positions[0]) if positions.size else None
