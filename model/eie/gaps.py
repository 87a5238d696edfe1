"""A matrix as one run over its rows: what storage holds, whatever array it is encoded for.

The non-zeros stand row by row, and each has the number of zeros in front of it. Gaps are symbols
below `LONG`; the symbol `LONG` stands for as many zeros and no weight. That takes fewer bits than
the entries of the array, which count anew in every column of every PE.
"""

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.errors import InputError
from zskip.model.common.fixed import IntArray
from zskip.model.eie.config import Config
from zskip.model.eie.encoding import EncodedMatrix, encode_positions
from zskip.model.eie.entries import nonzero_positions

LONG = 63
"""Symbol of so many zeros without a weight behind them."""

Bytes = NDArray[np.uint8]


def to_gaps(matrix: EncodedMatrix) -> tuple[Bytes, Bytes]:
    """Return the codes of a matrix and the symbols of their gaps.

    Parameters
    ----------
    matrix : EncodedMatrix
        A matrix that passes its `check`.

    Returns
    -------
    codes : ndarray of uint8, shape (nonzeros,)
        Codebook indices, row by row.
    symbols : ndarray of uint8, shape (nonzeros + long gaps,)
        A symbol below `LONG` for each of them, and what stands in front of it.

    Examples
    --------
    >>> from zskip.model.eie.encoding import encode
    >>> codes = np.array([[1, 0], [0, 0], [0, 2], [3, 0]], dtype=np.uint8)
    >>> [part.tolist() for part in to_gaps(encode(codes, Config(pe_count=2)))]
    [[1, 2, 3], [0, 4, 0]]
    """
    columns, rows = nonzero_positions(matrix)
    places = rows * matrix.shape[1] + columns
    order = np.argsort(places)
    long, short = np.divmod(np.diff(places[order], prepend=-1) - 1, LONG)
    ends = np.cumsum(long + 1)
    symbols = np.full(int(ends[-1]) if ends.size else 0, LONG, dtype=np.uint8)
    symbols[ends - 1] = short
    return matrix.codes[matrix.codes != 0][order], symbols


def from_gaps(
    codes: Bytes, symbols: Bytes, shape: tuple[int, int], config: Config
) -> EncodedMatrix:
    """Encode the matrix that codes and gaps stand for.

    Parameters
    ----------
    codes, symbols : ndarray of uint8
        As `to_gaps` gives them.
    shape : tuple of int
        Rows and columns of the matrix.
    config : Config
        The array.

    Returns
    -------
    EncodedMatrix

    Raises
    ------
    InputError
        There is not one gap for each code, a code is 0, or a weight lies behind the matrix.
    """
    places = np.cumsum(symbols + (symbols != LONG), dtype=np.int64) - 1
    places: IntArray = places[symbols != LONG]
    if places.size != codes.size or np.any(symbols[-1:] == LONG):
        raise InputError(
            f"gaps must be those of {codes.size} weights and end in one, not of {places.size}"
        )
    if not codes.all():
        raise InputError("codes must not be 0: zeros have none")
    if places.size and places[-1] >= shape[0] * shape[1]:
        raise InputError(f"every weight must lie inside the matrix of {shape[0]} x {shape[1]}")
    rows, columns = np.divmod(places, shape[1])
    return encode_positions(rows, columns, codes, shape, config)
