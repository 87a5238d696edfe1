"""Arrays of a Huffman coded network file: all of them in one member, one behind the other.

Each array of an ``.npz`` takes some 300 bytes for its names, sizes and checksum, more than most
arrays of a small network. Here the manifest lists them, as ``arrays``: the name of each, its type
and its shape, in the order in which they stand in the member `DATA`.
"""

import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.files.archive import Archive
from zskip.files.npy import ArrayHeader, check_size
from zskip.model.common.errors import InputError

DATA = "arrays.bin"
"""Member with the bytes of all arrays, little endian, the last axis fastest."""

ARRAYS = "arrays"
"""Key of the manifest that lists them."""

TYPES = ("|u1", "|i1", "<u2", "<u4", "<i2", "<i4", "<i8", "<f2", "<f4")
"""Types that an array may have."""

MAX_SIZE = 2**48
"""No axis is longer."""


def pack(arrays: dict[str, NDArray[np.generic]]) -> tuple[dict[str, list[Any]], bytes]:
    """Return the list of arrays for the manifest, and their bytes."""
    listed = {name: [array.dtype.str, *array.shape] for name, array in arrays.items()}
    return listed, b"".join(array.tobytes() for array in arrays.values())


class PackedArchive(Archive):
    """An archive whose arrays stand in one member.

    Parameters
    ----------
    archive : Archive
        The open file.
    manifest : str
        Name of its manifest, of which the arrays are listed.
    limit : int
        Bytes of the manifest, and of all arrays, at most.

    Raises
    ------
    InputError
        The list is damaged, or not of as many bytes as there are.
    """

    def __init__(self, archive: Archive, manifest: str, limit: int) -> None:
        super().__init__(archive.file, archive.path)
        self._headers: dict[str, ArrayHeader] = {}
        self._places: dict[str, int] = {}
        size = 0
        for name, entry in self._listed(json.loads(archive.read_bytes(manifest, limit))):
            self._headers[name] = _header(entry)
            self._places[name] = size
            size += self._headers[name].bytes
            check_size(size, limit, self.path)
        self._data = archive.read_bytes(DATA, limit)
        if len(self._data) != size:
            raise InputError(
                f"{DATA} of {self.path} must have {size:,} bytes, as the manifest lists its "
                f"arrays, not {len(self._data):,}: compress the network again"
            )

    @property
    def members(self) -> list[str]:
        """Names of all members, the arrays as if they were some."""
        others = [name for name in super().members if name != DATA]
        return [*others, *(f"{name}.npy" for name in self._headers)]

    @property
    def arrays(self) -> list[str]:
        """Names of the arrays, in their order."""
        return list(self._headers)

    def header(self, name: str) -> ArrayHeader:
        """Return what the manifest says of an array."""
        return self._headers[name]

    def read(self, name: str) -> NDArray[np.generic]:
        """Return an array, in this machine's byte order."""
        header, place = self._headers[name], self._places[name]
        flat = np.frombuffer(self._data, header.dtype, math.prod(header.shape), place)
        return flat.astype(header.dtype.newbyteorder("=")).reshape(header.shape)

    def _listed(self, manifest: Any) -> list[tuple[str, list[Any]]]:
        """Return the list of arrays, as far as it is one."""
        listed = manifest.get(ARRAYS) if isinstance(manifest, dict) else None
        good = isinstance(listed, dict) and all(_is_entry(entry) for entry in listed.values())
        if not isinstance(listed, dict) or not good or DATA not in super().members:
            raise InputError(
                f"{self.path} must hold {DATA} and list its arrays with type and shape, but does "
                "not: compress the network again"
            )
        return list(listed.items())


def _is_entry(entry: object) -> bool:
    """Tell whether an entry of the list is a type and a shape."""
    if not isinstance(entry, list) or not entry or entry[0] not in TYPES:
        return False
    return all(type(size) is int and 0 <= size <= MAX_SIZE for size in entry[1:])


def _header(entry: list[Any]) -> ArrayHeader:
    """Return an entry as the header of an array."""
    return ArrayHeader(shape=tuple(entry[1:]), dtype=np.dtype(entry[0]), fortran_order=False)
