"""Accumulators of a PE, which start from their biases (EIE paper, section IV)."""

import numpy as np
from numpy.typing import NDArray


class Accumulators:
    """Accumulators and biases of one PE, for ``n`` independent input vectors.

    Parameters
    ----------
    values : ndarray of int64, shape (register_depth, n)
        Storage of the accumulators.
    bias : ndarray of int64, shape (biases,)
        Storage of the biases, at accumulator scale.
    """

    def __init__(self, values: NDArray[np.int64], bias: NDArray[np.int64]) -> None:
        self.values = values
        self._bias = bias

    def start(self, bias_base: int, rows: NDArray[np.int64]) -> None:
        """Let accumulators start from their biases.

        Parameters
        ----------
        bias_base : int
            Address of the bias of row 0.
        rows : ndarray of int64
            Which of them.
        """
        self.values[rows] = self._bias[bias_base + rows, np.newaxis]
