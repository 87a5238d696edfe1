"""Verify: float network, fixed-point model and RTL side by side, layer by layer."""

import numpy as np
from numpy.typing import NDArray

from zskip.files.inputs import AnyInputs
from zskip.files.weights import AnyWeights
from zskip.flow.given import AnyNetwork
from zskip.flow.progress import Progress, silent
from zskip.flow.runs import Runs, read_sources, run_all
from zskip.flow.simulators import AnySimulator, given_simulator
from zskip.flow.verification import Error, LayerVerification, Verification
from zskip.model.common.ending import VALUES
from zskip.model.common.errors import InputError, RunFailure
from zskip.model.common.fidelity import DEPARTURE_DB, finite_outputs
from zskip.model.common.metrics import classes, max_abs_error, signal_to_noise
from zskip.model.common.reference import float_layer
from zskip.verif.common.simulator import Simulator


def verify(
    network: AnyNetwork,
    float_weights: AnyWeights,
    inputs: AnyInputs,
    *,
    count: int | None = None,
    labels: AnyInputs | None = None,
    simulator: AnySimulator = Simulator.VERILATOR,
    engine: str | None = None,
    progress: Progress = silent,
) -> Verification:
    """Compare a compressed network with the float network it was made of and with its RTL.

    Parameters
    ----------
    network : path, Network or Compressed
        Compressed network, or its file.
    float_weights : path or values
        The float network, as `zskip.compress` takes it.
    inputs : path or array_like
        Inputs, or their ``.npy`` or ``.npz`` file, with labels or without.
    count : int, optional
        Use only that many of the inputs.
    labels : path or array_like, optional
        Labels, or their file, if they are not in the inputs' file.
    simulator : Simulator or str
        What to run the RTL in: ``"verilator"`` or ``"icarus"``.
    engine : str, optional
        The engine that the network must be for; any without it.
    progress : Progress, optional
        Makes the progress bars.

    Returns
    -------
    Verification
        Also where the RTL departs from the model; `rtl_equal` tells.

    Raises
    ------
    InputError
        A file cannot be used, or the simulator was not found.
    RunFailure
        The simulation failed.
    """
    chosen = given_simulator(simulator)
    if float_weights is None:
        raise InputError("the float network must be given, not none: name its file")
    with progress("reading", None):
        sources = read_sources(
            network, inputs, count=count, labels=labels, float_weights=float_weights, engine=engine
        )
    runs = run_all(sources, simulator=chosen, waves=None, progress=progress)
    departure = None
    try:
        runs.check()
    except RunFailure as failure:
        departure = str(failure)
    with progress("comparing with the float network", None):
        layers = _layers(runs)
    reference = _reference(runs)[-1]
    rtl = runs.rtl_outputs
    return Verification(
        simulator=chosen.value,
        inputs=len(runs.activations),
        layers=layers,
        same_class_float_model=_same_class(reference, runs.real(runs.model.outputs)),
        same_class_model_rtl=_same_class(runs.real(runs.model.outputs), runs.real(rtl)),
        accuracy=runs.accuracy(),
        departs=_first([(layer.name, layer.total) for layer in layers]),
        departs_by_itself=_first([(layer.name, layer.own) for layer in layers]),
        ending=sources.ending,
        ending_max_error=_ending_error(runs),
        rtl_equal=departure is None,
        rtl_departure=departure,
        notes=runs.notes,
    )


def _reference(runs: Runs) -> list[NDArray[np.float64]]:
    """Return the outputs of the float network."""
    if runs.reference is None:
        raise InputError("the float network must be given, not none: name its file")
    return runs.reference


def _ending_error(runs: Runs) -> float | None:
    """Compare the outputs behind the ending, if it gives real values."""
    ending = runs.sources.ending
    if ending not in VALUES:
        return None
    actual = runs.real(runs.model.outputs)
    return max_abs_error(VALUES[ending](_reference(runs)[-1]), VALUES[ending](actual))


def _layers(runs: Runs) -> tuple[LayerVerification, ...]:
    """Compare every layer."""
    network = runs.sources.network
    fed = network.layers[0].input_values(runs.activations)
    reports = []
    rows = zip(
        network.layers,
        runs.sources.floats or (),
        _reference(runs),
        runs.model.layers,
        runs.simulation.layers,
        strict=True,
    )
    for layer, source, reference, model, record in rows:
        actual = finite_outputs(layer, model.outputs)
        alone = float_layer(source.weights, fed, source.bias, source.relu)
        outputs, inputs = layer.source_shape
        reports.append(
            LayerVerification(
                name=layer.name,
                inputs=inputs,
                outputs=outputs,
                total=_error(reference, actual, layer.rows),
                own=_error(alone, actual, layer.rows),
                saturations=int(model.counters["saturations"].sum()),
                overflows=int(model.counters["overflows"].sum()),
                rtl_differences=int(np.count_nonzero(model.outputs != record.outputs)),
            )
        )
        fed = reference.copy()
        fed[:, layer.rows] = actual
    return tuple(reports)


def _error(
    reference: NDArray[np.float64], actual: NDArray[np.float64], rows: NDArray[np.int64]
) -> Error:
    """Measure the error of some outputs of a layer and find the worst of them."""
    expected = reference[:, rows]
    distance = np.abs(actual - expected)
    row, column = np.unravel_index(int(np.argmax(distance)), distance.shape)
    return Error(
        max_error=float(distance[row, column]),
        input=int(row),
        output=int(rows[column]),
        snr_db=signal_to_noise(expected, actual),
    )


def _same_class(left: NDArray[np.generic], right: NDArray[np.generic]) -> float:
    """Return the part of the input vectors whose class is the same."""
    return float(np.mean(classes(left) == classes(right)))


def _first(errors: list[tuple[str, Error]]) -> str | None:
    """Return the first layer below the threshold."""
    return next((name for name, error in errors if error.snr_db < DEPARTURE_DB), None)
