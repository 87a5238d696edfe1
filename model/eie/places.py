"""Places of a layer's columns in the memories of the PEs.

Activation ``j`` stands in PE ``j mod N``, four of them to a word. Columns stand in the memories in
the order of the vector, or with `Config.broadcast_rounds` in that of the words: the first word of
PE 0, the first one of PE 1, and so on, then the second ones. What is broadcast one after the other
then stands side by side.
"""

from dataclasses import replace

import numpy as np

from zskip.model.common.fixed import IntArray
from zskip.model.common.order import word_places
from zskip.model.eie.config import Config
from zskip.model.eie.encoding import EncodedMatrix


def column_places(columns: int, config: Config) -> IntArray:
    """Return where each column of a layer stands; places in between hold empty columns.

    Parameters
    ----------
    columns : int
        Inputs of the layer.
    config : Config
        The array.

    Returns
    -------
    ndarray of int64, shape (columns,)
    """
    return word_places(columns, config.pe_count) if config.in_rounds else np.arange(columns)


def place_count(columns: int, config: Config) -> int:
    """Return the places that the columns of a layer take, those in between included."""
    return int(column_places(columns, config).max()) + 1


def pages_behind(start: IntArray | int, before: IntArray | int, config: Config) -> IntArray | int:
    """Return how many pages a place in the sparse matrix is behind another one.

    Parameters
    ----------
    start, before : int or ndarray of int64
        First entries of columns, counted from the beginning of the memory.
    config : Config
        Gives the size of a page, and of the memory, around whose end pages go on.

    Returns
    -------
    int or ndarray of int64
    """
    pages = 1 << config.start_bits - config.page_bits
    return ((start >> config.page_bits) - (before >> config.page_bits)) % pages


def placed(matrix: EncodedMatrix, config: Config) -> EncodedMatrix:
    """Return a matrix with its columns at their places.

    Parameters
    ----------
    matrix : EncodedMatrix
        Columns in the order of the vector.
    config : Config
        The array that it is encoded for.

    Returns
    -------
    EncodedMatrix
        With `place_count` columns.
    """
    if not config.in_rounds:
        return matrix
    columns, count = matrix.shape[1], place_count(matrix.shape[1], config)
    counts = np.zeros((matrix.pe_count, matrix.blocks, count), dtype=np.int64)
    given = np.diff(matrix.pointers, axis=1).reshape(matrix.pe_count, matrix.blocks, columns)
    counts[:, :, column_places(columns, config)] = given
    pointers = np.zeros((matrix.pe_count, matrix.blocks * count + 1), dtype=np.int64)
    np.cumsum(counts.reshape(matrix.pe_count, -1), axis=1, out=pointers[:, 1:])
    # Entries of the slices of PE, block and column, in the order of the places.
    firsts = np.zeros_like(counts)
    ends = np.cumsum(given.ravel()).reshape(given.shape)
    firsts[:, :, column_places(columns, config)] = ends - given
    lengths = counts.ravel()
    ahead = np.cumsum(lengths) - lengths
    entries = np.arange(lengths.sum()) + np.repeat(firsts.ravel() - ahead, lengths)
    return replace(
        matrix,
        shape=(matrix.shape[0], count),
        codes=matrix.codes[entries],
        runs=matrix.runs[entries],
        pointers=pointers,
    )
