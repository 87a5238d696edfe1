"""Huffman coding of the arrays of a compressed network file.

A coded layer has, in place of its entries and counts, four streams or, where a column has more
than 255 entries, five: the codebook indices (``codes``), the relative row indices (``runs``), and
the column lengths byte by byte, the lowest first (``columns0``, ``columns1``).
`zskip.files.coded_stream` says how each is stored.
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from zskip.files.coded_stream import Stream, coded
from zskip.files.layer_format import LayerManifest
from zskip.model.common.errors import InputError
from zskip.model.eie.config import Config
from zskip.model.eie.encoding import EncodedMatrix

COLUMNS = ("columns0", "columns1")
"""Streams of the bytes of the column lengths; no array has more rows than two bytes count."""


def blocks(layer: LayerManifest, config: Config) -> int:
    """Return the blocks of rows of a layer's matrix."""
    return -(-layer.outputs // (config.pe_count * layer.own["block_rows"]))


def streams(layer: LayerManifest, config: Config, *, long_columns: bool) -> Iterator[Stream]:
    """Return the streams of a layer.

    Parameters
    ----------
    layer : LayerManifest
        Size of the layer.
    config : Config
        Its array.
    long_columns : bool
        Whether a column has more than 255 entries.

    Yields
    ------
    Stream
    """
    columns = config.pe_count * blocks(layer, config) * layer.inputs
    rows = min(layer.own["block_rows"], -(-layer.outputs // config.pe_count))
    yield Stream(name="codes", count=layer.own["entries"], symbols=config.codebook_size)
    yield Stream(name="runs", count=layer.own["entries"], symbols=config.max_run + 1)
    yield Stream(name=COLUMNS[0], count=columns, symbols=min(rows, 255) + 1)
    if long_columns:
        yield Stream(name=COLUMNS[1], count=columns, symbols=(rows >> 8) + 1)


def code(matrix: EncodedMatrix) -> dict[str, NDArray[np.uint8]]:
    """Code the entries and column lengths of a layer.

    Parameters
    ----------
    matrix : EncodedMatrix
        A matrix that passes its `check`.

    Returns
    -------
    dict of str to ndarray of uint8
        The arrays by name.
    """
    counts = np.diff(matrix.pointers, axis=1)
    symbols = {"codes": matrix.codes, "runs": matrix.runs, COLUMNS[0]: _byte(counts, 0)}
    if int(counts.max()) > 255:
        symbols[COLUMNS[1]] = _byte(counts, 1)
    return coded(symbols)


def decode(
    given: Mapping[str, Stream], read: Callable[[str], NDArray[np.generic]]
) -> dict[str, NDArray[np.uint8]]:
    """Decode the streams of a layer.

    Parameters
    ----------
    given : mapping of str to Stream
        By name; the shapes of their arrays are checked already.
    read : callable
        Reads the array of a name.

    Returns
    -------
    dict of str to ndarray of uint8, shape (count,)
        Symbols of every stream.

    Raises
    ------
    InputError
        A stream is damaged.
    """
    decoded = {name: stream.decode(read) for name, stream in given.items()}
    if COLUMNS[1] in given and not decoded[COLUMNS[1]].any():
        raise InputError(
            f"{COLUMNS[1]} must be left out where no column has more than 255 entries: "
            "compress the network again"
        )
    return decoded


def column_counts(decoded: Mapping[str, NDArray[np.uint8]]) -> NDArray[np.int64]:
    """Put the bytes of the column lengths together.

    Parameters
    ----------
    decoded : mapping of str to ndarray of uint8
        What `decode` gave.

    Returns
    -------
    ndarray of int64, shape (columns,)
    """
    counts = decoded[COLUMNS[0]].astype(np.int64)
    if COLUMNS[1] in decoded:
        counts += decoded[COLUMNS[1]].astype(np.int64) << 8
    return counts


def _byte(counts: NDArray[np.int64], place: int) -> NDArray[np.uint8]:
    """Return one byte of every column length."""
    return (counts.ravel() >> 8 * place & 255).astype(np.uint8)
