"""Ways to find a program or a Python package, and to learn its version, without running a job."""

import importlib.metadata
import importlib.util
import re
import shutil
import subprocess
from collections.abc import Sequence
from typing import NamedTuple

PROBE_SECONDS = 20
"""How long a program may take to answer before it counts as one that does not run."""


class Found(NamedTuple):
    """Where a tool is, and what it says of itself.

    Attributes
    ----------
    path : str
        The program, library or folder; empty if there is none.
    version : str
        Its version as it gives it; empty if it gives none, which means that it does not run.
    """

    path: str = ""
    version: str = ""


def numbers(version: str) -> tuple[int, ...]:
    """Read a version so that it can be compared.

    Parameters
    ----------
    version : str
        A version in its tool's own notation.

    Returns
    -------
    tuple of int
        Its first three numbers: 5.48.0 and 5.048 both start with 5 and 48.
    """
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def answer(command: Sequence[str]) -> str | None:
    """Ask a program something.

    Parameters
    ----------
    command : sequence of str
        The program and its arguments.

    Returns
    -------
    str or None
        What it prints on its standard output, or else on its standard error output; None if it
        does not run, fails, or takes longer than `PROBE_SECONDS`.
    """
    try:
        run = subprocess.run(
            command,
            capture_output=True,
            check=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=PROBE_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return run.stdout or run.stderr


def program(name: str, *arguments: str) -> Found:
    """Find a program in ``PATH``.

    Parameters
    ----------
    name : str
        Name of the program.
    *arguments : str
        Arguments that make it print its version: the last dotted number on its first line.

    Returns
    -------
    Found
        The program, or nothing.
    """
    path = shutil.which(name)
    if path is None:
        return Found()
    first_line = (answer([path, *arguments]) or "").strip().partition("\n")[0]
    versions = re.findall(r"\d+(?:\.\d+)+", first_line)
    return Found(path, versions[-1] if versions else "")


def package(module: str, distribution: str) -> Found:
    """Find an installed Python package, without importing it.

    Parameters
    ----------
    module : str
        Name by which it is imported.
    distribution : str
        Name by which it is installed.

    Returns
    -------
    Found
        Its folder, or nothing if it is not installed.
    """
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        return Found()
    try:
        version = importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return Found()
    return Found(next(iter(spec.submodule_search_locations)), version)


def declared_minimum(distribution: str) -> str:
    """Oldest version of a package that zskip declares to need.

    Parameters
    ----------
    distribution : str
        Name by which it is installed.

    Returns
    -------
    str
        The version; empty if zskip is not installed, or does not name the package.
    """
    try:
        declared = importlib.metadata.requires("zskip") or []
    except importlib.metadata.PackageNotFoundError:
        return ""
    pattern = rf"{re.escape(distribution)}(?:\[[^]]*\])?[^;]*>=\s*([\d.]+)"
    matches = (re.match(pattern, requirement) for requirement in declared)
    return next((match[1] for match in matches if match), "")
