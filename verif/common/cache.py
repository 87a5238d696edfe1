"""The user's cache of compiled designs, which all processes share."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs

from zskip.model.common.errors import InputError
from zskip.verif.common.failure import writing

LIMIT = 500_000_000
"""Bytes that the cache may hold; the builds that were used longest ago go first."""

RECENT = 3600.0
"""Seconds after its last use during which a build stays, as a run may be using it."""

UNFINISHED = "building-"
"""What the name of a folder begins with until it is complete."""

ADVICE = (
    "give its disk room (`zskip doctor --clear-cache` empties the cache), or name another folder "
    "by XDG_CACHE_HOME"
)
"""What to do where the cache cannot be written."""


class Cache:
    """A folder of compiled designs by name, each complete from the moment it has its name.

    Parameters
    ----------
    folder : pathlib.Path, optional
        The cache folder, in which the designs are in ``builds``. By default the user's:
        ``$XDG_CACHE_HOME/zskip``, which is ``~/.cache/zskip`` where that is not set.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = (folder or platformdirs.user_cache_path("zskip")) / "builds"

    def find(self, name: str) -> Path | None:
        """Return the folder of a design, and note that it is in use; None if it is not there."""
        path = self.folder / name
        if not path.is_dir():
            return None
        path = self.folder / path.resolve().name
        with suppress(OSError):
            os.utime(path)
        return path

    @contextmanager
    def adding(self, name: str) -> Iterator[None]:
        """Keep other processes from making the same design while the body does.

        Raises
        ------
        InputError
            The cache cannot be written; also for an `OSError` of the body.
        """
        lock = self.folder / f"{name}.lock"
        with writing("the cache of compiled designs", lock, ADVICE):
            self.folder.mkdir(parents=True, exist_ok=True)
            with lock.open("w") as file:
                # Without locks, as on some network file systems, two may make it; `keep` takes one.
                with suppress(OSError):
                    fcntl.flock(file, fcntl.LOCK_EX)
                try:
                    yield
                finally:
                    lock.unlink(missing_ok=True)

    @contextmanager
    def workplace(self) -> Iterator[Path]:
        """Make an empty folder to compile in, without a blank in its path, and remove it again.

        No makefile can be run in a folder with a blank.

        Raises
        ------
        InputError
            Neither the cache nor a folder of temporary files has a path without a blank.
        """
        for parent in (self.folder, Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):
            if not any(map(str.isspace, str(parent))) and os.access(parent, os.W_OK):
                break
        else:
            raise InputError(
                "designs must be compiled in a folder without a blank in its path, not in "
                f"{self.folder}: name another one by TMPDIR"
            )
        with tempfile.TemporaryDirectory(dir=parent, prefix=UNFINISHED) as temporary:
            place = Path(temporary) / "build"
            place.mkdir()
            yield place

    def keep(self, place: Path, name: str) -> Path:
        """Put a finished folder under its name, unless another process was faster.

        Parameters
        ----------
        place : pathlib.Path
            The finished folder, which is moved or copied.
        name : str
            Name of the design.

        Returns
        -------
        pathlib.Path
            Its folder.
        """
        folder = self.folder / name
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=UNFINISHED) as temporary:
            complete = Path(shutil.move(place, Path(temporary) / name))
            try:
                complete.rename(folder)
            except OSError:
                if not folder.exists():
                    raise
        return folder

    def link(self, alias: str, name: str) -> None:
        """Let a design be found by another name, too, if the cache can be written."""
        with suppress(OSError):
            link = self.folder / alias
            link.unlink(missing_ok=True)
            link.symlink_to(name)

    def size(self) -> int:
        """Return how many bytes the cache holds."""
        return sum(_size(path) for path in self._entries() if not path.is_symlink())

    def trim(self, limit: int = LIMIT) -> None:
        """Remove the builds used longest ago until the rest fits; those in use stay.

        Parameters
        ----------
        limit : int
            Bytes to leave.
        """
        entries = [
            (_used(path), _size(path), path) for path in self._entries() if not path.is_symlink()
        ]
        excess = sum(size for _, size, _ in entries) - limit
        for used, size, path in sorted(entries):
            if excess <= 0 or used > time.time() - RECENT:
                break
            _remove(path)
            excess -= size
        for path in self._entries():
            if not path.exists():
                _remove(path)

    def clear(self) -> int:
        """Remove all compiled designs; return how many bytes they took.

        Raises
        ------
        InputError
            Something cannot be removed.
        """
        before = self.size()
        for path in self._entries():
            _remove(path)
        left = self._entries()
        if left:
            raise InputError(
                f"the cache must be writable to be cleared, but {left[0]} cannot be removed: "
                "remove it as the user who owns it"
            )
        return before

    def _entries(self) -> list[Path]:
        return sorted(self.folder.iterdir()) if self.folder.is_dir() else []


def _used(path: Path) -> float:
    """Return when a file or folder was used, or 0 if it has gone meanwhile."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _size(path: Path) -> int:
    """Return the bytes of a file, or of the files in a folder."""
    total = 0
    for file in (path, *path.rglob("*")):
        with suppress(OSError):
            total += file.stat().st_size if file.is_file() else 0
    return total


def _remove(path: Path) -> None:
    """Remove a file or a folder as far as that is allowed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
