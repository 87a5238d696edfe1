"""The true causes of failures, for one line: from logs, results and the file system."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

from zskip.model.common.errors import InputError

ERROR = re.compile(
    r"(?i)%error|\berror\b\s*:|syntax error|\*\*\*|\bfatal\b|no space left|permission denied"
    r"|not found|killed|\b\w+(error|exception|failure): |cannot |unable to"
)
"""What a line that tells an error holds."""

LONGEST = 300
"""Characters of a line that are shown."""


def first_error(log: Path) -> str:
    """Return the first line of a log that tells an error.

    Parameters
    ----------
    log : pathlib.Path
        What the simulator, or the compiler that it calls, wrote.

    Returns
    -------
    str
        That line; the last one if none does, and what is wrong with the log if it holds none.
    """
    try:
        text = log.read_text(errors="replace")
    except OSError as error:
        return f"no log: {error.strerror}"
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    if not lines:
        return "it wrote nothing"
    return next(filter(ERROR.search, lines), lines[-1])[:LONGEST]


def failed_tests(results: Path) -> list[str]:
    """Return name, kind and message of every failed test of a run.

    Parameters
    ----------
    results : pathlib.Path
        The ``results.xml`` that cocotb wrote.

    Returns
    -------
    list of str
        Such as ``array: AssertionError: 1 == 2``.
    """
    return [
        f"{case.get('name')}: {failure.get('type')}: {failure.get('message')}"
        for case in ElementTree.parse(results).iter("testcase")
        for failure in (*case.iter("failure"), *case.iter("error"))
        if failure.get("type") != "RegressionTerminated"
    ]


@contextmanager
def writing(what: str, folder: Path, advice: str) -> Iterator[None]:
    """Turn what the file system refuses in the body into one line.

    Parameters
    ----------
    what : str
        What must be writable, such as ``the cache``.
    folder : pathlib.Path
        Where that is.
    advice : str
        What to do.

    Raises
    ------
    InputError
        For an `OSError` of the body.
    """
    try:
        yield
    except OSError as error:
        place, cause = error.filename or folder, error.strerror or error
        raise InputError(f"{what} must be writable, but {place}: {cause}: {advice}") from error


def require_room(folder: Path, room: int = 1 << 20) -> None:
    """Check that a disk is not full: some compilers take no notice, and leave half a program.

    Parameters
    ----------
    folder : pathlib.Path
        A folder on that disk.
    room : int
        Bytes that must be free.

    Raises
    ------
    OSError
        They are not.
    """
    probe = folder / "room"
    try:
        probe.write_bytes(bytes(room))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error
    finally:
        probe.unlink(missing_ok=True)
