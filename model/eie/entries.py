"""Entries that the PEs of an array would hold, counted without encoding them."""

import numpy as np

from zskip.model.common.fixed import IntArray
from zskip.model.eie.config import Config
from zskip.model.eie.encoding import EncodedMatrix, block_rows


def nonzero_positions(matrix: EncodedMatrix) -> tuple[IntArray, IntArray]:
    """Return column and row of every entry that is not padding.

    Parameters
    ----------
    matrix : EncodedMatrix
        The matrix, encoded for any number of PEs.

    Returns
    -------
    columns, rows : ndarray of int64, shape (nonzeros,)
        Rows of the whole matrix.
    """
    pes, columns, rows = matrix.entry_positions()
    real = matrix.codes != 0
    return columns[real], rows[real] * matrix.pe_count + pes[real]


def count_entries(columns: IntArray, rows: IntArray, height: int, config: Config) -> IntArray:
    """Count the entries of each PE for non-zeros at some places.

    Parameters
    ----------
    columns, rows : ndarray of int64, shape (nonzeros,)
        Where the non-zeros are, each place once.
    height : int
        Rows of the matrix.
    config : Config
        The array.

    Returns
    -------
    ndarray of int64, shape (pe_count,)
        Padding included: the last pointers that `zskip.model.eie.encoding.encode` gives.
    """
    depth = block_rows(height, config)
    local, pes = np.divmod(rows, config.pe_count)
    # Blocks of a PE stand side by side; a column in a block is a slice of its own.
    slices = (pes * -(-height // (depth * config.pe_count)) + local // depth) * (
        int(columns.max(initial=0)) + 1
    ) + columns
    places = slices * depth + local % depth
    places.sort()
    slices, local = np.divmod(places, depth)
    gaps = local.copy()
    same = slices[1:] == slices[:-1]
    gaps[1:][same] -= local[:-1][same] + 1
    owners = np.bincount(pes, minlength=config.pe_count)
    wide = np.flatnonzero(gaps >> config.run_bits)
    padding = np.bincount(
        np.searchsorted(np.cumsum(owners), wide, side="right"),
        weights=gaps[wide] >> config.run_bits,
        minlength=config.pe_count,
    )
    return owners + padding.astype(np.int64)
