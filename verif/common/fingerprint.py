"""A name for all that the Verilog of a block depends on, found without making the Verilog."""

import hashlib
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from zskip.hw.common.engine import Hardware
from zskip.model.common.config import EngineConfig
from zskip.model.common.version import VERSION

PACKAGE = "zskip"
"""Only hardware of this package is made of nothing but its sources."""

SOURCES = ("hw", "model")
"""Folders of the package that hold these sources."""

SUFFIXES = {".py", ".v"}
"""Suffixes of their files."""

_STARTED = time.time() - 1.0
"""When this process had imported none of the sources yet, by the coarse clock of a file system."""


def fingerprint(hardware: Hardware[Any], config: EngineConfig) -> str | None:
    """Return a name of a block's Verilog that changes whenever the Verilog can.

    Parameters
    ----------
    hardware : Hardware
        The hardware of an engine.
    config : EngineConfig
        Its configuration.

    Returns
    -------
    str or None
        Hash of the configuration, the sources of hardware and model, and the versions of this
        project, Python and Amaranth. None where that may not be all: for hardware from elsewhere,
        and where a source was changed after this process began and so may differ from what it runs.
    """
    kind = type(hardware)
    if kind.__module__.partition(".")[0] != PACKAGE:
        return None
    try:
        files = _source_files(Path(__file__).resolve().parents[2])
        if any(_changed(path) > _STARTED for path in files):
            return None
        digest = hashlib.sha256()
        chosen = f"{kind.__module__}.{kind.__qualname__} {config!r}"
        for part in (chosen, VERSION, sys.version, version("amaranth"), *map(_digest, files)):
            digest.update(f"{part}\0".encode())
    except OSError:
        return None
    return digest.hexdigest()


def _source_files(root: Path) -> list[Path]:
    """Return the sources below the folder of the packages; it has links or real folders."""
    return sorted(
        path for name in SOURCES for path in (root / name).rglob("*") if path.suffix in SUFFIXES
    )


def _changed(path: Path) -> float:
    """Return when a file was last changed in content, owner, place or rights."""
    status = path.stat()
    return max(status.st_mtime, status.st_ctime)


def _digest(path: Path) -> str:
    return f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}"
