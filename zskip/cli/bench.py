"""``zskip bench``."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from zskip.cli.options import chosen_config, configuration_options
from zskip.cli.output import emit_json, emit_text, progress
from zskip.cli.simulate import simulator_option
from zskip.flow.bench import BenchReport, bench
from zskip.flow.bench_measure import RTL, BenchResult
from zskip.flow.sweep import KINDS, Sweep, geometric_mean, sweep
from zskip.model.common.benchmark import NAMES
from zskip.model.common.errors import InputError
from zskip.model.eie.config import PAPER
from zskip.verif.common.simulator import Simulator

HEADINGS = (
    "layer",
    "size",
    "weights",
    "inputs",
    "cycles",
    "limit",
    "cycles/limit",
    "paper",
    "cycles/paper",
    "use",
    "padding",
    "stalls",
)


@click.command()
@click.option(
    "--layer",
    "layers",
    multiple=True,
    metavar="NAME",
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
@click.option(
    "--sweep",
    "kind",
    type=click.Choice(list(KINDS)),
    help="Sweep the design space with the cycle model: a figure of the paper, or the switches.",
)
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
    config_name: str | None,
    pes: int | None,
    settings: tuple[str, ...],
    weights: Path | None,
    inputs: Path | None,
    count: int | None,
    input_scale: float,
    kind: str | None,
    plot: Path | None,
    jobs: int | None,
    scale: float,
    as_json: bool,
) -> None:
    """Measure the nine layers of the EIE paper, or a network of your own, in cycles.

    The layers are drawn at random with the paper's sizes and densities. They run through the RTL,
    which must equal the golden model and the cycle model, or through the cycle model alone.
    Memories that are too small for them are enlarged.
    """
    config = chosen_config(config_name, pes, settings)
    processes = jobs or os.cpu_count() or 1
    if kind is not None:
        scaling = None if input_scale == 1.0 else input_scale
        own = {"weights": weights, "inputs": inputs, "count": count, "input-scale": scaling}
        _refuse_with_sweep(own)
        _refuse_swept(kind, {*_fields(settings), *(() if pes is None else ("pe_count",))})
        swept = sweep(
            kind,
            config=config or PAPER,
            layers=layers,
            seed=seed,
            plot=plot,
            jobs=processes,
            scale=scale,
            progress=progress,
        )
        if as_json:
            emit_json(_points(swept))
        else:
            emit_text(_sweep_table(swept), *_sweep_lines(swept))
        return
    report = bench(
        config=config,
        layers=layers,
        seed=seed,
        model=model,
        simulator=Simulator(simulator),
        weights=weights,
        inputs=inputs,
        count=count,
        input_scale=input_scale,
        keep=_fields(settings),
        plot=plot,
        jobs=processes,
        scale=scale,
        progress=progress,
    )
    if as_json:
        emit_json([_record(result) for result in report.results])
    else:
        emit_text(_table(report.results), *_lines(report))


def _refuse_with_sweep(options: dict[str, object]) -> None:
    """Refuse what a sweep does not take."""
    for name, value in options.items():
        if value is not None:
            raise InputError(
                f"--{name} must be given without --sweep, which measures the paper's layers: "
                "leave one out"
            )


def _refuse_swept(kind: str, fields: set[str]) -> None:
    """Refuse a value for what the sweep goes through."""
    for name in sorted(fields & {KINDS[kind].field}):
        raise InputError(f"{name} must be left to the sweep, not be set: leave one out")


def _fields(settings: Sequence[str]) -> set[str]:
    """Return the fields of the configuration that are set."""
    return {setting.partition("=")[0] for setting in settings}


def _record(result: BenchResult) -> dict[str, object]:
    """Return a result as JSON has it."""
    record = asdict(result)
    del record["shape"]
    return record


def _points(swept: Sweep) -> list[dict[str, object]]:
    """Return the points of a sweep as JSON has them."""
    points = []
    for point in swept.points:
        record: dict[str, object] = {
            "sweep": swept.kind,
            "layer": point.layer,
            "config": point.config,
            "pes": point.pes,
            "value": point.value,
            **point.figures,
        }
        if swept.storage_bits:
            record["storage_bits"] = swept.storage_bits[str(point.value)]
        points.append(record)
    return points


def _table(results: Sequence[BenchResult]) -> Table:
    """Lay the results out; below stand geometric means, or the sums of a network's layers."""
    beside_paper = all(result.paper_actual_cycles for result in results)
    table = _empty_table([name for name in HEADINGS if beside_paper or "paper" not in name])
    for result in results:
        cells = [
            f"{result.shape.outputs} x {result.shape.inputs}",
            f"{result.shape.weights:.1%}",
            f"{result.shape.activations:.1%}",
            *_against(result.cycles, result.limit_cycles, result.paper_actual_cycles),
            f"{result.utilisation:.1%}",
            _number(result.padding),
            _number(result.stalls_full_queue),
        ]
        table.add_row(escape(result.layer), *cells)
    cycles = [result.cycles for result in results]
    limits = [result.limit_cycles for result in results]
    if beside_paper:
        paper = [result.paper_actual_cycles or 0 for result in results]
        means = _against(*map(geometric_mean, (cycles, limits, paper)))
        use = geometric_mean([result.utilisation for result in results])
        table.add_row("geometric mean", "", "", "", *means, f"{use:.1%}", "", "")
    else:
        use = sum(result.macs for result in results) / (sum(cycles) * results[0].pes)
        sums = [
            _number(sum(getattr(result, name) for result in results))
            for name in ("padding", "stalls_full_queue")
        ]
        table.add_row(
            "all", "", "", "", *_against(sum(cycles), sum(limits), None), f"{use:.1%}", *sums
        )
    return table


def _against(cycles: float, limit: float, paper: float | None) -> list[str]:
    """Return cycles beside the limit and, where they are known, the paper's cycles."""
    cells = [_number(cycles), _number(limit), _ratio(cycles, limit)]
    return cells if paper is None else [*cells, _number(paper), _ratio(cycles, paper)]


def _lines(report: BenchReport) -> list[str]:
    """Return what stands below the table."""
    first = report.results[0]
    if first.source == RTL:
        origin = "RTL: every output and counter equals the golden model's and the cycle model's"
    else:
        origin = "cycle model"
    lines = [f"configuration {first.config}, {first.pes} PEs; {origin}"]
    if report.inputs > 1:
        lines.append(f"means over {report.inputs:,} inputs")
    if report.enlarged:
        fields = ", ".join(f"{name} {value}" for name, value in report.enlarged.items())
        lines.append(f"enlarged to hold the layers: {fields}")
    if report.plot is not None:
        lines.append(f"plot: {escape(str(report.plot))}")
    return lines


def _sweep_table(swept: Sweep) -> Table:
    """Lay a sweep out: a row for each layer, a column for each value."""
    if swept.kind == "switches":
        return _switches_table(swept)
    values = list(dict.fromkeys(point.value for point in swept.points))
    table = _empty_table(["layer", *map(str, values)])
    rows = _figures(swept)
    for layer, figures in rows.items():
        table.add_row(escape(layer), *(_figure(swept, figure) for figure in figures))
    means = [_mean(list(column)) for column in zip(*rows.values(), strict=True)]
    table.add_row("geometric mean", *("" if x is None else _figure(swept, x) for x in means))
    return table


def _switches_table(swept: Sweep) -> Table:
    """Lay the switches out: a row for each set of them, a column for each layer."""
    rows = _figures(swept)
    table = _empty_table(["on", *map(escape, rows), "mean", "bits per PE"])
    for index, (name, bits) in enumerate(swept.storage_bits.items()):
        gains = [figures[index] for figures in rows.values()]
        mean = geometric_mean(gains)
        table.add_row(name, *(f"{gain:.2f}" for gain in [*gains, mean]), f"{bits:,}")
    return table


def _sweep_lines(swept: Sweep) -> list[str]:
    """Return what stands below the table of a sweep."""
    lines = [f"{swept.meaning}, by {swept.parameter}; cycle model"]
    if swept.kind == "width":
        lines = [f"{swept.meaning} for an input vector, by {swept.parameter}; counted"]
    if swept.plot is not None:
        lines.append(f"plot: {escape(str(swept.plot))}")
    return lines


def _figures(swept: Sweep) -> dict[str, list[float]]:
    """Return the figures of a sweep by layer."""
    rows: dict[str, list[float]] = {}
    for point in swept.points:
        rows.setdefault(point.layer, []).append(point.figures[swept.figure])
    return rows


def _figure(swept: Sweep, value: float) -> str:
    """Return a figure of a sweep as text."""
    if swept.figure == "reads":
        return f"{value:,.0f}"
    return f"{value:.2f}" if swept.figure in ("speedup", "gain") else f"{value:.1%}"


def _empty_table(headings: Sequence[str]) -> Table:
    """Return a table whose first column is of names and whose others are of numbers."""
    table = Table(*headings, box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def _number(value: float) -> str:
    """Return a number as text."""
    return f"{value:,.0f}"


def _ratio(value: float, other: float) -> str:
    """Return a ratio as text, nothing where there is none."""
    return f"{value / other:.2f}" if other else ""


def _mean(values: Sequence[float | None]) -> float | None:
    """Return the geometric mean, none where a value is missing or not positive."""
    present = [value for value in values if value]
    return geometric_mean(present) if len(present) == len(values) else None
