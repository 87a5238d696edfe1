"""Work that an input vector gives an array, counted from the encoded matrix alone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.eie.encoding import EncodedMatrix


@dataclass(frozen=True, eq=False, kw_only=True)
class Work:
    """Work of a layer for ``n`` input vectors; nothing in it depends on timing.

    Parameters
    ----------
    columns : ndarray of int64, shape (n,)
        Active columns: inputs that are not zero.
    entries : ndarray of int64, shape (n,)
        Entries of the active columns in all PEs, padding included.
    padding : ndarray of int64, shape (n,)
        Those of them that are padding.
    """

    columns: NDArray[np.int64]
    entries: NDArray[np.int64]
    padding: NDArray[np.int64]

    @property
    def macs(self) -> NDArray[np.int64]:
        """Useful multiplications: non-zero weights with non-zero inputs."""
        return self.entries - self.padding

    def limit(self, pe_count: int) -> NDArray[np.float64]:
        """Return the cycles that no array with as many multipliers can do with less than.

        One column a cycle is broadcast, and one product a cycle and PE is added.
        """
        return np.maximum(self.columns, self.macs / pe_count)


def work(matrix: EncodedMatrix, activations: NDArray[np.int64]) -> Work:
    """Count the work of a layer.

    Parameters
    ----------
    matrix : EncodedMatrix
        The layer's weights.
    activations : ndarray of int64, shape (n, inputs)
        Its input vectors; only which values are zero matters.

    Returns
    -------
    Work
    """
    active = (activations != 0).astype(np.int64)
    return Work(
        columns=active.sum(axis=1),
        entries=active @ _by_column(matrix, np.diff(matrix.pointers, axis=1)),
        padding=active @ _by_column(matrix, _padding(matrix)),
    )


def lane_cycles(
    matrix: EncodedMatrix, activations: NDArray[np.int64], lanes: int
) -> NDArray[np.int64]:
    """Count the cycles that the active columns take at least, all PEs together.

    Parameters
    ----------
    matrix : EncodedMatrix
        The layer's weights.
    activations : ndarray of int64, shape (n, inputs)
        Its input vectors.
    lanes : int
        Entries of a column that a PE adds in a cycle at most.

    Returns
    -------
    ndarray of int64, shape (n,)
    """
    real = np.diff(matrix.pointers, axis=1) - _padding(matrix)
    return (activations != 0).astype(np.int64) @ _by_column(matrix, -(-real // lanes))


def word_reads(
    matrix: EncodedMatrix, activations: NDArray[np.int64], word: int
) -> NDArray[np.int64]:
    """Count the words of the sparse-matrix SRAMs that the active columns lie in.

    Parameters
    ----------
    matrix : EncodedMatrix
        The layer's weights.
    activations : ndarray of int64, shape (n, inputs)
        Its input vectors.
    word : int
        Entries in a word.

    Returns
    -------
    ndarray of int64, shape (n,)
        Reads of all PEs; an empty column needs none.
    """
    start, end = matrix.pointers[:, :-1], matrix.pointers[:, 1:]
    words = np.where(end > start, (end - 1) // word - start // word + 1, 0)
    return (activations != 0).astype(np.int64) @ _by_column(matrix, words)


def _padding(matrix: EncodedMatrix) -> NDArray[np.int64]:
    """Count the padding of each column of each PE."""
    before = np.concatenate(([0], np.cumsum(matrix.codes == 0)))
    firsts = np.concatenate(([0], np.cumsum(matrix.pointers[:-1, -1])))
    return np.diff(before[matrix.pointers + firsts[:, np.newaxis]], axis=1)


def _by_column(matrix: EncodedMatrix, values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Add up values of every PE, block and column to one for each column."""
    return values.reshape(-1, matrix.shape[1]).sum(axis=0)
