"""Builds of a design in Verilator or Icarus, and cocotb runs on them."""

import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import chain
from pathlib import Path

from cocotb_tools.check_results import get_results
from cocotb_tools.runner import Icarus, Runner

from zskip.hw.common.states import with_state_names
from zskip.model.common.errors import RunFailure
from zskip.verif.common import verilator
from zskip.verif.common.cache import Cache
from zskip.verif.common.failure import failed_tests, first_error, require_room, writing
from zskip.verif.common.tools import (
    icarus_environment,
    simulation_environment,
    simulator_version,
    verilator_environment,
)
from zskip.verif.common.verilator import QuickVerilator, large_instances, verilator_settings

TIMESCALE = ("1ns", "1ps")
"""Time unit and precision of every simulation."""

WARNINGS_OFF = ("-Wno-fatal", "-Wno-lint", "-Wno-style")
"""Lint is a test of its own; a simulation only needs the design to compile."""

DEFINES = {"ZSKIP_IMAGES": "1"}
"""Macros of every simulation: SRAMs can be filled from files and written to files."""

QUICK_START = {"COCOTB_REWRITE_ASSERTION_FILES": ""}
"""Keeps cocotb from loading pytest's plugins, which takes longer than many a simulation."""


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

    @cached_property
    def _blocks(self) -> dict[str, str]:
        verilog = (self.folder / f"{self.top}.v").read_text()
        return _blocks(verilog, self.simulator, self.waves)

    def path(self, path: str) -> str:
        """Return how the simulation knows an instance: a block by itself is a top, too.

        Parameters
        ----------
        path : str
            Names of the instances from the outside in, with dots between them.

        Returns
        -------
        str
        """
        names = [
            [name, self._blocks[name]] if name in self._blocks else [name]
            for name in path.split(".")
        ]
        return ".".join(chain.from_iterable(names))


def build(
    verilog: str | Callable[[], str],
    *,
    top: str,
    simulator: Simulator,
    waves: bool = False,
    cache: Path | None = None,
    fingerprint: str | None = None,
) -> Build:
    """Compile a design, or find the compiled one.

    Parameters
    ----------
    verilog : str or callable
        Text of the design, or what makes it.
    top : str
        Verilog module at the top.
    simulator : Simulator
        What to compile for.
    waves : bool
        Prepare for waveforms, which slows the simulation down; they have the names of states in
        letters, beside the registers of state machines.
    cache : pathlib.Path, optional
        Folder of compiled designs, by content; the user's cache folder by default.
    fingerprint : str, optional
        A name that no other text has. A text of that name which was compiled before need not be
        made again.

    Returns
    -------
    Build

    Raises
    ------
    InputError
        The simulator was not found, or the cache cannot be written.
    RunFailure
        The design does not compile.
    """
    store = Cache(cache)
    alias = fingerprint and _key(fingerprint, top, simulator, waves)
    folder = store.find(alias) if alias else None
    if folder is None:
        text = verilog if isinstance(verilog, str) else verilog()
        text = with_state_names(text) if waves else text
        name = _key(text, top, simulator, waves)
        folder = store.find(name)
        if folder is None:
            with store.adding(name), _changed_environment(_environment(simulator)):
                # Another process may have made it while this one waited for the lock.
                folder = store.find(name) or _compile(text, top, simulator, waves, store, name)
            store.trim()
        if alias:
            store.link(alias, name)
    return Build(simulator=simulator, top=top, folder=folder, waves=waves)


def _compile(
    verilog: str, top: str, simulator: Simulator, waves: bool, store: Cache, name: str
) -> Path:
    """Compile a design, put it into the cache, and return its folder there."""
    with store.workplace() as place:
        source = place / f"{top}.v"
        source.write_text(verilog)
        blocks = set(_blocks(verilog, simulator, waves).values())
        arguments = []
        if simulator is Simulator.VERILATOR:
            settings = place / "settings.vlt"
            settings.write_text(verilator_settings(verilog, top, sorted(blocks)))
            arguments = [*WARNINGS_OFF, str(settings)]
        log = place / "build.log"
        runner = _runner(simulator, store, waves, bool(blocks))
        try:
            runner.build(
                sources=[source],
                hdl_toplevel=top,
                build_dir=place,
                defines=DEFINES,
                build_args=arguments,
                always=True,
                timescale=TIMESCALE,
                waves=waves,
                log_file=log,
            )
        except (SystemExit, RuntimeError) as error:
            require_room(place)
            _require_temporary_room()
            kept = store.folder / f"{name}.log"
            shutil.copy(log, kept)
            raise RunFailure(
                f"{simulator} must compile the design, but failed: {first_error(log)} (log: {kept})"
            ) from error
        require_room(place)
        if isinstance(runner, QuickVerilator):
            runner.finish()
        return store.keep(place, name)


def _require_temporary_room() -> None:
    """Check the folder of temporary files: compilers that find no room there blame the design."""
    folder = Path(os.environ.get("TMPDIR") or "/tmp")
    with writing("the folder of temporary files", folder, "give its disk room, or set TMPDIR"):
        require_room(folder)


def run(
    compiled: Build,
    bench: str,
    *,
    folder: Path,
    seed: int = 1,
    variables: Mapping[str, str] | None = None,
    plusargs: Sequence[str] = (),
    only: str = "",
    explains: bool = False,
    keeps_log: bool = True,
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
    explains : bool
        Whether an assertion that fails shows its values, for which a run takes a second longer.
    keeps_log : bool
        Whether the log will still be there for the user to read.

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
    quick = compiled.simulator is Simulator.VERILATOR
    needed = simulation_environment() if quick else icarus_environment()
    environment = {**needed, **(variables or {}), **({} if explains else QUICK_START)}
    problem = ""
    with _changed_environment(environment):
        runner = _runner(compiled.simulator, Cache(), compiled.waves)
        try:
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
        except (SystemExit, RuntimeError):
            problem = first_error(log)
        except OSError as error:
            problem = str(error)
    advice = f"see {log}" if keeps_log else "`--waves FOLDER` keeps its log"
    if problem or not results.exists():
        raise RunFailure(
            f"the simulation must come to its end, but {bench} stopped: "
            f"{problem or first_error(log)} ({advice})"
        )
    count, failed = get_results(results)
    if failed or not count:
        reason = next(iter(failed_tests(results)), "there is none")
        raise RunFailure(
            f"every test of {bench} must pass, but {failed} of {count} failed: {reason} ({advice})"
        )


def _environment(simulator: Simulator) -> dict[str, str]:
    """Return what a simulator needs of the environment."""
    if simulator is Simulator.VERILATOR:
        return verilator_environment()
    return icarus_environment()


def _blocks(verilog: str, simulator: Simulator, waves: bool) -> dict[str, str]:
    """Return the modules, by instance, that are compiled by themselves."""
    # No waveform tells what is inside of such a block.
    if simulator is Simulator.ICARUS or waves:
        return {}
    return large_instances(verilog)


def _runner(simulator: Simulator, store: Cache, waves: bool, hierarchical: bool = False) -> Runner:
    if simulator is Simulator.ICARUS:
        return Icarus()
    return QuickVerilator(store, _key("library", "", simulator, waves), hierarchical)


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
