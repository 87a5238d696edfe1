"""Writing of files as a whole or not at all."""

import os
import secrets
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path

from zskip.model.common.errors import InputError


def check_target(path: Path, *sources: str | PathLike[str] | None) -> None:
    """Check that a file can be written, before the work that makes its contents.

    Parameters
    ----------
    path : pathlib.Path
        The file, there or not.
    *sources : path or None
        Files that are read for it.

    Raises
    ------
    InputError
        Its folder is missing or not writable, it is there and no regular file, or it is one of
        those that are read.
    """
    _check_parent(path)
    for source in sources:
        if source is not None and _same_file(path, Path(source)):
            raise InputError(f"{path} must not be written, it is read: choose another name")
    if path.exists() and not path.is_file():
        raise InputError(
            f"{path} must be a file to write, but is a folder or device: choose another name"
        )


def write_file(path: Path, data: bytes) -> None:
    """Write a file under a temporary name in its folder, then give it its name.

    Parameters
    ----------
    path : pathlib.Path
        The file; an old one is replaced.
    data : bytes
        Its contents.

    Raises
    ------
    InputError
        As `check_target`.
    """
    check_target(path)
    with _one_line(path):
        target = path.resolve()
        temporary = _temporary(target.parent)
        try:
            _write_new(temporary, data)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    _sync(target.parent)


def check_folder(folder: Path, *, overwrite: bool) -> None:
    """Check that a folder of files can be written.

    Parameters
    ----------
    folder : pathlib.Path
        The folder, there or not.
    overwrite : bool
        Whether it may hold files already.

    Raises
    ------
    InputError
        Its parent is missing or not writable, it is a file, or it holds files that are not to be
        overwritten.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} must be a folder, but is a file: choose another name")
    if not folder.exists():
        _check_parent(folder)
        return
    with _one_line(folder):
        occupied = any(folder.iterdir())
    _check_permission(folder)
    if occupied and not overwrite:
        raise InputError(
            f"{folder} must be empty or new, but holds files: choose another folder, or add "
            "--force to replace them"
        )


def write_folder(
    folder: Path, files: Mapping[str, bytes], *, overwrite: bool, stale: Collection[str] = ()
) -> None:
    """Write a folder of files under a temporary name, then give them their names.

    Parameters
    ----------
    folder : pathlib.Path
        The folder; a new one appears with all its files. One that is there gets them one by one,
        once all of them are written.
    files : mapping of str to bytes
        Contents by path inside the folder, with ``/`` between the parts.
    overwrite : bool
        Whether the folder may hold files already.
    stale : collection of str
        Patterns of paths; old files that match one and are not written anew are removed.

    Raises
    ------
    InputError
        As `check_folder`.
    """
    check_folder(folder, overwrite=overwrite)
    with _one_line(folder):
        target = folder.resolve()
        # Inside a folder that is there, which may be a file system of its own.
        temporary = _temporary(target if target.exists() else target.parent)
        try:
            for name, data in files.items():
                _write_new(temporary / name, data)
            if target.exists():
                _replace_files(temporary, target, files, stale)
            else:
                temporary.rename(target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    _sync(target.parent)


def _replace_files(
    temporary: Path, target: Path, files: Mapping[str, bytes], stale: Collection[str]
) -> None:
    """Move files into a folder that is there, and remove old ones that nothing replaced."""
    for name in files:
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        (temporary / name).replace(place)
    for pattern in stale:
        for old in target.glob(pattern):
            if old.relative_to(target).as_posix() not in files:
                old.unlink()
                with suppress(OSError):
                    old.parent.rmdir()


def _write_new(path: Path, data: bytes) -> None:
    """Write a file that nobody sees yet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _temporary(folder: Path) -> Path:
    """Return a name in a folder that nothing has."""
    return folder / f".zskip-{secrets.token_hex(8)}"


def _sync(folder: Path) -> None:
    """Make the names in a folder last, where the system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _check_parent(path: Path) -> None:
    """Check that a new name can be made."""
    parent = path.resolve().parent
    if not parent.is_dir():
        cause = "is a file: give a folder" if parent.exists() else "does not: make it"
        raise InputError(f"{path} must be in a folder that exists, but {parent} {cause}")
    _check_permission(parent)


def _check_permission(folder: Path) -> None:
    """Check that names can be made in a folder."""
    effective = os.access in os.supports_effective_ids
    if not os.access(folder, os.W_OK | os.X_OK, effective_ids=effective):
        read_only = os.statvfs(folder).f_flag & os.ST_RDONLY
        raise _not_writable(folder, "read-only file system" if read_only else "no permission")


def _not_writable(folder: Path, why: str) -> InputError:
    """Return the error of a folder that cannot be written."""
    return InputError(
        f"{folder} must be writable, but is not ({why}): choose another folder or change it"
    )


@contextmanager
def _one_line(path: Path) -> Iterator[None]:
    """Turn what the system refuses into one line."""
    try:
        yield
    except OSError as error:
        raise _not_writable(path, error.strerror or str(error)) from None


def _same_file(left: Path, right: Path) -> bool:
    """Tell whether two paths lead to one file."""
    return left.exists() and right.exists() and left.samefile(right)
