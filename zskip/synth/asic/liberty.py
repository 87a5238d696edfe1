"""Standard cells, as far as a synthesis must know them: from a Liberty file."""

import gzip
import re
import zlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from zskip.model.common.errors import InputError

GZIP = b"\x1f\x8b"
"""First bytes of a compressed file."""

PIN = r"\bpin\s*\(\s*\"?(\w+)"
"""Beginning of what a cell says of one of its pins."""


DRIVER_AREA = 5
"""A strong buffer is as many times as large as the smallest one, at most."""


class Buffer(NamedTuple):
    """A cell whose output is its input.

    Attributes
    ----------
    name : str
        Name of the cell.
    i, o : str
        Its pins.
    """

    name: str
    i: str
    o: str


@dataclass(frozen=True)
class Library:
    """Standard cells of a process.

    Parameters
    ----------
    text : str
        The Liberty file.
    areas : dict of str to float
        Area of each cell, um2.
    flip_flops : frozenset of str
        Names of those that are flip-flops.
    functions : dict of str to str
        The function of each cell of one output, without blanks.
    bodies : dict of str to str
        What the file says of each cell.
    """

    text: str
    areas: dict[str, float]
    flip_flops: frozenset[str]
    functions: dict[str, str]
    bodies: dict[str, str] = field(repr=False)

    @cached_property
    def nand2(self) -> float | None:
        """Area of the smallest NAND of two inputs, um2; None without one."""
        return self._smallest(
            r"\(?!\(?\w+[&*]\w+\)?\)?|\(?\(?!\w+\)?[|+]\(?!\w+\)?\)?|\(\w+[&*]\w+\)'"
        )

    @cached_property
    def inverter(self) -> str | None:
        """Name of the smallest inverter; None without one."""
        found = self._named(r"\(?!\(?\w+\)?\)?|\w+'")
        return min(found, key=lambda name: self.areas[name], default=None)

    @cached_property
    def buffer(self) -> Buffer | None:
        """The smallest buffer; None without one."""
        return min(self._buffers, key=lambda buffer: self.areas[buffer.name], default=None)

    @cached_property
    def driver(self) -> Buffer | None:
        """The buffer for the largest load of those `DRIVER_AREA` times as large at most."""
        if self.buffer is None:
            return None
        most = DRIVER_AREA * self.areas[self.buffer.name]
        small = [buffer for buffer in self._buffers if self.areas[buffer.name] <= most]
        return max(small, key=lambda buffer: self._largest_load(buffer.name))

    def _largest_load(self, cell: str) -> float:
        """Return the largest load that a cell may drive, in the library's unit; 0 if unknown."""
        loads = re.findall(r"\bmax_capacitance\s*:\s*\"?([\d.eE+-]+)", self.bodies[cell])
        return max(map(float, loads), default=0.0)

    @cached_property
    def _buffers(self) -> list[Buffer]:
        """The cells whose output is their input."""
        found = []
        for name in self._named(r"\(?\w+\)?"):
            before, _, _ = self.bodies[name].partition("function")
            source, pins = self.functions[name].strip("()"), re.findall(PIN, self.bodies[name])
            # Others are constants and flip-flops.
            if source in pins:
                found.append(Buffer(name, source, re.findall(PIN, before)[-1]))
        return found

    def _smallest(self, function: str) -> float | None:
        """Return the smallest area of the cells of a function; None without any."""
        return min((self.areas[name] for name in self._named(function)), default=None)

    def _named(self, function: str) -> list[str]:
        """Return the cells of a function."""
        return [name for name, text in self.functions.items() if re.fullmatch(function, text)]


def read_library(path: Path) -> Library:
    """Read a Liberty file, compressed by gzip or not.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    Library

    Raises
    ------
    InputError
        The file cannot be read, is no Liberty file, or has no flip-flops or no inverter.
    """
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if data.startswith(GZIP) else data).decode("utf-8", "replace")
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            f"--liberty must be a Liberty file that can be read, but {path}: {error}"
        ) from None
    if not re.search(r"^\s*library\s*\(", text, re.MULTILINE):
        raise InputError(
            f"--liberty must be a Liberty file, which begins with library (NAME), but {path} does "
            "not: give the .lib or .lib.gz of a process"
        )
    parts = re.split(r"\bcell\s*\(\s*\"?(\w+)\"?\s*\)\s*\{", text)[1:]
    cells = dict(zip(parts[::2], parts[1::2], strict=True))
    areas = {
        name: float(found[1])
        for name, body in cells.items()
        if (found := re.search(r"\barea\s*:\s*\"?([\d.eE+-]+)", body))
    }
    flops = frozenset(name for name in areas if re.search(r"\bff\s*\(", cells[name]))
    functions = {
        name: re.sub(r"\s", "", found[0])
        for name in areas
        if len(found := re.findall(r"\bfunction\s*:\s*\"([^\"]*)\"", cells[name])) == 1
    }
    library = Library(text, areas, flops, functions, cells)
    lacks = "flip-flops" if not flops else "" if library.inverter else "an inverter"
    if lacks:
        raise InputError(
            f"--liberty must have flip-flops and an inverter, but {path} has {len(areas)} cells "
            f"without {lacks}: give the standard cells of a process"
        )
    return library
