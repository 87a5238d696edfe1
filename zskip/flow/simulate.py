"""Simulate: a compressed network and inputs through the RTL, checked against the golden model."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.engines import engine as find_engine
from zskip.files.atomic import check_target, write_file
from zskip.files.inputs import AnyInputs
from zskip.files.weights import AnyWeights
from zskip.flow.given import AnyNetwork, AnyPath, paths
from zskip.flow.progress import Progress, silent
from zskip.flow.report import Report, Row, cost_record, counted
from zskip.flow.runs import DEPARTURE_DB, Accuracy, Runs, read_sources, run_all
from zskip.flow.simulators import AnySimulator, given_simulator
from zskip.model.common.cost import Cost, layer_cost
from zskip.model.common.counters import Counters, LayerRun
from zskip.model.common.fixed import dequantize
from zskip.model.common.metrics import max_abs_error, signal_to_noise
from zskip.model.common.network import Layer
from zskip.verif.common.simulator import Simulator


@dataclass(frozen=True, kw_only=True)
class LayerReport:
    """Cost of a layer, as means over the input vectors, its error, and its results.

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
    values : ndarray of float64, shape (n, outputs)
        Outputs of the RTL in the source's order; NaN at outputs that nothing reads, which the
        hardware does not compute.
    fixed : ndarray of int16, shape (n, outputs)
        The same in units of ``2 ** -fraction``; 0 at outputs that are not computed.
    fraction : int
        Fraction bits of `fixed`.
    counters : mapping of str to ndarray of int64, shape (n,)
        Every counter for each input vector, all PEs together.
    pe_counters : mapping of str to ndarray of int64, shape (n, PEs)
        Those that each processing element has.
    """

    name: str
    inputs: int
    outputs: int
    cost: Cost
    saturations: int
    overflows: int
    max_error: float | None
    snr_db: float | None
    values: NDArray[np.float64] = field(repr=False, compare=False)
    fixed: NDArray[np.int16] = field(repr=False, compare=False)
    fraction: int
    counters: Mapping[str, NDArray[np.int64]] = field(repr=False, compare=False)
    pe_counters: Mapping[str, NDArray[np.int64]] = field(repr=False, compare=False)


@dataclass(frozen=True, kw_only=True, repr=False)
class SimulationReport(Report):
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
    outputs_file : str or None
        Where the outputs are, if a file was asked for.
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
    outputs_file: str | None

    @property
    def outputs(self) -> NDArray[np.float64]:
        """Outputs of the network by the RTL, shape (n, outputs), in the source's order."""
        return self.layers[-1].values

    @property
    def fixed(self) -> NDArray[np.int16]:
        """`outputs` in units of ``2 ** -fraction`` of the last layer."""
        return self.layers[-1].fixed

    @property
    def headline(self) -> str:
        """Inputs, hardware and cycles."""
        hits = "" if self.accuracy is None else f", accuracy {self.accuracy.rtl:.2%}"
        return (
            f"{counted(self.inputs, 'input')} on {counted(self.pe_count, 'PE')} in "
            f"{self.simulator}, RTL equal to the model, "
            f"{self.cycles_per_input:,.1f} cycles each{hits}"
        )

    def to_dict(self) -> list[Row]:
        """Return a row for each layer: means over the input vectors, errors, sums of clippings."""
        shown = find_engine(self.engine).shown
        names = ("name", "inputs", "outputs", "saturations", "overflows", "max_error", "snr_db")
        return [
            {
                **{name: getattr(layer, name) for name in names},
                **cost_record(layer.cost, shown),
            }
            for layer in self.layers
        ]


def simulate(
    network: AnyNetwork,
    inputs: AnyInputs,
    *,
    count: int | None = None,
    labels: AnyInputs | None = None,
    float_weights: AnyWeights | None = None,
    simulator: AnySimulator = Simulator.VERILATOR,
    engine: str | None = None,
    waves: AnyPath | None = None,
    outputs: AnyPath | None = None,
    progress: Progress = silent,
) -> SimulationReport:
    """Run inputs through the RTL of a compressed network and check them against the model.

    Parameters
    ----------
    network : path, Network or Compressed
        Compressed network, or its file.
    inputs : path or array_like
        Inputs, or their ``.npy`` or ``.npz`` file, with labels or without.
    count : int, optional
        Use only that many of the inputs.
    labels : path or array_like, optional
        Labels, or their file, if they are not in the inputs' file.
    float_weights : path or values, optional
        The float network to measure the error against, as `zskip.compress` takes it.
    simulator : Simulator or str
        What to run the RTL in: ``"verilator"`` or ``"icarus"``.
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
        A file or value cannot be used, or the simulator was not found.
    RunFailure
        The simulation failed, or the RTL departs from the golden model.
    """
    chosen = given_simulator(simulator)
    target = None if outputs is None else Path(outputs)
    if target is not None:
        check_target(target, *paths(network, inputs, labels, float_weights))
    sources = read_sources(
        network, inputs, count=count, labels=labels, float_weights=float_weights, engine=engine
    )
    runs = run_all(sources, simulator=chosen, waves=waves, progress=progress)
    runs.check(progress)
    if target is not None:
        fraction = sources.network.layers[-1].scale.output_fraction
        write_file(target, _archive(runs.rtl_outputs, fraction))
    layers = _layer_reports(runs)
    return SimulationReport(
        engine=sources.network.config.ENGINE,
        simulator=chosen.value,
        pe_count=sources.network.config.pe_count,
        inputs=len(runs.activations),
        equal_inputs=runs.equal_inputs(),
        layers=layers,
        cycles_per_input=sum(layer.cost.cycles for layer in layers),
        accuracy=runs.accuracy(),
        departs_from_float=_first_departure(layers),
        simulated_cycles_per_second=runs.simulation.cycles / max(runs.simulation.seconds, 1e-9),
        waveform=runs.waveform,
        outputs_file=None if target is None else str(target),
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
    fixed = np.zeros((len(record.outputs), layer.source_shape[0]), dtype=np.int16)
    fixed[:, layer.rows] = record.outputs
    actual = dequantize(record.outputs, layer.scale.output_fraction)
    values = np.full(fixed.shape, np.nan)
    values[:, layer.rows] = actual
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
        values=values,
        fixed=fixed,
        fraction=layer.scale.output_fraction,
        counters=_by_input(counters),
        pe_counters=dict(counters.per_pe),
    )


def _by_input(counters: Counters) -> dict[str, NDArray[np.int64]]:
    """Return every counter, all PEs together."""
    return {name: counters[name] for name in (*counters.central, *counters.per_pe)}


def _first_departure(layers: tuple[LayerReport, ...]) -> str | None:
    """Return the first layer that departs from the float network."""
    for layer in layers:
        if layer.snr_db is not None and layer.snr_db < DEPARTURE_DB:
            return layer.name
    return None
