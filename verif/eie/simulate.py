"""Simulation of a compressed network on the RTL of its array."""

import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zskip.hw.eie.verilog import TOP_MODULE, array_verilog
from zskip.model.common.bitfields import unpack
from zskip.model.common.errors import RunFailure
from zskip.model.common.stream import (
    RESULT_HEADER,
    ErrorCode,
    Kind,
    unpack_activations,
    unpack_counters,
)
from zskip.model.eie.config import Config
from zskip.model.eie.counters import CENTRAL, PER_PE
from zskip.model.eie.network import Network
from zskip.model.eie.packets import input_packet
from zskip.model.eie.program import Program, plan
from zskip.verif.common.simulator import Build, Simulator, build, run
from zskip.verif.eie.images import dump_options, read_options, write_images
from zskip.verif.eie.job import JOB_VARIABLE, Job, Record, progress_file

BENCH = "zskip.verif.eie.tb_network"
"""Bench that runs inside the simulator."""


PATIENCE_CYCLES = 10_000_000
"""Cycles after which a layer that has given no result counts as hanging."""


@dataclass(frozen=True, eq=False, kw_only=True)
class PassRecord:
    """Counters of one pass for ``n`` input vectors.

    Parameters
    ----------
    central : dict of str to ndarray of int64, shape (n,)
        Counters of the central control unit.
    per_pe : dict of str to ndarray of int64, shape (n, pe_count)
        Counters of the PEs.
    """

    central: dict[str, NDArray[np.int64]]
    per_pe: dict[str, NDArray[np.int64]]


@dataclass(frozen=True, eq=False, kw_only=True)
class LayerRecord:
    """What the RTL gave for one layer and ``n`` input vectors.

    Parameters
    ----------
    outputs : ndarray of int64, shape (n, outputs)
        16-bit activations in the order of the layer's `rows`.
    passes : tuple of PassRecord
        One for each block of the layer's rows.
    """

    outputs: NDArray[np.int64]
    passes: tuple[PassRecord, ...]

    @property
    def central(self) -> dict[str, NDArray[np.int64]]:
        """Counters of the central control unit over all passes, shape (n,) each."""
        return {
            name: np.sum([entry.central[name] for entry in self.passes], axis=0) for name in CENTRAL
        }

    @property
    def per_pe(self) -> dict[str, NDArray[np.int64]]:
        """Counters of the PEs over all passes, shape (n, pe_count) each."""
        return {
            name: np.sum([entry.per_pe[name] for entry in self.passes], axis=0) for name in PER_PE
        }


@dataclass(frozen=True, eq=False, kw_only=True)
class Simulation:
    """What the RTL gave for a network.

    Parameters
    ----------
    layers : tuple of LayerRecord
        One for each layer.
    overflow : ndarray of bool, shape (n,)
        The array's overflow flag after each input vector.
    cycles : int
        Simulated cycles spent computing.
    seconds : float
        Wall-clock time of those.
    """

    layers: tuple[LayerRecord, ...]
    overflow: NDArray[np.bool_]
    cycles: int
    seconds: float


def build_array(
    config: Config, simulator: Simulator, *, waves: bool = False, cache: Path | None = None
) -> Build:
    """Compile the array of a configuration, or find it compiled.

    Parameters
    ----------
    config : Config
        The array.
    simulator : Simulator
        What to compile for.
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
        array_verilog(config), top=TOP_MODULE, simulator=simulator, waves=waves, cache=cache
    )


def simulate_network(
    network: Network,
    activations: NDArray[np.int64],
    compiled: Build,
    *,
    folder: Path | None = None,
    patience: int = PATIENCE_CYCLES,
    images: bool = False,
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
        The network's array, from `build_array`.
    folder : pathlib.Path, optional
        Where to leave log and waveform; nothing is left by default.
    patience : int
        Cycles after which a layer that has given no result counts as hanging.
    images : bool
        Let the memories begin with the program in them, which saves the time to load it.
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
        The simulation failed or the array reported an error.
    """
    program = plan(network, trace=True)
    job = Job(
        load=np.empty(0, dtype=np.uint64) if images else program.load_stream(),
        inputs=np.stack([input_packet(vector) for vector in network.select(activations)]),
        packets=sum(entry.emit_outputs + entry.emit_counters for entry in program.passes),
        patience=patience,
    )
    with tempfile.TemporaryDirectory(prefix="zskip-") as temporary:
        place = folder or Path(temporary)
        place.mkdir(parents=True, exist_ok=True)
        job.save(place)
        options = [] if dump is None else dump_options(dump)
        if images:
            loaded = Path(temporary) / "images"
            loaded.mkdir()
            write_images(program, loaded)
            options += read_options(loaded)
        _run(compiled, place, options, on_progress)
        record = Record.open(place)
        if folder is not None:
            for name in ("job.npz", "record.npz", "progress"):
                (place / name).unlink()
    if record.error:
        raise RunFailure(
            f"the array must accept its program, but reported {ErrorCode(record.error).name}"
        )
    return Simulation(
        layers=_layers(program, record.results),
        overflow=record.overflow,
        cycles=record.cycles,
        seconds=record.seconds,
    )


def _run(
    compiled: Build,
    place: Path,
    options: Sequence[str],
    on_progress: Callable[[int], None] | None,
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
            BENCH,
            folder=place,
            variables={JOB_VARIABLE: str(place)},
            plusargs=options,
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


def _layers(program: Program, results: NDArray[np.uint64]) -> tuple[LayerRecord, ...]:
    """Take the result stream of every input vector apart."""
    position = 0
    layers = []
    passes = []
    outputs = results[:, :0]
    for index, entry in enumerate(program.passes):
        if entry.emit_outputs:
            outputs, position = _packet(results, position, Kind.OUTPUTS, index)
        counters, position = _packet(results, position, Kind.COUNTERS, index)
        values = np.stack([unpack_counters(row) for row in counters])
        central = values[:, : len(CENTRAL)]
        per_pe = values[:, len(CENTRAL) :].reshape(len(values), -1, len(PER_PE))
        passes.append(
            PassRecord(
                central={name: central[:, i] for i, name in enumerate(CENTRAL)},
                per_pe={name: per_pe[:, :, i] for i, name in enumerate(PER_PE)},
            )
        )
        if entry.swap:
            activations = [unpack_activations(row, entry.outputs) for row in outputs]
            layers.append(LayerRecord(outputs=np.stack(activations), passes=tuple(passes)))
            passes = []
    return tuple(layers)


def _packet(
    results: NDArray[np.uint64], position: int, kind: Kind, index: int
) -> tuple[NDArray[np.uint64], int]:
    """Return the data of a packet of every input vector, and where the next packet begins."""
    header = unpack(RESULT_HEADER, int(results[0, position]))
    expected = {"kind": int(kind), "pass_index": index}
    given = {name: header[name] for name in expected}
    if given != expected:
        raise RunFailure(f"the result stream must bring packet {expected}, but brought {given}")
    end = position + 1 + header["words"]
    return results[:, position + 1 : end], end
