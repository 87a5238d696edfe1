"""N:M weights: values and their positions, in as many beats as the fullest group needs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.errors import InputError
from zskip.model.common.fixed import IntArray
from zskip.model.common.network import row_blocks


@dataclass(frozen=True, eq=False, kw_only=True)
class EncodedMatrix:
    """A matrix cut along its inputs into groups of `m`, of which each beat holds `n` weights.

    Row ``i`` of the matrix is ``decode(matrix)[i]`` with::

        row[g * m + positions[i, g, b, j]] += values[i, g, b, j]    for all g, b, j

    Inputs are filled up with zeros to whole groups. Within a beat positions ascend, so that none is
    there twice, and a column has a weight that is not zero in one beat at most. `encode` hands the
    weights of a group to its beats in ascending order, and fills a beat up with weights of 0 at the
    lowest positions that it does not use.

    Parameters
    ----------
    shape : tuple of int
        Rows (outputs) and columns (inputs), each at least 1.
    m : int
        Columns of a group, at most 16.
    values : ndarray of any integer dtype, shape (outputs, groups, beats, n)
        Weights, or codebook indices.
    positions : ndarray of uint8, shape (outputs, groups, beats, n)
        Column of each inside its group, 0 to ``m - 1``.

    Examples
    --------
    >>> matrix = encode(np.array([[0, 5, 0, 7, 0, 0, 9, 0]]), 2, 4)
    >>> matrix.values[0, :, 0].tolist(), matrix.positions[0, :, 0].tolist()
    ([[5, 7], [0, 9]], [[1, 3], [0, 2]])
    """

    shape: tuple[int, int]
    m: int
    values: NDArray[np.integer]
    positions: NDArray[np.uint8]

    @property
    def groups(self) -> int:
        """Groups of a row."""
        return -(-self.shape[1] // self.m)

    @property
    def beats(self) -> int:
        """Beats that each group takes."""
        return self.values.shape[2]

    @property
    def n(self) -> int:
        """Weights of a group in a beat."""
        return self.values.shape[3]

    def check(self) -> None:
        """Check shapes, positions and padding.

        Raises
        ------
        InputError
            Names the first invariant that does not hold, and the group where it does not.
        """
        expected = (self.shape[0], self.groups)
        if self.values.shape != self.positions.shape or self.values.shape[:2] != expected:
            raise InputError(
                f"values and positions must have shape {(*expected, 'beats', 'n')}, not "
                f"{self.values.shape} and {self.positions.shape}: compress the network again"
            )
        if not 1 <= self.beats <= -(-self.m // self.n):
            raise InputError(
                f"a group must take 1 to {-(-self.m // self.n)} beats of {self.n} of its {self.m} "
                f"weights, not {self.beats}: compress the network again"
            )
        for rows in row_blocks((self.shape[0], self.groups * self.beats * self.n)):
            self._check_rows(rows)

    def _check_rows(self, rows: slice) -> None:
        """Check some rows."""
        values, positions = self.values[rows], self.positions[rows]
        illegal = (positions >= self.m).any(-1) | (positions[..., 1:] <= positions[..., :-1]).any(
            -1
        )
        if illegal.any():
            row, group, beat = (int(i) for i in np.argwhere(illegal)[0])
            raise InputError(
                f"the positions of a group must ascend below {self.m}, not "
                f"{positions[row, group, beat].tolist()} in row {rows.start + row}, group {group}: "
                "the file is damaged; compress the network again"
            )
        occupied = (values != 0).astype(np.uint8)
        used = _scattered(positions, occupied, self.m).sum(2, np.uint8)
        last = self.groups * self.m - self.shape[1]
        wrong = (used > 1).any(-1)
        if last:
            wrong[:, -1] |= used[:, -1, self.m - last :].any(-1)
        if wrong.any():
            row, group = (int(i) for i in np.argwhere(wrong)[0])
            raise InputError(
                f"a weight must have a column of its own among the {self.shape[1]} inputs, but two "
                f"share one or there is none in row {rows.start + row}, group {group}: the file is "
                "damaged; compress the network again"
            )


def beats_needed(nonzero: NDArray[np.bool_], n: int, m: int) -> int:
    """Return the beats that the fullest group of a matrix takes.

    Parameters
    ----------
    nonzero : ndarray of bool, shape (outputs, inputs)
        Which weights are not zero.
    n, m : int
        Weights of a group in a beat, and weights of a group.

    Returns
    -------
    int
        From 1 to ``ceil(m / n)``.
    """
    starts = np.arange(0, nonzero.shape[1], m)
    fullest = int(np.add.reduceat(nonzero, starts, axis=1, dtype=np.uint8).max(initial=0))
    return max(1, -(-fullest // n))


def encode(
    weights: NDArray[np.integer], n: int, m: int, *, beats: int | None = None
) -> EncodedMatrix:
    """Encode a matrix.

    Parameters
    ----------
    weights : ndarray of any integer dtype, shape (outputs, inputs)
        Weights, or codebook indices with 0 for a zero weight.
    n, m : int
        Weights of a group in a beat, and weights of a group, ``1 <= n <= m <= 16``.
    beats : int, optional
        Beats of each group; without it as many as the fullest one needs.

    Returns
    -------
    EncodedMatrix
        It passes its `check`.

    Raises
    ------
    InputError
        A group has more weights than the beats hold.
    """
    needed = beats_needed(weights != 0, n, m)
    if beats is not None and needed > beats:
        _refuse(weights, n * beats, m)
    shape = (weights.shape[0], -(-weights.shape[1] // m), beats or needed, n)
    values = np.zeros(shape, dtype=weights.dtype)
    positions = np.zeros(shape, dtype=np.uint8)
    for rows in row_blocks((shape[0], shape[1] * shape[2] * m)):
        values[rows], positions[rows] = _encode_rows(weights[rows], n, m, shape[2])
    return EncodedMatrix(
        shape=(weights.shape[0], weights.shape[1]), m=m, values=values, positions=positions
    )


def decode(matrix: EncodedMatrix, rows: slice = slice(None)) -> IntArray:
    """Return the weights of an encoded matrix.

    Parameters
    ----------
    matrix : EncodedMatrix
        A matrix that passes its `check`.
    rows : slice, optional
        Rows that are wanted; without it all.

    Returns
    -------
    ndarray of int64, shape (rows, inputs)
    """
    values = matrix.values[rows].astype(np.int64)
    dense = _scattered(matrix.positions[rows], values, matrix.m).sum(axis=2)
    return dense.reshape(len(values), -1)[:, : matrix.shape[1]]


def column_counts(matrix: EncodedMatrix) -> IntArray:
    """Return how many weights of each column are not zero, shape (inputs,)."""
    counts = np.zeros((matrix.groups, matrix.m), dtype=np.int64)
    for rows in row_blocks((matrix.shape[0], matrix.groups * matrix.beats * matrix.m)):
        occupied = (matrix.values[rows] != 0).astype(np.uint8)
        counts += _scattered(matrix.positions[rows], occupied, matrix.m).sum((0, 2), np.int64)
    return counts.ravel()[: matrix.shape[1]]


def _scattered(
    positions: NDArray[np.uint8], values: NDArray[np.integer], m: int
) -> NDArray[np.integer]:
    """Put the values of each beat at their positions, shape (rows, groups, beats, m)."""
    dense = np.zeros((*values.shape[:3], m), dtype=values.dtype)
    columns = np.arange(m, dtype=np.uint8)
    for slot in range(values.shape[3]):
        dense += values[..., slot, None] * (positions[..., slot, None] == columns)
    return dense


def _encode_rows(
    weights: NDArray[np.integer], n: int, m: int, beats: int
) -> tuple[NDArray[np.integer], NDArray[np.uint8]]:
    """Return values and positions of some rows."""
    padded = np.pad(weights, ((0, 0), (0, -weights.shape[1] % m))).reshape(len(weights), -1, m)
    nonzero = padded != 0
    rank = np.cumsum(nonzero, axis=-1, dtype=np.int8) - 1
    chosen = nonzero[:, :, None] & (rank[:, :, None] // n == np.arange(beats)[:, None])
    # Those of the beat come first, the lowest others behind them.
    columns = np.arange(m, dtype=np.uint8)
    order = np.sort(np.where(chosen, columns, columns + np.uint8(m)), axis=-1)[..., :n] % np.uint8(
        m
    )
    order.sort(axis=-1)
    values = np.take_along_axis(np.where(chosen, padded[:, :, None], 0), order.astype(np.intp), -1)
    return values, order


def _refuse(weights: NDArray[np.integer], limit: int, m: int) -> None:
    """Name the first group that is too full."""
    for row, values in enumerate(weights):
        counts = np.add.reduceat(values != 0, np.arange(0, values.size, m), dtype=np.int64)
        full = np.flatnonzero(counts > limit)
        if full.size:
            raise InputError(
                f"a group of {m} weights must have at most {limit} that are not zero, not "
                f"{counts[full[0]]} in row {row}, group {full[0]}: prune the network to "
                f"{limit}:{m} first"
            )
