"""Simulation of a compressed network on the RTL of its block."""

import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from zskip.hw.common.engine import Hardware
from zskip.model.common.config import EngineConfig
from zskip.model.common.counters import Counters, LayerRun, Run
from zskip.model.common.engine import Engine
from zskip.model.common.errors import RunFailure
from zskip.model.common.fixed import BoolArray, IntArray
from zskip.model.common.network import Network
from zskip.model.common.program import Program
from zskip.model.common.results import parse
from zskip.model.common.stream import ErrorCode
from zskip.verif.common.compare import check_layer, check_overflow
from zskip.verif.common.failure import writing
from zskip.verif.common.fingerprint import fingerprint
from zskip.verif.common.images import dump_options, read_options, write_images
from zskip.verif.common.job import JOB_VARIABLE, Job, Record, progress_file
from zskip.verif.common.simulator import Build, Simulator, build, run

BENCH = "zskip.verif.common.tb_network"
"""Bench that runs inside the simulator."""

ADVICE = "give its disk room, or name another folder (TMPDIR for one of no name)"
"""What to do where a run cannot leave its files."""

STREAMED_WORDS = 1 << 15
"""Words of the longest program that is loaded through the stream where the caller does not say.

A word takes a cycle, so that a longer program would take more time than all else."""

Timing = tuple[tuple[Counters, ...], ...]
"""Counters of every pass of every layer."""

PACKET_CYCLES = 1000
"""More cycles than pass between two packets of a pass, or from a packet to the next pass."""


TILE_CYCLES = 4
"""Cycles in which a word of a tile comes, and its tile is computed."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Simulation:
    """Results of the RTL for a network.

    Parameters
    ----------
    layers : tuple of LayerRun
        One for each layer, with every counter.
    overflow : ndarray of bool, shape (n,)
        The block's overflow flag after each input vector.
    cycles : int
        Simulated cycles spent computing.
    seconds : float
        Wall-clock time of those.
    preset_words : int
        Words of the program, where the memories began with it; 0 where it was loaded.
    tile_words : int
        Words of the tiles that are loaded in each run; 0 where weights stay on chip.
    """

    layers: tuple[LayerRun, ...]
    overflow: BoolArray
    cycles: int
    seconds: float
    preset_words: int
    tile_words: int


@dataclass(frozen=True, kw_only=True)
class Block:
    """The block of an engine in a simulator.

    Parameters
    ----------
    engine : Engine
        Its golden model.
    hardware : Hardware
        Its Verilog.
    """

    engine: Engine[Any, Any]
    hardware: Hardware[Any]

    def build(
        self,
        config: EngineConfig,
        simulator: Simulator,
        *,
        waves: bool = False,
        cache: Path | None = None,
    ) -> Build:
        """Compile the block of a configuration, or find it compiled.

        Parameters
        ----------
        config : EngineConfig
            The hardware.
        simulator : Simulator
            The simulator to compile for.
        waves : bool
            Prepare for waveforms.
        cache : pathlib.Path, optional
            Folder of compiled designs.

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
        return build(
            lambda: self.hardware.verilog(config),
            top=self.hardware.top,
            simulator=simulator,
            waves=waves,
            cache=cache,
            fingerprint=fingerprint(self.hardware, config),
        )

    def simulate(
        self,
        network: Network[Any, Any],
        activations: IntArray,
        compiled: Build,
        *,
        folder: Path | None = None,
        images: bool | None = None,
        bench: str = BENCH,
        dump: Path | None = None,
        on_progress: Callable[[int], None] | None = None,
    ) -> Simulation:
        """Run input vectors through the RTL, all layers from one start each.

        Parameters
        ----------
        network : Network
            A network that passes its `check`.
        activations : ndarray of int64, shape (n, inputs)
            16-bit activations in the user's order.
        compiled : Build
            The network's block, from `build`.
        folder : pathlib.Path, optional
            Where to leave log and waveform; nothing is left by default.
        images : bool, optional
            Let the memories begin with the program in them, which saves the time to load it. By
            default so with programs of more than `STREAMED_WORDS` words.
        bench : str
            Bench that knows the ports of what was compiled; those of the block by default.
        dump : pathlib.Path, optional
            Folder to leave the contents of every SRAM in.
        on_progress : callable, optional
            Called with the number of input vectors just finished.

        Returns
        -------
        Simulation

        Raises
        ------
        InputError
            The network does not fit its configuration.
        RunFailure
            The simulation failed or hung, or the block reported an error.
        """
        program = self.engine.plan(network, trace=True)
        vectors = [
            self.engine.input_words(network, vector) for vector in network.select(activations)
        ]
        load, tiles = program.load_stream(), program.tile_stream()
        preset = load.size > STREAMED_WORDS if images is None else images
        job = Job(
            load=load[:0] if preset else load,
            inputs=np.stack(vectors),
            tiles=tiles,
            limits=_limits(program) + TILE_CYCLES * tiles.size,
        )
        with (
            tempfile.TemporaryDirectory(prefix="zskip-") as temporary,
            writing("the folder of a run", folder or Path(temporary), ADVICE),
        ):
            place = folder or Path(temporary)
            place.mkdir(parents=True, exist_ok=True)
            job.save(place)
            options = [] if dump is None else dump_options(dump)
            if preset:
                loaded = Path(temporary) / "images"
                loaded.mkdir()
                memories = self.engine.memories(network.config)
                write_images(compiled, self.hardware, memories, program, loaded)
                options += read_options(loaded)
            _run(compiled, bench, place, options, on_progress, keeps_log=folder is not None)
            record = Record.open(place)
            if folder is not None:
                for name in ("job.npz", "record.npz", "progress"):
                    (place / name).unlink()
        if record.error:
            raise RunFailure(
                f"the block must accept its program, but reported {ErrorCode(record.error).name}"
            )
        stream = self.engine.stream
        return Simulation(
            layers=parse(program, record.results, stream.central, stream.per_pe),
            overflow=record.overflow,
            cycles=record.cycles,
            seconds=record.seconds,
            preset_words=load.size if preset else 0,
            tile_words=tiles.size,
        )

    def check(
        self,
        network: Network[Any, Any],
        expected: Run,
        simulation: Simulation,
        *,
        timing: Timing | None = None,
    ) -> None:
        """Check every output and every counter, those that depend on timing to the cycle.

        Parameters
        ----------
        network : Network
            The network.
        expected : Run
            The golden model's run on the same inputs.
        simulation : Simulation
            The RTL's.
        timing : tuple of tuple of Counters, optional
            What `Engine.timing` gives for them, where that is known; computed by default.

        Raises
        ------
        RunFailure
            Names the first layer that departs from the model, and where.
        """
        timed = self.engine.timing(network, expected) if timing is None else timing
        rows = zip(network.layers, expected.layers, timed, simulation.layers, strict=True)
        for layer, wanted, passes, actual in rows:
            check_layer(layer.name, LayerRun(outputs=wanted.outputs, passes=passes), actual)
        check_overflow(expected, simulation.overflow)


def _limits(program: Program) -> IntArray:
    """Return after how many cycles each result packet of a run is overdue."""
    limits = []
    waited = 0
    for entry, cycles in zip(program.passes, program.cycle_limits, strict=True):
        waited += cycles
        for sent in (entry.emit_outputs, entry.emit_counters):
            if sent:
                limits.append(waited)
                waited = PACKET_CYCLES
    return np.array(limits, dtype=np.int64)


def _run(
    compiled: Build,
    bench: str,
    place: Path,
    options: Sequence[str],
    on_progress: Callable[[int], None] | None,
    *,
    keeps_log: bool,
) -> None:
    """Run the bench, and report its progress while it runs."""
    ended = threading.Event()

    def watch() -> None:
        reported = 0
        while not ended.wait(0.1):
            reported = _report(place, reported, on_progress)

    watcher = threading.Thread(target=watch)
    if on_progress is not None:
        watcher.start()
    try:
        run(
            compiled,
            bench,
            folder=place,
            variables={JOB_VARIABLE: str(place)},
            plusargs=options,
            keeps_log=keeps_log,
        )
    finally:
        ended.set()
        if on_progress is not None:
            watcher.join()


def _report(place: Path, reported: int, on_progress: Callable[[int], None] | None) -> int:
    """Report the input vectors done since the last report; return their number."""
    path = progress_file(place)
    done = path.stat().st_size if path.exists() else 0
    if on_progress is not None and done > reported:
        on_progress(done - reported)
    return done
