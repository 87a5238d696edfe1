"""Bench: benchmark layers, or a network of one's own, in cycles."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

from zskip.engines import DEFAULT, block, engine_of
from zskip.engines import engine as find_engine
from zskip.files.atomic import write_file
from zskip.flow.bench_measure import BenchResult, Task, measure
from zskip.flow.bench_networks import benchmark_networks, on_one_block, own_network
from zskip.flow.bench_plot import plot_results
from zskip.flow.parallel import in_parallel
from zskip.flow.plotting import checked_plot
from zskip.flow.progress import Progress, silent
from zskip.model.common.benchmark import chosen_layers
from zskip.model.common.config import EngineConfig, configuration_name
from zskip.model.common.engine import Engine
from zskip.model.common.errors import InputError
from zskip.verif.common.simulator import Simulator

AnyPath = str | PathLike[str]


@dataclass(frozen=True, kw_only=True)
class BenchReport:
    """Results of a bench.

    Parameters
    ----------
    engine : str
        The engine.
    results : list of BenchResult
        One for each layer.
    inputs : int
        Input vectors that the means are of.
    enlarged : dict of str to int
        Fields of the configuration that had to be larger to hold what was measured.
    plot : pathlib.Path or None
        File of the plot, if one was asked for.
    """

    engine: str
    results: list[BenchResult]
    inputs: int
    enlarged: dict[str, int]
    plot: Path | None


def bench(
    *,
    engine: str | None = None,
    config: EngineConfig | None = None,
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
    """Measure the nine benchmark layers, or the layers of a network, in cycles.

    Outputs and counters of the RTL are compared with the golden model and the cycle model, and
    equal them. Memories that are too small for what is measured are enlarged.

    Parameters
    ----------
    engine : str, optional
        The kind of accelerator; that of a compressed network file or a configuration, or the
        default one, without it.
    config : EngineConfig, optional
        Its hardware. The engine's default, or that of a compressed network file.
    layers : sequence of str, optional
        Names of benchmark layers to measure; all by default.
    seed : int, optional
        Seed of the benchmark layers, whose weights and inputs are drawn at random.
    model : bool, optional
        Take the cycles from the cycle model, not from the RTL.
    simulator : Simulator, optional
        The simulator to run the RTL in.
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
        Factor on both sides of the benchmark layers, for a quick look.
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
        _refuse({"inputs": inputs, "count": count, "input-scale": scaling}, "with --weights only")
        base = config or find_engine(engine or DEFAULT).default
        chosen = engine_of(base)
        drawn = chosen_layers(layers, scale)
        pairs = benchmark_networks(chosen, drawn, base, seed, keep, progress)
    else:
        _refuse({"layer": layers or None}, "without --weights only, as it names the paper's")
        pair = own_network(engine, Path(weights), inputs, count, input_scale, config, progress)
        base = config or pair.network.config
        chosen = engine_of(base)
        pairs = [pair]
    merged, pairs = on_one_block(chosen, pairs, keep)
    for pair in pairs:
        chosen.check_fit(pair.network)
    compiled = None
    if not model:
        with progress("building the simulator", None):
            compiled = block(chosen.name).build(merged, simulator)
    name = configuration_name(chosen.configs, base)
    tasks = [
        Task(network=network, activations=given, compiled=compiled, config=name)
        for network, given in pairs
    ]
    what = "running the cycle model" if model else "simulating"
    with progress(what, len(tasks)) as advance:
        measured = in_parallel(measure, tasks, jobs, advance)
    results = [result for part in measured for result in part]
    if weights is None and scale == 1:
        results = [_beside_paper(chosen, result) for result in results]
    report = BenchReport(
        engine=chosen.name,
        results=results,
        inputs=len(pairs[0].activations),
        enlarged={k: v for k, v in base.changes_to(merged).items() if k != "pe_count"},
        plot=target,
    )
    if target is not None:
        write_file(target, plot_results(results))
    return report


def _refuse(options: dict[str, object], where: str) -> None:
    """Refuse options that were given where they mean nothing."""
    for name, value in options.items():
        if value is not None:
            raise InputError(f"--{name} must be given {where}: leave one out")


def _beside_paper(engine: Engine[Any, Any], result: BenchResult) -> BenchResult:
    """Add published cycles, where there are any."""
    published = engine.published.get(result.layer)
    if published is None:
        return result
    return replace(
        result,
        paper_theoretical_cycles=published.theoretical_cycles,
        paper_actual_cycles=published.actual_cycles,
    )
