"""Simulate: a compressed network and inputs through the RTL, checked against the golden model."""

import io
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.files.atomic import check_target, write_file
from zskip.flow.progress import Progress, silent
from zskip.flow.runs import DEPARTURE_DB, Accuracy, Runs, read_sources, run_all
from zskip.model.common.cost import Cost, layer_cost
from zskip.model.common.counters import LayerRun
from zskip.model.common.fixed import dequantize
from zskip.model.common.metrics import max_abs_error, signal_to_noise
from zskip.model.common.network import Layer
from zskip.verif.common.simulator import Simulator


@dataclass(frozen=True, kw_only=True)
class LayerReport:
    """Cost of a layer, as means over the input vectors, and its error.

    Parameters
    ----------
    name : str
        The layer's name in its source.
    inputs, outputs : int
        Its size in the source.
    cost : Cost
        Cycles, useful multiplications, utilization and the engine's counters.
    saturations, overflows : int
        Outputs clipped to 16 bits and additions that wrapped around, all input vectors together.
    max_error, snr_db : float or None
        Largest error and signal-to-noise ratio against the float network, where that is given.
    """

    name: str
    inputs: int
    outputs: int
    cost: Cost
    saturations: int
    overflows: int
    max_error: float | None
    snr_db: float | None


@dataclass(frozen=True, kw_only=True)
class SimulationReport:
    """Result of a simulation whose every output and counter equals the golden model's.

    Parameters
    ----------
    engine : str
        The engine.
    simulator : str
        The simulator that the RTL ran in.
    pe_count : int
        Processing elements.
    inputs : int
        Input vectors.
    equal_inputs : int
        Those of them whose outputs equal the golden model's in every layer: all of them.
    layers : tuple of LayerReport
        One for each layer.
    cycles_per_input : float
        Clock cycles of all layers, mean over the input vectors.
    accuracy : Accuracy or None
        Where labels are given.
    departs_from_float : str or None
        First layer below `DEPARTURE_DB` against the float network.
    simulated_cycles_per_second : float
        Speed of the simulation while the array computed.
    waveform : str or None
        Where the waveform is, if one was asked for.
    outputs : str or None
        Where the outputs are, if they were asked for.
    notes : tuple of str, optional
        What was taken off the float network, a line each.
    """

    engine: str
    simulator: str
    pe_count: int
    inputs: int
    equal_inputs: int
    layers: tuple[LayerReport, ...]
    cycles_per_input: float
    accuracy: Accuracy | None
    departs_from_float: str | None
    simulated_cycles_per_second: float
    waveform: str | None
    outputs: str | None
    notes: tuple[str, ...] = ()


def simulate(
    network: str | PathLike[str],
    inputs: str | PathLike[str],
    *,
    count: int | None = None,
    labels: str | PathLike[str] | None = None,
    float_weights: str | PathLike[str] | None = None,
    simulator: Simulator = Simulator.VERILATOR,
    engine: str | None = None,
    waves: str | PathLike[str] | None = None,
    outputs: str | PathLike[str] | None = None,
    progress: Progress = silent,
) -> SimulationReport:
    """Run inputs through the RTL of a compressed network and check them against the model.

    Parameters
    ----------
    network : path
        Compressed network file.
    inputs : path
        ``.npy`` or ``.npz`` file of inputs, with labels or without.
    count : int, optional
        Use only that many of the inputs.
    labels : path, optional
        File of labels, if they are not in the inputs' file.
    float_weights : path, optional
        The float network to measure the error against.
    simulator : Simulator
        What to run the RTL in.
    engine : str, optional
        The engine that the network must be for; any without it.
    waves : path, optional
        Folder to leave the waveform and the log in.
    outputs : path, optional
        ``.npz`` file to write the network's outputs to, in the order of its source: `outputs`,
        float64, and `fixed`, int16, of which one unit stands for ``2 ** -fraction``.
    progress : Progress, optional
        Makes the progress bars.

    Returns
    -------
    SimulationReport

    Raises
    ------
    InputError
        A file cannot be used, or the simulator was not found.
    RunFailure
        The simulation failed, or the RTL departs from the golden model.
    """
    target = None if outputs is None else Path(outputs)
    if target is not None:
        check_target(target, network, inputs, labels, float_weights)
    sources = read_sources(
        network, inputs, count=count, labels=labels, float_weights=float_weights, engine=engine
    )
    runs = run_all(sources, simulator=simulator, waves=waves, progress=progress)
    runs.check(progress)
    if target is not None:
        fraction = sources.network.layers[-1].scale.output_fraction
        write_file(target, _archive(runs.rtl_outputs, fraction))
    layers = _layer_reports(runs)
    return SimulationReport(
        engine=sources.network.config.ENGINE,
        simulator=simulator.value,
        pe_count=sources.network.config.pe_count,
        inputs=len(runs.activations),
        equal_inputs=runs.equal_inputs(),
        layers=layers,
        cycles_per_input=sum(layer.cost.cycles for layer in layers),
        accuracy=runs.accuracy(),
        departs_from_float=_first_departure(layers),
        simulated_cycles_per_second=runs.simulation.cycles / max(runs.simulation.seconds, 1e-9),
        waveform=runs.waveform,
        outputs=None if target is None else str(target),
        notes=sources.notes,
    )


def _archive(outputs: NDArray[np.int64], fraction: int) -> bytes:
    """Return the file of a network's outputs."""
    file = io.BytesIO()
    np.savez(
        file,
        outputs=dequantize(outputs, fraction),
        fixed=outputs.astype(np.int16),
        fraction=np.array(fraction),
    )
    return file.getvalue()


def _layer_reports(runs: Runs) -> tuple[LayerReport, ...]:
    """Report every layer."""
    network = runs.sources.network
    exact = [None] * len(network.layers) if runs.reference is None else runs.reference
    return tuple(
        _layer_report(runs, layer, record, real)
        for layer, record, real in zip(network.layers, runs.simulation.layers, exact, strict=True)
    )


def _layer_report(
    runs: Runs, layer: Layer[Any], record: LayerRun, reference: NDArray[np.float64] | None
) -> LayerReport:
    """Report one layer."""
    counters = record.counters
    actual = dequantize(record.outputs, layer.scale.output_fraction)
    expected = None if reference is None else reference[:, layer.rows]
    return LayerReport(
        name=layer.name,
        inputs=layer.source_shape[1],
        outputs=layer.source_shape[0],
        cost=layer_cost(runs.block.engine, layer, counters, runs.sources.network.config),
        saturations=int(counters["saturations"].sum()),
        overflows=int(counters["overflows"].sum()),
        max_error=None if expected is None else max_abs_error(expected, actual),
        snr_db=None if expected is None else signal_to_noise(expected, actual),
    )


def _first_departure(layers: tuple[LayerReport, ...]) -> str | None:
    """Return the first layer that departs from the float network."""
    for layer in layers:
        if layer.snr_db is not None and layer.snr_db < DEPARTURE_DB:
            return layer.name
    return None
