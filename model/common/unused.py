"""Unused parts of a network: inputs that no weight reads, outputs that no layer reads."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import IntArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Used:
    """Used parts of a layer.

    Parameters
    ----------
    rows, columns : ndarray of int64
        Outputs and inputs of the source, ascending, at least one of each.
    """

    rows: IntArray
    columns: IntArray


def used(codes: Sequence[NDArray[np.integer]]) -> list[Used]:
    """Tell what is used, going from the outputs of the network back to its inputs.

    The last layer keeps all outputs. A layer keeps the inputs that have a weight in an output that
    it keeps, and the layer in front keeps those as outputs.

    Parameters
    ----------
    codes : sequence of ndarray of any integer dtype, each of shape (outputs, inputs)
        Codebook indices of every layer, 0 for a zero weight.

    Returns
    -------
    list of Used
        One for each layer.
    """
    rows = np.arange(codes[-1].shape[0])
    backward = []
    for matrix in reversed(codes):
        columns = np.flatnonzero(matrix[rows].any(axis=0))
        if not columns.size:
            # No memory, stream or loop of the array is made for nothing at all.
            columns = np.zeros(1, dtype=np.int64)
        backward.append(Used(rows=rows, columns=columns))
        rows = columns
    return backward[::-1]
