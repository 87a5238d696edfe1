"""Activation read/write: source and destination files of a PE (EIE paper, section IV)."""

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import write_back


class ActRW:
    """Source and destination register files of one PE, for ``n`` independent input vectors.

    Parameters
    ----------
    source : ndarray of int64, shape (register_depth, n)
        Storage of the source file: 16-bit activations.
    accumulators : ndarray of int64, shape (register_depth, n)
        Storage of the destination file.
    """

    def __init__(self, source: NDArray[np.int64], accumulators: NDArray[np.int64]) -> None:
        self.source = source
        self.accumulators = accumulators

    def load(self, activations: NDArray[np.int64]) -> None:
        """Fill the source file from row 0; the other rows become 0.

        Parameters
        ----------
        activations : ndarray of int64, shape (rows, n)
        """
        self.source[:] = 0
        self.source[: activations.shape[0]] = activations

    def preload(self, bias: NDArray[np.int64]) -> None:
        """Start the accumulators of a pass from their biases.

        Parameters
        ----------
        bias : ndarray of int64, shape (rows,)
            At accumulator scale.
        """
        self.accumulators[: bias.size] = bias[:, np.newaxis]

    def write_back(self, rows: int, shift: int, relu: bool) -> NDArray[np.int64]:
        """Turn the accumulators into activations and swap the files.

        Parameters
        ----------
        rows : int
            Rows of the pass.
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
        self.load(activations)
        return saturated.sum(axis=0, dtype=np.int64)
