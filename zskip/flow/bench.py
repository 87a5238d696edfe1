"""Bench: benchmark layers, or a network of one's own, in cycles."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from zskip.engines import DEFAULT, block, engine_of
from zskip.engines import engine as find_engine
from zskip.files.atomic import write_file
from zskip.files.formats.activations import Activations
from zskip.files.inputs import AnyInputs
from zskip.files.weights import AnyWeights
from zskip.flow.bench_measure import BenchResult, Task, measure
from zskip.flow.bench_networks import Pair, benchmark_networks, on_one_block, own_network
from zskip.flow.bench_plot import plot_results
from zskip.flow.choices import AnyConfig, given_config
from zskip.flow.given import AnyNetwork, AnyPath, engine_for, given_energies
from zskip.flow.intervals import interval_notes
from zskip.flow.parallel import in_parallel
from zskip.flow.plotting import checked_plot
from zskip.flow.progress import Progress, silent
from zskip.flow.report import Report, Row, cost_record, counted
from zskip.flow.simulators import AnySimulator, given_simulator
from zskip.model.common.benchmark import chosen_layers
from zskip.model.common.config import configuration_name
from zskip.model.common.engine import Engine
from zskip.model.common.errors import InputError
from zskip.model.common.figure_table import FigureTable
from zskip.verif.common.simulator import Simulator


@dataclass(frozen=True, kw_only=True, repr=False)
class BenchReport(Report):
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
    tables : tuple of FigureTable, optional
        What the engine shows of itself, where all benchmark layers were measured.
    notes : tuple of str, optional
        What was taken off or assumed in reading float weights, and how many inputs are clipped, a
        line each.
    """

    engine: str
    results: list[BenchResult]
    inputs: int
    enlarged: dict[str, int]
    plot: Path | None
    tables: tuple[FigureTable, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """Layers, hardware and where the cycles are from."""
        first = self.results[0]
        return (
            f"{counted(len(self.results), 'layer')} on {counted(first.pe_count, 'PE')}, "
            f"configuration {first.config}, cycles from the {first.source}"
        )

    def to_dict(self) -> list[Row]:
        """Return a row for each layer."""
        losses = find_engine(self.engine).losses
        return [
            {
                "engine": self.engine,
                "layer": result.layer,
                "config": result.config,
                "pe_count": result.pe_count,
                **cost_record(result.cost, losses),
                "paper_theoretical_cycles": result.paper_theoretical_cycles,
                "paper_actual_cycles": result.paper_actual_cycles,
                "source": result.source,
            }
            for result in self.results
        ]


def bench(
    *,
    engine: str | None = None,
    config: AnyConfig | None = None,
    layers: Sequence[str] = (),
    seed: int = 1,
    model: bool = False,
    simulator: AnySimulator = Simulator.VERILATOR,
    weights: AnyWeights | AnyNetwork | None = None,
    inputs: AnyInputs | None = None,
    count: int | None = None,
    input_scale: float = 1.0,
    activations: Activations | None = None,
    keep: Collection[str] = (),
    energies: AnyPath | None = None,
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
    config : EngineConfig or str, optional
        Its hardware, or the name of it. Without it that of a compressed network file, the engine's
        default, or for the benchmark's layers one that holds them.
    layers : sequence of str, optional
        Names of benchmark layers to measure; all by default.
    seed : int, optional
        Seed of the benchmark layers, whose weights and inputs are drawn at random.
    model : bool, optional
        Take the cycles from the cycle model, not from the RTL.
    simulator : Simulator or str, optional
        What to run the RTL in: ``"verilator"`` or ``"icarus"``.
    weights : path, Network, Compressed or values, optional
        Measure this network instead: a compressed network or its file, which is encoded anew where
        the configuration is another one, or float weights as `zskip.compress` takes them, which
        are compressed first.
    inputs : path or array_like, optional
        Its inputs, or their ``.npy`` or ``.npz`` file; for float weights they choose the scales,
        too.
    count : int, optional
        Use only that many of the inputs.
    input_scale : float, optional
        For float weights: factor from the inputs of files to those of the training.
    activations : str, sequence of str or mapping of str to str, optional
        For float weights, as for `zskip.compress`.
    keep : collection of str, optional
        Fields of the configuration that are not enlarged.
    energies : path, optional
        File of energies of events (`zskip.model.common.energy.read_energies`); published ones of
        45nm without it.
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
    whole = weights is None and not layers
    named = engine_for(engine, weights) if isinstance(config, str) else engine
    wanted, tool = given_config(config, named), given_simulator(simulator)
    priced = given_energies(energies)
    if weights is None:
        scaling = None if input_scale == 1.0 else input_scale
        own = {"inputs": inputs, "count": count, "input-scale": scaling, "activations": activations}
        _refuse(own, "with --weights only")
        base = wanted or find_engine(engine or DEFAULT).benchmarked
        chosen = engine_of(base)
        drawn = chosen_layers(layers, scale)
        pairs, notes = benchmark_networks(chosen, drawn, base, seed, keep, progress), ()
    else:
        _refuse({"layer": layers or None}, "without --weights only, as it names the paper's")
        pair, notes = own_network(
            engine, weights, inputs, count, input_scale, activations, wanted, progress
        )
        base = wanted or pair.network.config
        chosen = engine_of(base)
        pairs = [pair]
    merged, pairs = on_one_block(chosen, pairs, keep)
    _check_fit(chosen, pairs, drawn=weights is None)
    compiled = None
    if not model:
        with progress("building the simulator", None):
            compiled = block(chosen.name).build(merged, tool)
    name = configuration_name(chosen.configs, base)
    tasks = [
        Task(network=network, activations=given, compiled=compiled, config=name, energies=priced)
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
        tables=_tables(chosen, seed, scale, progress) if whole else (),
        notes=(*notes, *(note for part in measured for note in _intervals(part))),
    )
    if target is not None:
        write_file(target, plot_results(results))
    return report


def _tables(
    engine: Engine[Any, Any], seed: int, scale: float, progress: Progress
) -> tuple[FigureTable, ...]:
    """Measure what an engine shows of itself."""
    with progress("measuring weights", None):
        return tuple(engine.tables(seed, scale))


def _intervals(results: Sequence[BenchResult]) -> tuple[str, ...]:
    """Say how the inputs of a network follow one another, by its layers."""
    cycles = sum(result.cost.cycles for result in results)
    names = ", ".join(result.layer for result in results)
    return tuple(f"{names}: {note}" for note in interval_notes(results[0].interval, cycles))


def _check_fit(engine: Engine[Any, Any], pairs: Sequence[Pair], *, drawn: bool) -> None:
    """Check that the largest network fits, and with it all others; name a layer that was drawn."""
    largest = max(
        (pair.network for pair in pairs),
        key=lambda network: max(memory.share for memory in engine.fit(network)),
    )
    try:
        engine.check_fit(largest)
    except InputError as error:
        if not drawn:
            raise
        raise InputError(f"{largest.layers[0].name}: {error}") from None


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
