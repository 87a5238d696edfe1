"""Huffman coded symbols in a compressed network file: two arrays for each stream of symbols.

A stream is stored as ``<stream>.lengths``, the length of every symbol's code, and
``<stream>.packed``, the codes (`zskip.model.common.huffman`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.files.layer_format import Read
from zskip.model.common import huffman
from zskip.model.common.errors import InputError
from zskip.model.common.huffman_stream import MAX_LENGTH

LENGTHS = "lengths"
PACKED = "packed"


@dataclass(frozen=True, kw_only=True)
class Stream:
    """Size of a stream, known before it is read.

    Parameters
    ----------
    name : str
        Its name.
    count : int
        Number of its symbols.
    symbols : int
        Its symbols are below this number.
    """

    name: str
    count: int
    symbols: int

    def arrays(self) -> tuple[str, str]:
        """Return the names of its arrays: code lengths and packed codes."""
        return f"{self.name}.{LENGTHS}", f"{self.name}.{PACKED}"

    def check(self, lengths: tuple[int, ...], packed: tuple[int, ...]) -> None:
        """Check the shapes of its arrays, before they are read.

        Raises
        ------
        InputError
            They are not one-dimensional, or their sizes are not possible.
        """
        least, most = -(-self.count // 8), -(-self.count * MAX_LENGTH // 8)
        if len(lengths) != 1 or lengths[0] > self.symbols:
            raise InputError(
                f"{self.name}.{LENGTHS} must have at most {self.symbols} values, not shape "
                f"{lengths}: compress the network again"
            )
        if len(packed) != 1 or not least <= packed[0] <= most:
            raise InputError(
                f"{self.name}.{PACKED} must have {least} to {most} bytes for {self.count} symbols, "
                f"not shape {packed}: compress the network again"
            )

    def decode(self, read: Read) -> NDArray[np.uint8]:
        """Read and decode its symbols, after `check`.

        Raises
        ------
        InputError
            The stream is damaged.
        """
        lengths, packed = (read(array).astype(np.uint8, copy=False) for array in self.arrays())
        try:
            symbols = huffman.decode(lengths, packed, self.count)
        except InputError as error:
            raise InputError(f"{self.name}: {error}") from None
        if lengths.size and not lengths[-1]:
            raise InputError(
                f"{self.name}.{LENGTHS} must end in the length of the largest symbol, not in 0: "
                "compress the network again"
            )
        return symbols


def coded(streams: dict[str, NDArray[np.uint8]]) -> dict[str, NDArray[np.uint8]]:
    """Code symbols; return the arrays of all streams by name.

    Parameters
    ----------
    streams : dict of str to ndarray of uint8
        Symbols by the name of their stream.

    Returns
    -------
    dict of str to ndarray of uint8
    """
    arrays = {}
    for name, symbols in streams.items():
        arrays[f"{name}.{LENGTHS}"], arrays[f"{name}.{PACKED}"] = huffman.encode(symbols)
    return arrays
