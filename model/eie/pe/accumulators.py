"""Accumulators of a PE, which start from their biases (EIE paper, section IV)."""

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import add_wrap
from zskip.model.eie.config import Config


class Accumulators:
    """Accumulators and biases of one PE, for ``n`` independent input vectors.

    They start from their biases; where there are several lanes they start from 0, and the biases
    are added behind all products.

    Parameters
    ----------
    values : ndarray of int64, shape (register_depth, n)
        Storage of the accumulators.
    bias : ndarray of int64, shape (biases,)
        Storage of the biases, at accumulator scale.
    config : Config
        Gives lanes and widths.
    """

    def __init__(self, values: NDArray[np.int64], bias: NDArray[np.int64], config: Config) -> None:
        self.values = values
        self._bias = bias
        self._config = config

    def start(self, bias_base: int, rows: NDArray[np.int64]) -> None:
        """Let accumulators start.

        Parameters
        ----------
        bias_base : int
            Address of the bias of row 0.
        rows : ndarray of int64
            Which of them.
        """
        self.values[rows] = 0
        if self._config.lanes == 1:
            self.values[rows] = self._bias[bias_base + rows, np.newaxis]

    def finish(self, bias_base: int, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Add the biases that accumulators did not start from.

        Parameters
        ----------
        bias_base : int
            Address of the bias of row 0.
        rows : ndarray of int64
            To which of them.

        Returns
        -------
        ndarray of int64, shape (n,)
            How many of these additions left the accumulator's range, for each input vector.
        """
        if self._config.lanes == 1:
            return np.zeros(self.values.shape[1], dtype=np.int64)
        bias = self._bias[bias_base + rows, np.newaxis]
        total, overflow = add_wrap(self.values[rows], bias, self._config.acc_bits)
        self.values[rows] = total
        return overflow.sum(axis=0, dtype=np.int64)
