"""Activation read/write: the activation SRAM of a PE (EIE paper, section IV)."""

import numpy as np
from numpy.typing import NDArray


class ActRW:
    """Activations of one PE, for ``n`` independent input vectors.

    The activation SRAM has two halves that change roles: one holds the inputs of a layer, the
    other takes its outputs.

    Parameters
    ----------
    halves : ndarray of int64, shape (2, rows, n)
        Storage of the activation SRAM: 16-bit activations.
    """

    def __init__(self, halves: NDArray[np.int64]) -> None:
        self._halves = halves
        self._source = 0

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

    def write(self, rows: NDArray[np.int64], activations: NDArray[np.int64]) -> None:
        """Write outputs of the layer.

        Parameters
        ----------
        rows : ndarray of int64, shape (rows,)
            Where they go.
        activations : ndarray of int64, shape (rows, n)
            16-bit activations.
        """
        self.destination[rows] = activations

    def swap(self) -> None:
        """Let the outputs be the inputs of the next layer."""
        self._source = 1 - self._source
