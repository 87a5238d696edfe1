"""Simulate: a compressed network and inputs through the RTL, checked against the golden model."""

import io
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.files.atomic import check_target, write_file
from zskip.files.inputs import AnyInputs
from zskip.files.weights import AnyWeights
from zskip.flow.given import AnyNetwork, AnyPath, given_energies, paths
from zskip.flow.intervals import interval_notes, mean_interval
from zskip.flow.progress import Progress, silent
from zskip.flow.runs import Runs, read_sources, run_all
from zskip.flow.simulation_report import LayerReport, SimulationReport
from zskip.flow.simulators import AnySimulator, given_simulator
from zskip.model.common.cost import layer_cost
from zskip.model.common.counters import Counters, LayerRun
from zskip.model.common.ending import apply_ending
from zskip.model.common.energy import EnergyTable
from zskip.model.common.errors import InputError
from zskip.model.common.fidelity import DEPARTURE_DB, finite_outputs
from zskip.model.common.metrics import max_abs_error, signal_to_noise
from zskip.model.common.network import Layer
from zskip.verif.common.simulator import Simulator


def simulate(
    network: AnyNetwork,
    inputs: AnyInputs,
    *,
    count: int | None = None,
    labels: AnyInputs | None = None,
    float_weights: AnyWeights | None = None,
    simulator: AnySimulator = Simulator.VERILATOR,
    engine: str | None = None,
    energies: AnyPath | None = None,
    waves: AnyPath | None = None,
    outputs: AnyPath | None = None,
    ending: bool = False,
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
    energies : path, optional
        File of energies of events (`zskip.model.common.energy.read_energies`); published ones of
        45nm without it.
    waves : path, optional
        Folder to leave the waveform and the log in.
    outputs : path, optional
        ``.npz`` file to write the network's outputs to, in the order of its source: `outputs`,
        float64, and `fixed`, int16, of which one unit stands for ``2 ** -fraction``; of a network
        in floating point `outputs` and `words`, the bits of the format.
    ending : bool, optional
        Apply the softmax or such that was taken off at the end of the network to `outputs`, of the
        file and of the report, which are those of the last layer otherwise; the others always are.
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
    chosen, priced = given_simulator(simulator), given_energies(energies)
    target = None if outputs is None else Path(outputs)
    if target is not None:
        check_target(target, *paths(network, inputs, labels, float_weights))
    with progress("reading", None):
        sources = read_sources(
            network, inputs, count=count, labels=labels, float_weights=float_weights, engine=engine
        )
    applied = sources.ending if ending else None
    if ending and applied is None:
        raise InputError(
            "an ending must be known to be applied, but neither the network nor a float network "
            "has one: leave it out"
        )
    runs = run_all(sources, simulator=chosen, waves=waves, progress=progress)
    runs.check()
    if target is not None:
        write_file(target, _archive(runs, applied))
    layers = _layer_reports(runs, priced)
    cycles = sum(layer.cost.cycles for layer in layers)
    interval = mean_interval(
        runs.block.engine,
        sources.network,
        [layer.counters for layer in runs.simulation.layers],
    )
    return SimulationReport(
        engine=sources.network.config.ENGINE,
        simulator=chosen.value,
        pe_count=sources.network.config.pe_count,
        inputs=len(runs.activations),
        equal_inputs=runs.equal_inputs(),
        layers=layers,
        cycles_per_input=cycles,
        interval=interval,
        accuracy=runs.accuracy(),
        ending=applied,
        departs_from_float=_first_departure(layers),
        simulated_cycles_per_second=runs.simulation.cycles / max(runs.simulation.seconds, 1e-9),
        waveform=runs.waveform,
        outputs_file=None if target is None else str(target),
        notes=(
            *runs.notes,
            *_in_front(None if ending else sources.ending),
            *_streamed(runs.simulation.tile_words, cycles),
            *interval_notes(interval, cycles),
        ),
    )


def _streamed(words: int, cycles: float) -> tuple[str, ...]:
    """Say what limits runs with streamed weights: a word of the stream takes a cycle."""
    if not words:
        return ()
    limit = "stream" if words > cycles else "array"
    return (
        f"weights are streamed: {words:,} words for each input beside {cycles:,.1f} cycles of "
        f"computing, so the {limit} is the limit",
    )


def _in_front(ending: str | None) -> tuple[str, ...]:
    """Say what the outputs are in front of, if of anything."""
    if ending is None:
        return ()
    return (f"outputs are those in front of the {ending} (give ending to apply it)",)


def _archive(runs: Runs, ending: str | None) -> bytes:
    """Return the file of a network's outputs."""
    file, layer = io.BytesIO(), runs.sources.network.layers[-1]
    real, words = runs.real(runs.rtl_outputs), runs.rtl_outputs.astype(layer.form.dtype)
    outputs = real if ending is None else apply_ending(ending, real)
    if layer.number is None:
        np.savez(file, outputs=outputs, fixed=words, fraction=np.array(layer.scale.output_fraction))
    else:
        np.savez(file, outputs=outputs, words=words)
    return file.getvalue()


def _layer_reports(runs: Runs, energies: EnergyTable) -> tuple[LayerReport, ...]:
    """Report every layer."""
    network = runs.sources.network
    exact = [None] * len(network.layers) if runs.reference is None else runs.reference
    return tuple(
        _layer_report(runs, energies, *row)
        for row in zip(
            network.layers, runs.model.sources, runs.simulation.layers, exact, strict=True
        )
    )


def _layer_report(
    runs: Runs,
    energies: EnergyTable,
    layer: Layer[Any],
    source: NDArray[np.int64],
    record: LayerRun,
    reference: NDArray[np.float64] | None,
) -> LayerReport:
    """Report one layer."""
    counters = record.counters
    fixed = np.zeros((len(record.outputs), layer.source_shape[0]), dtype=layer.form.dtype)
    fixed[:, layer.rows] = record.outputs
    compared = layer.output_values if reference is None else partial(finite_outputs, layer)
    actual = compared(record.outputs)
    values = np.full(fixed.shape, np.nan)
    values[:, layer.rows] = actual
    expected = None if reference is None else reference[:, layer.rows]
    return LayerReport(
        name=layer.name,
        inputs=layer.source_shape[1],
        outputs=layer.source_shape[0],
        cost=layer_cost(
            runs.block.engine, layer, source, counters, runs.sources.network.config, energies
        ),
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
