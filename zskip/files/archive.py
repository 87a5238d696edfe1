"""Safe reading of NumPy's ``.npz`` and ``.npy`` files.

Nothing is unpickled, and nothing is decompressed before its declared size is known and accepted,
so a file from anywhere can be opened.
"""

import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from zskip.files.npy import (
    MAX_BYTES,
    ZIP_DAMAGE,
    ArrayHeader,
    check_size,
    read_data,
    read_header,
    unreadable,
)
from zskip.model.common.errors import InputError

ZIP_MAGIC = b"PK\x03\x04"


class Archive:
    """Arrays and other members of an ``.npz`` file; made by `open_archive`.

    Parameters
    ----------
    file : file object
        The open file.
    path : pathlib.Path
        Its path, for messages.
    """

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self.file = file
        self.path = path
        try:
            self._zip = zipfile.ZipFile(file)
        except ZIP_DAMAGE:
            raise unreadable(path) from None
        self._members: dict[str, zipfile.ZipInfo] = {}
        for info in self._zip.infolist():
            if not info.filename.isprintable():
                raise unreadable(path)
            if info.filename in self._members:
                raise InputError(
                    f"{path} must not hold two members of one name, but has {info.filename!r} "
                    "twice: write the file again"
                )
            self._members[info.filename] = info

    @property
    def members(self) -> list[str]:
        """Names of all members, in the order of the archive."""
        return list(self._members)

    @property
    def arrays(self) -> list[str]:
        """Names of the arrays, in the order of the archive."""
        return [name.removesuffix(".npy") for name in self._members if name.endswith(".npy")]

    def header(self, name: str) -> ArrayHeader:
        """Read what the archive says of an array, without the array.

        Raises
        ------
        InputError
            It is damaged, or holds pickled objects or something else than numbers.
        """
        info = self._members[f"{name}.npy"]
        with self._open(info) as stream:
            header = read_header(stream, self.path, name)
            if stream.tell() + header.bytes != info.file_size:
                raise unreadable(self.path)
        return header

    def check_size(self, names: list[str], limit: int = MAX_BYTES) -> None:
        """Check what arrays take in memory together.

        Raises
        ------
        InputError
            They declare more than `limit` bytes, or one of them is damaged.
        """
        check_size(sum(self.header(name).bytes for name in names), limit, self.path)

    def read(self, name: str) -> NDArray[np.generic]:
        """Read an array of numbers, in this machine's byte order.

        Raises
        ------
        InputError
            It is damaged, or holds pickled objects or something else than numbers.
        """
        header = self.header(name)
        check_size(header.bytes, MAX_BYTES, self.path)
        with self._open(self._members[f"{name}.npy"]) as stream:
            read_header(stream, self.path, name)
            return read_data(stream, header, self.path)

    def read_bytes(self, member: str, limit: int) -> bytes:
        """Read a member that is not an array.

        Raises
        ------
        InputError
            It is damaged or declares more than `limit` bytes.
        """
        info = self._members[member]
        check_size(info.file_size, limit, self.path)
        with self._open(info) as stream:
            return stream.read(limit)

    @contextmanager
    def _open(self, info: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
        """Open a member; what goes wrong with its bytes is one line."""
        try:
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise unreadable(self.path)
            with self._zip.open(info) as stream:
                yield stream
        except InputError:
            raise
        except ZIP_DAMAGE:
            raise unreadable(self.path) from None


@contextmanager
def open_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a regular file for reading.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Yields
    ------
    file object

    Raises
    ------
    InputError
        It does not exist, is not a regular file, or may not be read.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputError(f"{path} must be a file, not a folder or device: give a file")
        file = path.open("rb")
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{path} must exist, but there is no such file: check the name") from None
    except OSError as error:
        raise InputError(
            f"{path} must be readable, but is not ({error.strerror}): check name and permissions"
        ) from None
    with file:
        yield file


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open an ``.npz`` file.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Yields
    ------
    Archive

    Raises
    ------
    InputError
        The file cannot be opened or is not a readable archive.
    """
    with open_file(path) as file:
        yield Archive(file, path)


def read_npy(path: Path, limit: int = MAX_BYTES) -> NDArray[np.generic]:
    """Read an ``.npy`` file.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    limit : int
        Largest number of bytes of the array.

    Returns
    -------
    ndarray of numbers
        In this machine's byte order.

    Raises
    ------
    InputError
        The file cannot be opened, is damaged, larger than the limit, or holds pickled objects or
        something else than numbers.
    """
    with open_file(path) as file:
        header = read_header(file, path)
        check_size(header.bytes, limit, path)
        if file.tell() + header.bytes != path.stat().st_size:
            raise unreadable(path)
        return read_data(file, header, path)


def is_archive(path: Path) -> bool:
    """Tell whether a file begins like a zip archive."""
    with open_file(path) as file:
        return file.read(len(ZIP_MAGIC)) == ZIP_MAGIC
