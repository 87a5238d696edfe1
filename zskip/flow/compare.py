"""Compare: the same float network and inputs through several kinds of hardware."""

from typing import Any

from zskip.engines import COMPARED, engine_of
from zskip.files.atomic import write_file
from zskip.files.formats.activations import Activations
from zskip.files.formats.source import SourceLayers
from zskip.files.inputs import AnyInputs, read_inputs
from zskip.files.weights import AnyWeights, read_weights
from zskip.flow.bench_measure import MODEL, RTL
from zskip.flow.clipping import clipped_note
from zskip.flow.compare_plot import plot_contenders
from zskip.flow.comparison import Comparison, Measured
from zskip.flow.contenders import AnyContenders, Contender, given_contenders
from zskip.flow.gates import NO_YOSYS, count_gates
from zskip.flow.given import AnyPath
from zskip.flow.plotting import checked_plot
from zskip.flow.progress import Progress, silent
from zskip.flow.runs import Sources, run_all
from zskip.flow.simulators import AnySimulator, given_simulator
from zskip.model.common.compress import STAGES, compress
from zskip.model.common.config import configuration_name
from zskip.model.common.cost import layer_cost, total_cost
from zskip.model.common.counters import Counters, Run, summed
from zskip.model.common.errors import InputError
from zskip.model.common.fidelity import finite_outputs
from zskip.model.common.fixed import FloatArray
from zskip.model.common.metrics import accuracy, signal_to_noise
from zskip.model.common.network import Network
from zskip.model.common.prune import PerLayer
from zskip.model.common.reference import float_network
from zskip.verif.common.simulator import Simulator


def compare(
    weights: AnyWeights,
    inputs: AnyInputs | None,
    *,
    labels: AnyInputs | None = None,
    count: int | None = None,
    input_scale: float = 1.0,
    activations: Activations | None = None,
    density: PerLayer = None,
    engines: AnyContenders = COMPARED,
    multipliers: int = 64,
    model: bool = False,
    simulator: AnySimulator = Simulator.VERILATOR,
    gates: bool = False,
    plot: AnyPath | None = None,
    progress: Progress = silent,
) -> Comparison:
    """Take a float network and its inputs through several engines of as many multipliers.

    For each the network is compressed as that hardware is meant to be used: hardware with a pattern
    N:M gets weights pruned to it, the dense one all weights, and the others those that `density`
    leaves. Memories that are too small are enlarged. Outputs and counters of the RTL equal those of
    the models.

    Parameters
    ----------
    weights : path or values
        The float network, as `zskip.compress` takes it.
    inputs : path or array_like
        Inputs, or their ``.npy`` or ``.npz`` file. All of them choose the scales.
    labels : path or array_like, optional
        Labels, if they are not in the inputs' file.
    count : int, optional
        Run only that many of the inputs, the first ones.
    input_scale : float, optional
        Factor from the inputs of files to those of the training.
    activations : str, sequence of str or mapping of str to str, optional
        As for `zskip.compress`.
    density : float or mapping of str to float, optional
        Share of the weights to keep for hardware without a pattern; those that are not zero without
        it.
    engines : str or sequence of str or EngineConfig, optional
        What to compare (`zskip.flow.contenders.given_contenders`). Ratios are to the last one.
    multipliers : int, optional
        Multipliers of each.
    model : bool, optional
        Take outputs and cycles from the models, not from the RTL.
    simulator : Simulator or str, optional
        What to run the RTL in: ``"verilator"`` or ``"icarus"``.
    gates : bool, optional
        Count generic gates (`zskip.flow.gates`).
    plot : path, optional
        File to write a plot to (SVG); needs matplotlib.
    progress : Progress, optional
        Makes the progress bars.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        A file, value or contender cannot be used, or the network does not fit one.
    RunFailure
        A simulation failed, or the RTL departs from the models.
    """
    target = checked_plot(plot, weights, inputs, labels)
    chosen, tool = given_contenders(engines, multipliers), given_simulator(simulator)
    if inputs is None:
        raise InputError(
            "inputs must be given to run a network with: add --inputs FILE, an .npy or .npz, or "
            "leave the network out to compare the nine benchmark layers"
        )
    with progress("reading", None):
        floats = read_weights(weights, activations)
        calibration = read_inputs(inputs, labels=labels)
        given = read_inputs(inputs, count=count, labels=labels)
    networks = [
        _compressed(contender, floats, calibration.values, density, input_scale, progress)
        for contender in chosen
    ]
    truth = float_network(floats, given.values * input_scale)[-1]
    contenders, notes = [], [*floats.notes]
    for contender, network in zip(chosen, networks, strict=True):
        notes += (f"{contender.name}: {note}" for note in clipped_note(network, given.values))
        sources = Sources(network=network, given=given, floats=floats)
        ran = _modeled(sources, progress) if model else _simulated(sources, tool, progress)
        contenders.append(_measured(contender, sources, ran, truth, gates, progress))
    if gates and contenders[0].gates is None:
        notes.append(NO_YOSYS)
    report = Comparison(
        contenders=tuple(contenders),
        inputs=len(given.values),
        source=MODEL if model else RTL,
        float_accuracy=None if given.labels is None else accuracy(truth, given.labels),
        plot=target,
        notes=tuple(notes),
    )
    if target is not None:
        write_file(target, plot_contenders(report.contenders))
    return report


def _compressed(
    contender: Contender,
    floats: SourceLayers,
    calibration: FloatArray,
    density: PerLayer,
    input_scale: float,
    progress: Progress,
) -> Network[Any, Any]:
    """Compress the network for a contender, with memories that hold it."""
    engine = contender.engine
    with progress(f"compressing for {contender.name}", len(floats) + STAGES) as advance:
        network = compress(
            engine,
            floats,
            contender.config,
            calibration=calibration,
            density=density if contender.pattern is None else None,
            pattern=contender.pattern,
            input_scale=input_scale,
            must_fit=False,
            on_progress=advance,
        ).network
    network = engine.recode(network, engine.enlarged(network, ()))
    engine.check_fit(network)
    return network


def _simulated(
    sources: Sources, simulator: Simulator, progress: Progress
) -> tuple[Run, list[Counters]]:
    """Run a network in the RTL, which must equal the models."""
    runs = run_all(sources, simulator=simulator, waves=None, progress=progress)
    runs.check()
    return runs.model, [layer.counters for layer in runs.simulation.layers]


def _modeled(sources: Sources, progress: Progress) -> tuple[Run, list[Counters]]:
    """Run a network in the models."""
    network = sources.network
    engine = engine_of(network.config)
    activations = network.quantize_inputs(sources.given.values)
    with progress("computing the models", len(activations) * (1 + len(network.layers))) as advance:
        run = engine.run(network, activations, on_progress=advance)
        timing = engine.timing(network, run, on_progress=advance)
    return run, [summed(passes) for passes in timing]


def _measured(
    contender: Contender,
    sources: Sources,
    ran: tuple[Run, list[Counters]],
    truth: FloatArray,
    gates: bool,
    progress: Progress,
) -> Measured:
    """Take the figures of a contender from its run."""
    engine, network, labels = contender.engine, sources.network, sources.given.labels
    run, counters = ran
    config = network.config
    costs = [
        layer_cost(engine, layer, source, counted, config)
        for layer, source, counted in zip(network.layers, run.sources, counters, strict=True)
    ]
    outputs = finite_outputs(network.layers[-1], run.outputs)
    counted = None
    if gates:
        with progress(f"counting the gates of {contender.name}", None):
            counted = count_gates(config)
    return Measured(
        name=contender.name,
        engine=engine.name,
        config=configuration_name(engine.configs, config),
        pattern=None if contender.pattern is None else str(contender.pattern),
        cost=total_cost(costs),
        chip_bytes=sum(engine.figures(layer, config).chip_bytes for layer in network.layers),
        weights_kept=sum(layer.nonzeros for layer in network.layers)
        / sum(outputs * inputs for outputs, inputs in network.shapes),
        activations_read=sum(
            engine.activations_read(layer.shape, config) for layer in network.layers
        ),
        snr_db=signal_to_noise(truth, outputs),
        accuracy=None if labels is None else accuracy(outputs, labels),
        gates=counted,
    )
