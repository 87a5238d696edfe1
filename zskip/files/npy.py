"""Headers and data of NumPy's array files, and of such files inside archives.

Nothing is unpickled, and nothing is read before its declared size is known and accepted.
"""

import math
import struct
import tokenize
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from zskip.files.kinds import TEXT, kind_of
from zskip.model.common.errors import InputError

MAX_BYTES = 2**32
"""Default limit of what all arrays of a file take in memory: a thousand million weights."""

MAX_HEADER = 10_000
CHUNK = 2**20

ZIP_DAMAGE = (
    EOFError,
    LookupError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
"""Errors of zipfile and zlib on damaged bytes."""

_HEADER_DAMAGE = (
    *ZIP_DAMAGE,
    AttributeError,
    MemoryError,
    SyntaxError,
    TypeError,
    tokenize.TokenError,
)
"""Errors of NumPy's parser of headers on top of that."""

_HEADER_READERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
"""Readers by version of the header; later ones are for named fields."""


@dataclass(frozen=True, kw_only=True)
class ArrayHeader:
    """Header of an array file.

    Parameters
    ----------
    shape : tuple of int
        Shape.
    dtype : numpy.dtype
        Type of an element.
    fortran_order : bool
        Whether the first axis runs fastest.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    fortran_order: bool

    @property
    def bytes(self) -> int:
        """Bytes of the array in memory."""
        return math.prod(self.shape) * self.dtype.itemsize


def unreadable(path: Path) -> InputError:
    """Return the error of a file whose bytes make no sense."""
    if kind_of(path) == TEXT:
        return InputError(
            f"{path} must be a NumPy file, but is text, as of a CSV file: read it by "
            "numpy.loadtxt(path, delimiter=',') and write it by numpy.save"
        )
    return InputError(
        f"{path} must be a readable NumPy file, but is damaged, truncated or of another kind: "
        "write it again"
    )


def check_size(declared: int, limit: int, path: Path) -> None:
    """Check the bytes that are about to be read.

    Raises
    ------
    InputError
        They are more than the limit.
    """
    if declared > limit:
        raise InputError(
            f"{path} must hold at most {limit:,} bytes of data, but declares {declared:,}: "
            "give a smaller file"
        )


def read_header(stream: IO[bytes], path: Path, name: str = "") -> ArrayHeader:
    """Read the header of an array; leave the stream at the first byte of its data.

    Parameters
    ----------
    stream : file object
        At the first byte of the header.
    path : pathlib.Path
        The file, for messages.
    name : str
        Name of the array, if the file is an archive.

    Returns
    -------
    ArrayHeader

    Raises
    ------
    InputError
        It is damaged, or announces pickled objects or something else than numbers.
    """
    try:
        reader = _HEADER_READERS[npy.read_magic(stream)]
        with warnings.catch_warnings():
            # What a strange header makes the parser warn of says nothing to the user.
            warnings.simplefilter("ignore")
            shape, fortran_order, dtype = reader(stream, max_header_size=MAX_HEADER)
    except _HEADER_DAMAGE:
        raise unreadable(path) from None
    what = f"array {name!r} of {path}" if name else str(path)
    if dtype.hasobject:
        raise InputError(
            f"{what} must hold numbers, but holds pickled objects, which could run code: "
            "convert it to a plain array of floats"
        )
    if dtype.kind not in "biufc":
        raise InputError(f"{what} must hold numbers, not {dtype}: convert it to floats")
    if min(shape, default=0) < 0:
        raise unreadable(path)
    return ArrayHeader(shape=shape, dtype=dtype, fortran_order=fortran_order)


def read_data(stream: IO[bytes], header: ArrayHeader, path: Path) -> NDArray[np.generic]:
    """Read the data behind a header, which must be all that is left of the stream.

    Parameters
    ----------
    stream : file object
        At the first byte of the data.
    header : ArrayHeader
        What the data are.
    path : pathlib.Path
        The file, for messages.

    Returns
    -------
    ndarray of numbers
        In this machine's byte order.

    Raises
    ------
    InputError
        There are fewer or more bytes.
    """
    shape = header.shape[::-1] if header.fortran_order else header.shape
    array = np.empty(shape, dtype=header.dtype)
    target = array.reshape(-1).view(np.uint8)
    filled = 0
    while filled < target.size:
        chunk = stream.read(min(CHUNK, target.size - filled))
        if not chunk:
            raise unreadable(path)
        target[filled : filled + len(chunk)] = np.frombuffer(chunk, dtype=np.uint8)
        filled += len(chunk)
    if stream.read(1):
        raise unreadable(path)
    native = array.astype(array.dtype.newbyteorder("="), copy=False)
    return native.T if header.fortran_order else native
