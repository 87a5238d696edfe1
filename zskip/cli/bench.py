"""``zskip bench``."""

import os
from collections.abc import Sequence
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from zskip.cli import completion
from zskip.cli.options import (
    activations_option,
    chosen_config,
    configuration_options,
    energies_option,
)
from zskip.cli.output import emit_json, emit_notes, emit_text, progress
from zskip.cli.simulate import simulator_option
from zskip.cli.tables import (
    ENERGY_HEADS,
    empty_table,
    energy_basis,
    energy_cells,
    figure_table,
    geometric_mean,
    number,
)
from zskip.engines import engine
from zskip.flow.bench import BenchReport, bench
from zskip.flow.bench_measure import RTL
from zskip.flow.given import engine_for
from zskip.flow.report import shown_value
from zskip.model.common.benchmark import NAMES
from zskip.model.common.cost import total_cost
from zskip.verif.common.simulator import Simulator


@click.command()
@click.option(
    "--layer",
    "layers",
    multiple=True,
    metavar="NAME",
    shell_complete=completion.benchmark_layers,
    help=f"Only this layer: {', '.join(NAMES)}. May be repeated.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the layers.")
@click.option("--model", is_flag=True, help="Take the cycles from the cycle model, not the RTL.")
@simulator_option
@configuration_options
@click.option(
    "--weights",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Measure this network: a compressed one, or float weights.",
)
@click.option("--inputs", "-i", type=click.Path(path_type=Path), help="Its inputs, .npy or .npz.")
@click.option("--count", type=click.IntRange(1), help="Use only the first COUNT inputs.")
@click.option(
    "--input-scale",
    type=float,
    default=1.0,
    metavar="X",
    help="For float weights: factor from the inputs of files to those of the training.",
)
@activations_option
@energies_option
@click.option("--plot", type=click.Path(path_type=Path), metavar="FILE", help="Write a plot (SVG).")
@click.option(
    "--jobs",
    type=click.IntRange(1),
    help="Layers measured at the same time; as many as there are processors by default.",
)
@click.option("--scale", type=float, default=1.0, hidden=True)
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
def command(
    layers: tuple[str, ...],
    seed: int,
    model: bool,
    simulator: str,
    engine_name: str | None,
    config_name: str | None,
    pes: int | None,
    settings: tuple[str, ...],
    weights: Path | None,
    inputs: Path | None,
    count: int | None,
    input_scale: float,
    activations: tuple[str, ...],
    energies: Path | None,
    plot: Path | None,
    jobs: int | None,
    scale: float,
    as_json: bool,
) -> None:
    """Measure the nine benchmark layers of the EIE paper, or a network of your own, in cycles.

    The layers are drawn at random with the paper's sizes and densities. They run through the RTL,
    which must equal the golden model and the cycle model, or through the cycle model alone.
    Memories that are too small for them are enlarged.
    """
    config = chosen_config(engine_for(engine_name, weights), config_name, pes, settings)
    report = bench(
        engine=engine_name,
        config=config,
        layers=layers,
        seed=seed,
        model=model,
        simulator=Simulator(simulator),
        weights=weights,
        inputs=inputs,
        count=count,
        input_scale=input_scale,
        activations=",".join(activations) or None,
        keep=_fields(settings),
        energies=energies,
        plot=plot,
        jobs=jobs or os.cpu_count() or 1,
        scale=scale,
        progress=progress,
    )
    if as_json:
        emit_json(_json(report))
        emit_notes(report.notes)
    else:
        emit_text(_table(report), *_lines(report))
        for table in report.tables:
            emit_text("", figure_table(table), *table.notes)


def _fields(settings: Sequence[str]) -> set[str]:
    """Return the fields of the configuration that are set."""
    return {setting.partition("=")[0] for setting in settings}


def _json(report: BenchReport) -> object:
    """Return the layers; with the engine's own tables, all by name."""
    if not report.tables:
        return report.to_dict()
    return {"layers": report.to_dict(), **{one.name: one.to_dict() for one in report.tables}}


def _table(report: BenchReport) -> Table:
    """Lay the results out; below stand geometric means, or the sums of a network's layers."""
    losses, results = engine(report.engine).losses, report.results
    published = all(result.paper_actual_cycles for result in results)
    paper = ("paper", "cycles/paper") if published else ()
    heads = ("layer", "size", "weights", "inputs", "cycles", "limit", "cycles/limit", *paper)
    table = empty_table([*heads, "use", *losses.values(), *ENERGY_HEADS])
    for result in results:
        table.add_row(
            escape(result.layer),
            f"{result.shape.outputs} x {result.shape.inputs}",
            f"{result.shape.weights:.1%}",
            f"{result.shape.activations:.1%}",
            *_against(result.cost.cycles, result.cost.limit_cycles, result.paper_actual_cycles),
            f"{result.cost.utilization:.1%}",
            *(number(shown_value(result.cost, name)) for name in losses),
            *energy_cells(result.cost.energy.total, result.cost.pj_per_mac),
        )
    table.add_row(*(_means(report) if published else _sums(report)))
    return table


def _means(report: BenchReport) -> list[str]:
    """Return the geometric means of benchmark layers."""
    costs = [result.cost for result in report.results]
    columns = (
        [cost.cycles for cost in costs],
        [cost.limit_cycles for cost in costs],
        [float(result.paper_actual_cycles or 0) for result in report.results],
    )
    use = geometric_mean([cost.utilization for cost in costs])
    blank = [""] * len(engine(report.engine).losses)
    means = _against(*map(geometric_mean, columns))
    energies = [cost.energy.total for cost in costs], [cost.pj_per_mac for cost in costs]
    energy = energy_cells(*map(geometric_mean, energies))
    return ["geometric mean", "", "", "", *means, f"{use:.1%}", *blank, *energy]


def _sums(report: BenchReport) -> list[str]:
    """Return the sums over a network's layers."""
    total = total_cost([result.cost for result in report.results])
    sums = [number(shown_value(total, name)) for name in engine(report.engine).losses]
    against = _against(total.cycles, total.limit_cycles, None)
    energy = energy_cells(total.energy.total, total.pj_per_mac)
    return ["all", "", "", "", *against, f"{total.utilization:.1%}", *sums, *energy]


def _against(cycles: float, limit: float, paper: float | None) -> list[str]:
    """Return cycles beside the limit and, where they are known, the paper's cycles."""
    cells = [number(cycles), number(limit), _ratio(cycles, limit)]
    return cells if paper is None else [*cells, number(paper), _ratio(cycles, paper)]


def _ratio(value: float, other: float) -> str:
    """Return a ratio, empty where the other number is 0."""
    return f"{value / other:.2f}" if other else ""


def _lines(report: BenchReport) -> list[str]:
    """Return what stands below the table."""
    first = report.results[0]
    if first.source == RTL:
        origin = "RTL: every output and counter equals the golden model's and the cycle model's"
    else:
        origin = "cycle model"
    lines = [f"configuration {first.config}, {first.pe_count} PEs; {origin}"]
    if report.inputs > 1:
        lines.append(f"means over {report.inputs:,} inputs")
    if report.enlarged:
        fields = ", ".join(f"{name} {value}" for name, value in report.enlarged.items())
        lines.append(f"enlarged to hold the layers: {fields}")
    lines.append(energy_basis(first.cost.energy.assumptions))
    lines += map(escape, report.notes)
    if report.plot is not None:
        lines.append(f"plot: {escape(str(report.plot))}")
    return lines
