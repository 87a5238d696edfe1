"""The seal at the end of a compressed network file: a checksum of everything in front of it."""

import hashlib
import io
from pathlib import Path
from typing import IO

from zskip.files.manifest import FORMAT
from zskip.model.common.errors import InputError

SEAL_BYTES = len(FORMAT) + len(" sha256 ") + 2 * hashlib.sha256().digest_size
"""Length of the seal."""

CHUNK = 2**20


def seal(body: bytes) -> bytes:
    """Return a file with its seal at the end."""
    return body + _text(hashlib.sha256(body).hexdigest())


def check_seal(file: IO[bytes], path: Path) -> None:
    """Check that a file ends in its seal.

    Parameters
    ----------
    file : file object
        The open file.
    path : pathlib.Path
        Its path, for messages.

    Raises
    ------
    InputError
        It has no seal, or one of other bytes.
    """
    size = max(0, file.seek(0, io.SEEK_END) - SEAL_BYTES)
    file.seek(size)
    found = file.read()
    if not found.startswith(_text("")):
        raise InputError(
            f"{path} must end in the checksum of a compressed network, but does not: give a file "
            "that `zskip compress` wrote, or write it again if it is damaged"
        )
    file.seek(0)
    digest = hashlib.sha256()
    while size:
        chunk = file.read(min(size, CHUNK))
        digest.update(chunk)
        size -= len(chunk)
    if found != _text(digest.hexdigest()):
        raise InputError(
            f"{path} must have the checksum that it names, but has another: it is damaged, so "
            "copy or compress it again"
        )


def _text(digest: str) -> bytes:
    """Return the seal of a checksum."""
    return f"{FORMAT} sha256 {digest}".encode()
