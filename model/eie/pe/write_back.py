"""Write-back: accumulators of a pass become output rows (EIE paper, section IV)."""

import numpy as np
from numpy.typing import NDArray

from zskip.model.common import fixed


class WriteBack:
    """The write-back of a PE, for one pass.

    Parameters
    ----------
    row_base : int
        Output row of the pass's first accumulator.
    shift : int
        Bits by which the accumulators are scaled down.
    relu : bool
        Whether negative results become 0.
    """

    def __init__(self, row_base: int, shift: int, relu: bool) -> None:
        self._row_base = row_base
        self._shift = shift
        self._relu = relu

    def outputs(
        self, rows: NDArray[np.int64], accumulators: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """Return output rows, their activations, and which of these were saturated.

        Parameters
        ----------
        rows : ndarray of int64, shape (rows,)
            Rows of the pass.
        accumulators : ndarray of int64, shape (rows, ...)
            Their accumulators.

        Returns
        -------
        rows : ndarray of int64, shape (rows,)
        activations : ndarray of int64, shape (rows, ...)
        saturated : ndarray of bool, shape (rows, ...)
        """
        return self._row_base + rows, *fixed.write_back(accumulators, self._shift, self._relu)
