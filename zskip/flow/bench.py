"""Bench: the nine layers of the EIE paper, or a network of one's own, in cycles."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from os import PathLike
from pathlib import Path

from zskip.files.atomic import check_target, write_file
from zskip.flow.bench_measure import BenchResult, Task, measure
from zskip.flow.bench_networks import on_one_array, own_network, paper_networks
from zskip.flow.bench_plot import plot_results
from zskip.flow.parallel import in_parallel
from zskip.flow.progress import Progress, silent
from zskip.flow.sensitivity_plot import check_plotting
from zskip.model.common.benchmark import LAYERS, BenchmarkLayer, find
from zskip.model.common.errors import InputError
from zskip.model.eie.config import NAMED, PAPER, Config
from zskip.model.eie.fit import check_fit
from zskip.verif.common.simulator import Simulator
from zskip.verif.eie.simulate import build_array

AnyPath = str | PathLike[str]


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
        pairs = paper_networks(chosen, base, seed, keep, progress)
    else:
        chosen = ()
        _refuse({"layer": layers or None}, "without --weights only, as it names the paper's")
        network, activations = own_network(
            Path(weights), inputs, count, input_scale, config, keep, progress
        )
        base = config or network.config
        pairs = [(network, activations)]
    merged, pairs = on_one_array(pairs, keep)
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


def _beside_paper(result: BenchResult, layer: BenchmarkLayer) -> BenchResult:
    """Add the paper's figures."""
    values = {field.name: getattr(result, field.name) for field in fields(result)}
    values["paper_theoretical_cycles"] = layer.theoretical_cycles
    values["paper_actual_cycles"] = layer.actual_cycles
    return BenchResult(**values)
