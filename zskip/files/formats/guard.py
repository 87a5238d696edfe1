"""Guard between the files and libraries of other projects and the rest of this one.

Whatever bytes a file holds, reading it ends in layers or in one line of `InputError`.
"""

import importlib
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zskip.files.archive import open_file
from zskip.files.npy import MAX_BYTES
from zskip.model.common.errors import InputError

GROWTH = 256
"""How many times as large as its file a network may be in memory.

A matrix of which one weight in 200 is not zero can be compressed that far; a bomb goes further.
"""

HARMLESS = 2**24
"""Bytes that any network may take, however small its file is."""

MAX_LAYERS = 1000
NAME_LENGTH = 60
REASON_LENGTH = 200


@contextmanager
def naming(path: Path) -> Iterator[int]:
    """Put the path of a file in front of every error, and check that the file can be read.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Yields
    ------
    int
        Its size in bytes, at least 1.

    Raises
    ------
    InputError
        The file cannot be read, is empty, or the body of the ``with`` statement refuses it.
    """
    with open_file(path):
        size = path.stat().st_size
    try:
        if size == 0:
            raise InputError("must hold a network, but is empty: write it again")
        yield size
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except OSError as error:
        raise InputError(f"{path}: must be readable, but: {reason(error)}") from None


@contextmanager
def decoding(kind: str) -> Iterator[None]:
    """Turn whatever a library raises on bad bytes into one line.

    Parameters
    ----------
    kind : str
        What the bytes should be, as in ``ONNX file``.

    Raises
    ------
    InputError
        The body of the ``with`` statement raised something.
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        raise damaged(kind, reason(error)) from None


def damaged(kind: str, why: str) -> InputError:
    """Return the error of bytes that make no sense.

    Parameters
    ----------
    kind : str
        What the bytes should be, as in ``ONNX file``.
    why : str
        What is wrong with them.
    """
    return InputError(f"must be a whole, undamaged {kind}, but: {why}; write the file again")


def need(package: str, extra: str) -> Any:
    """Import a package that is not always installed.

    Parameters
    ----------
    package : str
        Name of the package, of its module, and on the package index.
    extra : str
        Extra of this project that brings it.

    Returns
    -------
    module

    Raises
    ------
    InputError
        It is not installed, or cannot be imported.
    """
    check_installed(package, extra)
    try:
        return importlib.import_module(package)
    except Exception as error:
        raise InputError(
            f"reading this file needs the package {package}, which cannot be imported "
            f"({reason(error)}): pip install --force-reinstall 'zskip[{extra}]'"
        ) from None


def check_installed(package: str, extra: str) -> None:
    """Check that a package is there, without importing it.

    Parameters
    ----------
    package, extra : str
        As for `need`.

    Raises
    ------
    InputError
        It is not installed.
    """
    if importlib.util.find_spec(package) is None:
        raise InputError(
            f"reading this file needs the package {package}, which is not installed: "
            f"pip install 'zskip[{extra}]'"
        )


def check_growth(bytes_: int, size: int) -> None:
    """Check what a network takes in memory before the memory is taken: see `growth_limit`.

    Parameters
    ----------
    bytes_ : int
        Bytes of the arrays.
    size : int
        Bytes of the file.

    Raises
    ------
    InputError
        It is more than the limit.
    """
    limit = growth_limit(size)
    if bytes_ > limit:
        raise InputError(
            f"must declare at most {limit:,} bytes of weights, for its size, not {bytes_:,}: "
            "write the file again without compression"
        )


def growth_limit(size: int) -> int:
    """Return how many bytes a network may take in memory.

    Parameters
    ----------
    size : int
        Bytes of the file.

    Returns
    -------
    int
        `GROWTH` times the file, but at least `HARMLESS` and at most `MAX_BYTES`.
    """
    return min(MAX_BYTES, max(HARMLESS, GROWTH * size))


def check_layer_count(count: int) -> None:
    """Check how many layers a network has.

    Parameters
    ----------
    count : int
        How many.

    Raises
    ------
    InputError
        There are more than `MAX_LAYERS`.
    """
    if count > MAX_LAYERS:
        raise InputError(f"must have at most {MAX_LAYERS} layers: cut the network into several")


def quoted(name: str) -> str:
    """Quote a name for a message: short, and with nothing that a terminal would obey.

    Parameters
    ----------
    name : str
        Any text.
    """
    return repr(name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 3]}...")


def listed(names: list[str]) -> str:
    """Quote the first names of a list that is not empty, and count the rest.

    Parameters
    ----------
    names : list of str
        Any texts.
    """
    shown = ", ".join(quoted(name) for name in names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


def reason(error: BaseException) -> str:
    """Return the first sentences of an error, in one line.

    Parameters
    ----------
    error : BaseException
        What a library or the system raised.
    """
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    line = "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))
    if len(line) > REASON_LENGTH:
        line = f"{line[: REASON_LENGTH - 3]}..."
    return line or type(error).__name__
