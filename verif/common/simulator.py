"""Builds of a design in Verilator or Icarus, and cocotb runs on them."""

import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import platformdirs
from cocotb_tools.check_results import get_results
from cocotb_tools.runner import Icarus, Runner

from zskip.model.common.errors import RunFailure
from zskip.verif.common import verilator
from zskip.verif.common.tools import icarus_environment, simulator_version, verilator_environment
from zskip.verif.common.verilator import QuickVerilator, public_ports, publish

TIMESCALE = ("1ns", "1ps")
"""Time unit and precision of every simulation."""

WARNINGS_OFF = ("-Wno-fatal", "-Wno-lint", "-Wno-style")
"""Lint is a test of its own; a simulation only needs the design to compile."""

DEFINES = {"ZSKIP_IMAGES": "1"}
"""Macros of every simulation: SRAMs can be filled from files and written to files."""


class Simulator(StrEnum):
    """Simulators that benches run in."""

    VERILATOR = "verilator"
    ICARUS = "icarus"


@dataclass(frozen=True, kw_only=True)
class Build:
    """A design compiled for a simulator.

    Parameters
    ----------
    simulator : Simulator
        What it runs in.
    top : str
        Verilog module at the top.
    folder : pathlib.Path
        Where the build is.
    waves : bool
        Whether runs leave a waveform.
    """

    simulator: Simulator
    top: str
    folder: Path
    waves: bool

    def waveform(self, folder: Path) -> Path:
        """Return where a run in `folder` leaves its waveform."""
        if self.simulator is Simulator.VERILATOR:
            return folder / "dump.vcd"
        return folder / f"{self.top}.fst"


def build(
    verilog: str,
    *,
    top: str,
    simulator: Simulator,
    waves: bool = False,
    cache: Path | None = None,
) -> Build:
    """Compile a design, or find the compiled one.

    Parameters
    ----------
    verilog : str
        Text of the design.
    top : str
        Verilog module at the top.
    simulator : Simulator
        What to compile for.
    waves : bool
        Prepare for waveforms, which slows the simulation down.
    cache : pathlib.Path, optional
        Folder of compiled designs, by content; the user's cache folder by default.

    Returns
    -------
    Build

    Raises
    ------
    InputError
        The simulator was not found.
    RunFailure
        The design does not compile.
    """
    environment = _environment(simulator)
    builds = _cache_folder(cache)
    folder = builds / _key(verilog, top, simulator, waves)
    result = Build(simulator=simulator, top=top, folder=folder, waves=waves)
    if folder.exists():
        return result
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="building-") as temporary:
        place = Path(temporary) / "build"
        place.mkdir()
        source = place / f"{top}.v"
        source.write_text(verilog)
        ports = place / "ports.vlt"
        ports.write_text(public_ports(verilog, top))
        log = folder.with_suffix(".log")
        with _changed_environment(environment), _one_line_failure(log, "compile the design"):
            runner = _runner(simulator, builds / _key("library", "", simulator, waves))
            runner.build(
                sources=[source],
                hdl_toplevel=top,
                build_dir=place,
                defines=DEFINES,
                build_args=[*WARNINGS_OFF, str(ports)] if simulator is Simulator.VERILATOR else [],
                always=True,
                timescale=TIMESCALE,
                waves=waves,
                log_file=log,
            )
        log.unlink()
        if isinstance(runner, QuickVerilator):
            runner.finish()
        publish(place, folder)
    return result


def run(
    compiled: Build,
    bench: str,
    *,
    folder: Path,
    seed: int = 1,
    variables: Mapping[str, str] | None = None,
    plusargs: Sequence[str] = (),
    only: str = "",
) -> None:
    """Run a cocotb bench on a compiled design.

    Parameters
    ----------
    compiled : Build
        The design.
    bench : str
        Module that holds the cocotb tests.
    folder : pathlib.Path
        Where the run leaves its log, results and waveform.
    seed : int
        Seed of the run.
    variables : mapping of str to str, optional
        Environment variables for the bench.
    plusargs : sequence of str, optional
        Arguments of the simulation, each with its ``+``.
    only : str, optional
        Regular expression of the tests to run; all by default.

    Raises
    ------
    RunFailure
        A test of the bench failed, or the simulator did not come to its end.
    """
    folder.mkdir(parents=True, exist_ok=True)
    results = folder / "results.xml"
    results.unlink(missing_ok=True)
    log = folder / "run.log"
    arguments = list(plusargs)
    if compiled.waves and compiled.simulator is Simulator.ICARUS:
        arguments.append(f"+dumpfile_path={compiled.waveform(folder)}")
    environment = {**_environment(compiled.simulator), **(variables or {})}
    with _changed_environment(environment), _one_line_failure(log, f"run {bench}"):
        runner = _runner(compiled.simulator, compiled.folder)
        runner.test(
            test_module=bench,
            hdl_toplevel=compiled.top,
            hdl_toplevel_lang="verilog",
            build_dir=compiled.folder,
            test_dir=folder,
            results_xml=str(results),
            seed=seed,
            plusargs=arguments,
            timescale=TIMESCALE,
            waves=compiled.waves,
            log_file=log,
            test_filter=only or None,
        )
    if not results.exists():
        raise RunFailure(f"the simulation must come to its end, but {bench} stopped: see {log}")
    count, failed = get_results(results)
    if failed or not count:
        raise RunFailure(
            f"every test of {bench} must pass, but {failed} of {count} failed: see {log}"
        )


def _environment(simulator: Simulator) -> dict[str, str]:
    """Return what a simulator needs of the environment."""
    if simulator is Simulator.VERILATOR:
        return verilator_environment()
    return icarus_environment()


def _runner(simulator: Simulator, library: Path) -> Runner:
    return QuickVerilator(library) if simulator is Simulator.VERILATOR else Icarus()


def _cache_folder(cache: Path | None) -> Path:
    return (cache or platformdirs.user_cache_path("zskip")) / "builds"


def _key(verilog: str, top: str, simulator: Simulator, waves: bool) -> str:
    """Return a name for all that a build depends on."""
    recipe = [Path(file).read_text() for file in (__file__, verilator.__file__)]
    parts = (verilog, top, simulator, str(waves), simulator_version(simulator), sys.prefix, *recipe)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


@contextmanager
def _changed_environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables, which is the only way to reach cocotb's runner."""
    before = dict(os.environ)
    os.environ.update(variables)
    os.environ.pop("PYTEST_CURRENT_TEST", None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _one_line_failure(log: Path, action: str) -> Iterator[None]:
    """Turn a failed command of the runner into one line."""
    try:
        yield
    except (SystemExit, RuntimeError, OSError) as error:
        raise RunFailure(f"the simulator must {action}, but failed: see {log}") from error
