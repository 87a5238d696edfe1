"""Bench: the nine layers of the EIE paper, or a network of one's own, in cycles."""

import zipfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zskip.files.atomic import check_target, write_file
from zskip.files.inputs import read_inputs
from zskip.files.network import MANIFEST, load
from zskip.files.weights import read_weights
from zskip.flow.bench_plot import plot_results
from zskip.flow.parallel import in_parallel
from zskip.flow.progress import Progress, silent
from zskip.flow.sensitivity_plot import check_plotting
from zskip.model.common.errors import InputError
from zskip.model.eie.accelerator import run
from zskip.model.eie.benchmark import LAYERS, BenchmarkLayer, draw, find, make
from zskip.model.eie.compress import compress
from zskip.model.eie.config import NAMED, PAPER, RANGES, Config
from zskip.model.eie.cycles import layer_timing
from zskip.model.eie.network import Network
from zskip.model.eie.recode import moved, recode, with_accumulators, with_memories
from zskip.model.eie.schedule import check_fit
from zskip.model.eie.work import Work, work
from zskip.verif.common.simulator import Build, Simulator
from zskip.verif.eie.compare import check_simulation
from zskip.verif.eie.simulate import Simulation, build_array, simulate_network

AnyPath = str | PathLike[str]
Number = int | float

RTL, MODEL = "rtl", "model"

ROOMY = {"spmat_depth", "pointer_depth", "bias_depth", "activation_depth", "pass_count"}
"""Memories whose depths change no cycle count, and so are enlarged to hold what is measured."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Size and densities of a layer.

    Parameters
    ----------
    outputs, inputs : int
        Size of the matrix.
    weights, activations : float
        Share of the weights, and of the inputs that are read, that are not zero, 0 to 1.
    """

    outputs: int
    inputs: int
    weights: float
    activations: float


@dataclass(frozen=True, kw_only=True)
class BenchResult:
    """What a layer took; of several input vectors the mean.

    Parameters
    ----------
    layer : str
        Name of the layer.
    config : str
        The configuration by name, with the fields that differ.
    pes : int
        Processing elements.
    cycles : int or float
        Clock cycles.
    macs : int or float
        Useful multiplications: non-zero weights with non-zero inputs.
    padding : int or float
        Padding entries of the active columns.
    stalls_full_queue : int or float
        Cycles in which a broadcast waited because a queue was full.
    limit_cycles : float
        What no array with as many multipliers can beat: the larger of active columns and of
        ``macs / pes``.
    paper_theoretical_cycles, paper_actual_cycles : int or None
        The paper's times on 64 PEs, for its layers.
    utilisation : float
        ``macs / (cycles * pes)``, 0 to 1.
    source : str
        `RTL` or `MODEL`.
    shape : Shape
        Size and densities.
    """

    layer: str
    config: str
    pes: int
    cycles: Number
    macs: Number
    padding: Number
    stalls_full_queue: Number
    limit_cycles: float
    paper_theoretical_cycles: int | None
    paper_actual_cycles: int | None
    utilisation: float
    source: str
    shape: Shape


@dataclass(frozen=True, kw_only=True)
class BenchReport:
    """Results of a bench.

    Parameters
    ----------
    results : list of BenchResult
        One for each layer.
    inputs : int
        Input vectors that the means are of.
    enlarged : dict of str to int
        Fields of the configuration that had to be larger to hold what was measured.
    plot : pathlib.Path or None
        File of the plot, if one was asked for.
    """

    results: list[BenchResult]
    inputs: int
    enlarged: dict[str, int]
    plot: Path | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """A network to measure.

    Parameters
    ----------
    network : Network
        The network.
    activations : ndarray of int64, shape (n, inputs)
        Its input vectors.
    compiled : Build or None
        The array to run it on; none for the cycle model.
    config : str
        Name of the configuration.
    """

    network: Network
    activations: NDArray[np.int64]
    compiled: Build | None
    config: str


def bench(
    *,
    config: Config | None = None,
    layers: Sequence[str] = (),
    seed: int = 1,
    model: bool = False,
    simulator: Simulator = Simulator.VERILATOR,
    weights: AnyPath | None = None,
    inputs: AnyPath | None = None,
    count: int | None = None,
    input_scale: float = 1.0,
    keep: Collection[str] = (),
    plot: AnyPath | None = None,
    jobs: int = 1,
    scale: float = 1.0,
    progress: Progress = silent,
) -> BenchReport:
    """Measure the nine layers of the EIE paper, or the layers of a network, in cycles.

    Outputs and counters of the RTL are compared with the golden model and the cycle model, and
    equal them. Memories that are too small for what is measured are enlarged.

    Parameters
    ----------
    config : Config, optional
        The array. `PAPER` by default, or that of a compressed network file.
    layers : sequence of str, optional
        Names of the paper's layers to measure; all by default.
    seed : int, optional
        Seed of the paper's layers, whose weights and inputs are drawn at random.
    model : bool, optional
        Take the cycles from the cycle model, not from the RTL.
    simulator : Simulator, optional
        What to run the RTL in.
    weights : path, optional
        Measure this network instead: a compressed network file, which is encoded anew where the
        configuration is another one, or a file of float weights, which is compressed first.
    inputs : path, optional
        Its inputs, ``.npy`` or ``.npz``; for float weights they choose the scales, too.
    count : int, optional
        Use only that many of the inputs.
    input_scale : float, optional
        For float weights: factor from the inputs of files to those of the training.
    keep : collection of str, optional
        Fields of the configuration that are not enlarged.
    plot : path, optional
        File to write a plot to (SVG); needs matplotlib.
    jobs : int, optional
        Processes that measure layers at the same time.
    scale : float, optional
        Factor on both sides of the paper's layers, for a quick look.
    progress : Progress, optional
        Makes the progress bars.

    Returns
    -------
    BenchReport

    Raises
    ------
    InputError
        A file or a layer's name cannot be used, the network does not fit, or a tool is missing.
    RunFailure
        A simulation failed, or the RTL departs from the models.
    """
    target = checked_plot(plot, weights, inputs)
    if weights is None:
        scaling = None if input_scale == 1.0 else input_scale
        own = {"inputs": inputs, "count": count, "input-scale": scaling}
        _refuse(own, "with --weights only")
        chosen, base = chosen_layers(layers, scale), config or PAPER
        pairs = _paper_networks(chosen, base, seed, keep, progress)
    else:
        chosen = ()
        _refuse({"layer": layers or None}, "without --weights only, as it names the paper's")
        network, activations = _own_network(
            Path(weights), inputs, count, input_scale, config, keep, progress
        )
        base = config or network.config
        pairs = [(network, activations)]
    merged, pairs = _on_one_array(pairs, keep)
    for network, _ in pairs:
        check_fit(network)
    compiled = None
    if not model:
        with progress("building the simulator", None):
            compiled = build_array(merged, simulator)
    name = configuration_name(base)
    tasks = [
        Task(network=network, activations=given, compiled=compiled, config=name)
        for network, given in pairs
    ]
    what = "running the cycle model" if model else "simulating"
    with progress(what, len(tasks)) as advance:
        measured = in_parallel(measure, tasks, jobs, advance)
    results = [result for part in measured for result in part]
    if chosen and scale == 1:
        results = [_beside_paper(*pair) for pair in zip(results, chosen, strict=True)]
    report = BenchReport(
        results=results,
        inputs=len(pairs[0][1]),
        enlarged=_changes(base, merged),
        plot=target,
    )
    if target is not None:
        write_file(target, plot_results(results))
    return report


def measure(task: Task) -> list[BenchResult]:
    """Measure every layer of a network.

    Parameters
    ----------
    task : Task
        What to measure, and on what.

    Returns
    -------
    list of BenchResult
        One for each layer.

    Raises
    ------
    RunFailure
        The simulation failed, or the RTL departs from the models.
    """
    network, activations, simulation = task.network, task.activations, None
    sources = [network.select(activations)]
    # The work of a single layer can be counted without computing it.
    if task.compiled is not None or len(network.layers) > 1:
        golden = run(network, activations)
        sources += [layer.outputs for layer in golden.layers[:-1]]
        if task.compiled is not None:
            simulation = simulate_network(network, activations, task.compiled, images=True)
            check_simulation(network, activations, golden, simulation)
    return [_result(task, index, given, simulation) for index, given in enumerate(sources)]


def chosen_layers(names: Sequence[str], scale: float) -> tuple[BenchmarkLayer, ...]:
    """Return the paper's layers of some names, all without names.

    Parameters
    ----------
    names : sequence of str
        Names of layers.
    scale : float
        Factor on both sides.

    Returns
    -------
    tuple of BenchmarkLayer

    Raises
    ------
    InputError
        There is no such layer, or the factor is out of range.
    """
    if not 0 < scale <= 1:
        raise InputError(f"the scale must be above 0 and at most 1, not {scale}")
    found = [find(name) for name in names] or list(LAYERS)
    return tuple(layer.scaled(scale) for layer in dict.fromkeys(found))


def checked_plot(plot: AnyPath | None, *sources: AnyPath | None) -> Path | None:
    """Return the file of a plot after a check that it can be drawn and written.

    Parameters
    ----------
    plot : path or None
        The file.
    *sources : path or None
        Files that are read.

    Returns
    -------
    pathlib.Path or None

    Raises
    ------
    InputError
        matplotlib is missing, or the file cannot be written.
    """
    if plot is None:
        return None
    check_plotting()
    check_target(Path(plot), *sources)
    return Path(plot)


def configuration_name(config: Config) -> str:
    """Return the named configuration that is nearest, and the fields that differ from it.

    Parameters
    ----------
    config : Config
        A configuration.

    Returns
    -------
    str
        Such as ``paper queue_depth=16``; the PE count is left out.
    """
    names = [
        " ".join([name, *(f"{field}={value}" for field, value in _changes(base, config).items())])
        for name, base in NAMED.items()
    ]
    return min(names, key=lambda name: name.count(" "))


def _changes(old: Config, new: Config) -> dict[str, int]:
    """Return the fields of a configuration that differ from another's, but for the PE count."""
    return {
        field.name: getattr(new, field.name)
        for field in fields(new)
        if field.name != "pe_count" and getattr(old, field.name) != getattr(new, field.name)
    }


def _refuse(options: dict[str, object], where: str) -> None:
    """Refuse options that were given where they mean nothing."""
    for name, value in options.items():
        if value is not None:
            raise InputError(f"--{name} must be given {where}: leave one out")


Pair = tuple[Network, NDArray[np.int64]]


def _paper_networks(
    layers: Sequence[BenchmarkLayer],
    config: Config,
    seed: int,
    keep: Collection[str],
    progress: Progress,
) -> list[Pair]:
    """Draw the paper's layers."""
    pairs = []
    wide = with_accumulators(config, max(layer.outputs for layer in layers), keep)
    with progress("drawing the layers", len(layers)) as advance:
        for layer in layers:
            drawn = draw(layer, seed, config.codebook_size)
            pairs.append((make(layer, wide, seed, drawn), drawn.activations))
            advance(1)
    return pairs


def _own_network(
    weights: Path,
    inputs: AnyPath | None,
    count: int | None,
    input_scale: float,
    config: Config | None,
    keep: Collection[str],
    progress: Progress,
) -> Pair:
    """Read a network and its inputs, and encode it for the configuration."""
    if inputs is None:
        raise InputError("--inputs must be given with --weights: add a file of typical inputs")
    if _is_compressed(weights):
        if input_scale != 1.0:
            raise InputError(
                "--input-scale must be given with float weights only, as a compressed network has "
                "its own: leave it out"
            )
        network, given = load(weights), read_inputs(Path(inputs), count=count).values
        if config is not None:
            network = recode(network, config)
    else:
        floats = read_weights(weights)
        given = read_inputs(Path(inputs), count=count).values
        roomy = _roomiest(config or PAPER, keep)
        with progress("compressing the network", len(floats)) as advance:
            network = compress(
                floats, roomy, calibration=given, input_scale=input_scale, on_progress=advance
            ).network
        network = _with_depths(network, config or PAPER)
    return network, network.quantize_inputs(given)


def _is_compressed(path: Path) -> bool:
    """Tell whether a file is a compressed network."""
    try:
        with zipfile.ZipFile(path) as archive:
            return MANIFEST in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        # Whoever reads the file as weights says what is wrong with it.
        return False


def _roomiest(config: Config, keep: Collection[str]) -> Config:
    """Return a configuration whose memories are as large as a configuration may have them."""
    return config.replace(**{name: RANGES[name][1] for name in ROOMY - set(keep)})


def _with_depths(network: Network, config: Config) -> Network:
    """Return a network with the memory depths of a configuration, whether it fits or not."""
    depths = {name: getattr(config, name) for name in ROOMY}
    return moved(network, network.config.replace(**depths))


def _on_one_array(pairs: list[Pair], keep: Collection[str]) -> tuple[Config, list[Pair]]:
    """Return the smallest array that holds every network, and the networks on it."""
    merged = pairs[0][0].config
    for network, _ in pairs:
        large = with_memories(network, keep)
        names = [field.name for field in fields(large)]
        merged = merged.replace(
            **{name: max(getattr(merged, name), getattr(large, name)) for name in names}
        )
    return merged, [(moved(network, merged), given) for network, given in pairs]


def _result(
    task: Task, index: int, activations: NDArray[np.int64], simulation: Simulation | None
) -> BenchResult:
    """Gather the figures of a layer."""
    network = task.network
    layer, pes = network.layers[index], network.config.pe_count
    if simulation is None:
        done = work(layer.matrix, activations)
        timing = layer_timing(
            layer.matrix,
            activations,
            network.config,
            first=index == 0,
            last=index == len(network.layers) - 1,
        )
        central = timing.central
    else:
        done, central = _counted(simulation, index, activations), simulation.layers[index].central
    cycles, macs = _mean(central["cycles"]), _mean(done.macs)
    outputs, inputs = layer.source_shape
    return BenchResult(
        layer=layer.name,
        config=task.config,
        pes=pes,
        cycles=cycles,
        macs=macs,
        padding=_mean(done.padding),
        stalls_full_queue=_mean(central["stalls"]),
        limit_cycles=float(np.mean(done.limit(pes))),
        paper_theoretical_cycles=None,
        paper_actual_cycles=None,
        utilisation=macs / (cycles * pes),
        source=MODEL if simulation is None else RTL,
        shape=Shape(
            outputs=outputs,
            inputs=inputs,
            weights=layer.matrix.nonzeros / (outputs * inputs),
            activations=float(np.mean(activations != 0)),
        ),
    )


def _counted(simulation: Simulation, index: int, activations: NDArray[np.int64]) -> Work:
    """Return the work that the RTL counted."""
    counters = simulation.layers[index].per_pe
    return Work(
        columns=np.count_nonzero(activations, axis=1),
        entries=counters["entries"].sum(axis=1),
        padding=counters["padding"].sum(axis=1),
    )


def _mean(values: NDArray[np.int64]) -> Number:
    """Return the mean of counters, whole where it is."""
    total = int(values.sum())
    return total // len(values) if total % len(values) == 0 else total / len(values)


def _beside_paper(result: BenchResult, layer: BenchmarkLayer) -> BenchResult:
    """Add the paper's figures."""
    values = {field.name: getattr(result, field.name) for field in fields(result)}
    values["paper_theoretical_cycles"] = layer.theoretical_cycles
    values["paper_actual_cycles"] = layer.actual_cycles
    return BenchResult(**values)
