"""Pipeline of a processing element: the work that the columns of a pass mean for one PE."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zskip.model.eie.config import Config
from zskip.model.eie.passes import Pass
from zskip.model.eie.pe.arithmetic import Arithmetic
from zskip.model.eie.pe.grouped_pointer_read import GroupedPointerRead
from zskip.model.eie.pe.pointer_read import PointerRead
from zskip.model.eie.pe.sparse_matrix_read import SparseMatrixRead
from zskip.model.eie.places import column_places
from zskip.model.eie.tiles import Tile


class Columns(NamedTuple):
    """The work that the columns of a pass mean for one PE.

    Parameters
    ----------
    start, end : ndarray of int64, shape (columns,)
        First entry of each column and the one past its last, padding included.
    padding : ndarray of int64, shape (columns,)
        Padding entries of each column.
    column, row, weight : ndarray of int64, shape (non-zeros,)
        Column, local row and weight of every entry that is not padding.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    padding: NDArray[np.int64]
    column: NDArray[np.int64]
    row: NDArray[np.int64]
    weight: NDArray[np.int64]

    @property
    def counts(self) -> NDArray[np.int64]:
        """Entries of each column, shape (columns,)."""
        return self.end - self.start


class Pipeline:
    """Pointer read, sparse matrix read and decoding of one PE.

    Parameters
    ----------
    config : Config
        The array.
    tile : Tile
        Contents of the memories.
    pe : int
        PE number.
    """

    def __init__(self, config: Config, tile: Tile, pe: int) -> None:
        self.config = config
        pointer_read = GroupedPointerRead if config.grouped_pointers else PointerRead
        self.pointer_read = pointer_read(tile.pointers[pe])
        self.sparse_matrix_read = SparseMatrixRead(config, tile.spmat[pe])

    def columns(self, entry: Pass, inputs: int) -> Columns:
        """Read and decode every column of a pass.

        Parameters
        ----------
        entry : Pass
            The pass.
        inputs : int
            Columns.

        Returns
        -------
        Columns
        """
        places = column_places(inputs, self.config)
        start, end = self.pointer_read.read(entry.pointer_base, places, entry.group_bits)
        column, codes, runs, gaps = self.sparse_matrix_read.read(start, end)
        unpacked = np.bincount(column, minlength=inputs)
        weights, rows = Arithmetic(self.config, entry.codebook).decode(codes, runs, unpacked, gaps)
        real = codes != 0
        return Columns(
            start=start,
            end=end,
            padding=end - start - np.bincount(column[real], minlength=inputs),
            column=column[real],
            row=rows[real],
            weight=weights[real],
        )
