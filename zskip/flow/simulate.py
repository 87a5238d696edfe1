"""Simulate: a compressed network and inputs through the RTL, checked against the golden model."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zskip.files.inputs import read_inputs
from zskip.files.network import load
from zskip.files.weights import read_weights
from zskip.flow.progress import Progress, silent
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import dequantize
from zskip.model.common.metrics import accuracy, max_abs_error, signal_to_noise
from zskip.model.common.reference import FloatLayer, float_network
from zskip.model.eie.accelerator import RunResult, run
from zskip.model.eie.network import Layer, Network
from zskip.verif.common.simulator import Simulator
from zskip.verif.eie.compare import check_simulation
from zskip.verif.eie.simulate import LayerRecord, Simulation, build_array, simulate_network

DEPARTURE_DB = 20.0
"""A layer whose signal-to-noise ratio against the float network is lower departs from it."""


@dataclass(frozen=True, kw_only=True)
class LayerReport:
    """What one layer cost, as means over the input vectors, and how exact it was.

    Parameters
    ----------
    name : str
        The layer's name in its source.
    inputs, outputs : int
        Its size.
    cycles : float
        Clock cycles.
    broadcasts : float
        Non-zero activations sent to the PEs.
    macs : float
        Multiplications of non-zero weights with non-zero activations.
    padding : float
        Padding entries computed.
    stalls : float
        Cycles in which a full queue held the broadcast up.
    utilization : float
        MACs per cycle and PE, from 0 to 1.
    saturations, overflows : int
        Outputs clipped to 16 bits and additions that wrapped around, all input vectors together.
    max_error, snr_db : float or None
        Largest error and signal-to-noise ratio against the float network, where that is given.
    """

    name: str
    inputs: int
    outputs: int
    cycles: float
    broadcasts: float
    macs: float
    padding: float
    stalls: float
    utilization: float
    saturations: int
    overflows: int
    max_error: float | None
    snr_db: float | None


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """Part of the input vectors whose largest output is the labeled one, from 0 to 1.

    Parameters
    ----------
    float_network : float or None
        Of the float network, where that is given.
    model, rtl : float
        Of the golden model and of the RTL.
    """

    float_network: float | None
    model: float
    rtl: float


@dataclass(frozen=True, kw_only=True)
class SimulationReport:
    """Result of a simulation whose every output and counter equals the golden model's.

    Parameters
    ----------
    simulator : str
        What the RTL ran in.
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
    """

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


def simulate(
    network: str | PathLike[str],
    inputs: str | PathLike[str],
    *,
    count: int | None = None,
    labels: str | PathLike[str] | None = None,
    float_weights: str | PathLike[str] | None = None,
    simulator: Simulator = Simulator.VERILATOR,
    waves: str | PathLike[str] | None = None,
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
    waves : path, optional
        Folder to leave the waveform and the log in.
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
    compressed = load(Path(network))
    given = read_inputs(Path(inputs), count=count, labels=None if labels is None else Path(labels))
    floats = None
    if float_weights is not None:
        floats = _matching(read_weights(Path(float_weights)), compressed)
    folder = None if waves is None else Path(waves).resolve()
    activations = compressed.quantize_inputs(given.values)
    with progress("building the simulator", None):
        compiled = build_array(compressed.config, simulator, waves=folder is not None)
    with progress("computing the golden model", len(activations)) as advance:
        model = run(compressed, activations, on_progress=advance)
    with progress("simulating", len(activations)) as advance:
        simulation = simulate_network(
            compressed, activations, compiled, folder=folder, on_progress=advance
        )
    timed = len(activations) * len(compressed.layers)
    with progress("checking against the golden model", timed) as advance:
        check_simulation(compressed, activations, model, simulation, on_progress=advance)
    reference = None
    if floats is not None:
        reference = float_network(floats, given.values * compressed.input_scale)
    layers = _layer_reports(compressed, model, simulation, reference)
    return SimulationReport(
        simulator=simulator.value,
        pe_count=compressed.config.pe_count,
        inputs=len(activations),
        equal_inputs=_equal_inputs(model, simulation),
        layers=layers,
        cycles_per_input=sum(layer.cycles for layer in layers),
        accuracy=_accuracy(given.labels, model, simulation, reference),
        departs_from_float=_first_departure(layers),
        simulated_cycles_per_second=simulation.cycles / max(simulation.seconds, 1e-9),
        waveform=None if folder is None else str(compiled.waveform(folder)),
    )


def _matching(floats: tuple[FloatLayer, ...], network: Network) -> tuple[FloatLayer, ...]:
    """Return a float network after a check that it has the shape of a compressed one."""
    given = [layer.weights.shape for layer in floats]
    expected = [layer.matrix.shape for layer in network.layers]
    if given != expected:
        raise InputError(
            f"the float network must have the compressed network's layer shapes {expected}, "
            f"not {given}: give the weights that the network was compressed from"
        )
    return floats


def _layer_reports(
    network: Network,
    model: RunResult,
    simulation: Simulation,
    reference: list[NDArray[np.float64]] | None,
) -> tuple[LayerReport, ...]:
    """Report every layer."""
    exact = [None] * len(network.layers) if reference is None else reference
    return tuple(
        _layer_report(layer, record, result.outputs, real, network.config.pe_count)
        for layer, record, result, real in zip(
            network.layers, simulation.layers, model.layers, exact, strict=True
        )
    )


def _layer_report(
    layer: Layer,
    record: LayerRecord,
    outputs: NDArray[np.int64],
    reference: NDArray[np.float64] | None,
    pe_count: int,
) -> LayerReport:
    """Report one layer."""
    totals = {name: values.sum(axis=1) for name, values in record.per_pe.items()}
    macs = float(np.mean(totals["entries"] - totals["padding"]))
    cycles = float(np.mean(record.central["cycles"]))
    actual = dequantize(outputs, layer.output_fraction)
    return LayerReport(
        name=layer.name,
        inputs=layer.inputs,
        outputs=layer.outputs,
        cycles=cycles,
        broadcasts=float(np.mean(record.central["broadcasts"])),
        macs=macs,
        padding=float(np.mean(totals["padding"])),
        stalls=float(np.mean(record.central["stalls"])),
        utilization=macs / (cycles * pe_count),
        saturations=int(totals["saturations"].sum()),
        overflows=int(totals["overflows"].sum()),
        max_error=None if reference is None else max_abs_error(reference, actual),
        snr_db=None if reference is None else signal_to_noise(reference, actual),
    )


def _accuracy(
    labels: NDArray[np.int64] | None,
    model: RunResult,
    simulation: Simulation,
    reference: list[NDArray[np.float64]] | None,
) -> Accuracy | None:
    """Compare the largest outputs with the labels."""
    if labels is None:
        return None
    return Accuracy(
        float_network=None if reference is None else accuracy(reference[-1], labels),
        model=accuracy(model.outputs, labels),
        rtl=accuracy(simulation.layers[-1].outputs, labels),
    )


def _equal_inputs(model: RunResult, simulation: Simulation) -> int:
    """Count the input vectors whose outputs are equal in every layer."""
    equal = [
        np.all(expected.outputs == actual.outputs, axis=1)
        for expected, actual in zip(model.layers, simulation.layers, strict=True)
    ]
    return int(np.count_nonzero(np.all(equal, axis=0)))


def _first_departure(layers: tuple[LayerReport, ...]) -> str | None:
    """Return the first layer that departs from the float network."""
    for layer in layers:
        if layer.snr_db is not None and layer.snr_db < DEPARTURE_DB:
            return layer.name
    return None
