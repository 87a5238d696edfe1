"""Activation read/write: activation SRAM and accumulators of a PE (EIE paper, section IV)."""

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import write_back


class ActRW:
    """Activations and accumulators of one PE, for ``n`` independent input vectors.

    The activation SRAM has two halves that change roles: one holds the inputs of a layer, the
    other takes its outputs.

    Parameters
    ----------
    halves : ndarray of int64, shape (2, rows, n)
        Storage of the activation SRAM: 16-bit activations.
    accumulators : ndarray of int64, shape (register_depth, n)
        Storage of the accumulators.
    """

    def __init__(self, halves: NDArray[np.int64], accumulators: NDArray[np.int64]) -> None:
        self._halves = halves
        self._source = 0
        self.accumulators = accumulators

    @property
    def source(self) -> NDArray[np.int64]:
        """Inputs of the layer, shape (rows, n)."""
        return self._halves[self._source]

    @property
    def destination(self) -> NDArray[np.int64]:
        """Outputs of the layer, shape (rows, n)."""
        return self._halves[1 - self._source]

    def load(self, activations: NDArray[np.int64]) -> None:
        """Write the inputs from row 0 on.

        Parameters
        ----------
        activations : ndarray of int64, shape (rows, n)
        """
        self.source[: activations.shape[0]] = activations

    def preload(self, bias: NDArray[np.int64]) -> None:
        """Start the accumulators of a pass from their biases.

        Parameters
        ----------
        bias : ndarray of int64, shape (rows,)
            At accumulator scale.
        """
        self.accumulators[: bias.size] = bias[:, np.newaxis]

    def write_back(self, row_base: int, rows: int, shift: int, relu: bool) -> NDArray[np.int64]:
        """Turn the accumulators of a pass into outputs.

        Parameters
        ----------
        row_base, rows : int
            First output row of the pass and number of its rows.
        shift : int
            Bits by which the accumulators are scaled down.
        relu : bool
            Whether negative results become 0.

        Returns
        -------
        ndarray of int64, shape (n,)
            Saturated rows of each input vector.
        """
        activations, saturated = write_back(self.accumulators[:rows], shift, relu)
        self.destination[row_base : row_base + rows] = activations
        return saturated.sum(axis=0, dtype=np.int64)

    def swap(self) -> None:
        """Let the outputs be the inputs of the next layer."""
        self._source = 1 - self._source
