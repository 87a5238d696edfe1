"""``zskip sensitivity``."""

from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from zskip.cli.options import activations_option
from zskip.cli.output import emit_json, emit_text, progress
from zskip.cli.tables import decibels
from zskip.flow.sensitivity import ACCURACY, DENSITIES, SensitivityReport, sensitivity
from zskip.model.common.errors import InputError


@click.command()
@click.argument("weights", type=click.Path(path_type=Path))
@click.option(
    "--inputs", "-i", type=click.Path(path_type=Path), required=True, help="Inputs, .npy or .npz."
)
@click.option("--labels", type=click.Path(path_type=Path), help="Labels, if not in the inputs.")
@click.option("--count", type=click.IntRange(1), help="Use only the first COUNT inputs.")
@click.option(
    "--densities",
    default=",".join(map(str, DENSITIES)),
    show_default=True,
    metavar="D,D,...",
    help="Shares of a layer's weights to keep.",
)
@click.option(
    "--input-scale",
    type=float,
    default=1.0,
    metavar="X",
    help="Factor from the inputs of files to those that the network was trained with.",
)
@activations_option
@click.option("--plot", type=click.Path(path_type=Path), metavar="FILE", help="Write a plot (SVG).")
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
def command(
    weights: Path,
    inputs: Path,
    labels: Path | None,
    count: int | None,
    densities: str,
    input_scale: float,
    activations: tuple[str, ...],
    plot: Path | None,
    as_json: bool,
) -> None:
    """Prune each layer of the float network WEIGHTS alone, and tell what that does to it.

    The table shows the accuracy for every layer and density, or, without labels, the
    signal-to-noise ratio of the outputs against those of the network as it is.
    """
    report = sensitivity(
        weights,
        inputs,
        labels=labels,
        count=count,
        densities=_densities(densities),
        input_scale=input_scale,
        activations=",".join(activations) or None,
        plot=plot,
        progress=progress,
    )
    if as_json:
        emit_json(report)
    else:
        emit_text(_table(report), *_lines(report))


def _densities(text: str) -> list[float]:
    """Return the numbers of a list."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(
            f"densities must be numbers with commas between them, not {text!r}: "
            "give shares such as 0.05,0.1,0.5"
        ) from None


def _table(report: SensitivityReport) -> Table:
    """Lay the scores out: a row for each layer, a column for each density."""
    heads = (f"{density:.4g}" for density in report.densities)
    table = Table("layer", *heads, box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for layer in dict.fromkeys(row.layer for row in report.rows):
        scores = (_score(report, row.score) for row in report.rows if row.layer == layer)
        table.add_row(escape(layer), *scores)
    return table


def _score(report: SensitivityReport, score: float) -> str:
    """Return a score as text."""
    if report.score == ACCURACY:
        return f"{score:.2%}"
    return decibels(score)


def _lines(report: SensitivityReport) -> list[str]:
    """Return what stands below the table."""
    kind = "accuracy" if report.score == ACCURACY else "signal-to-noise ratio of the outputs"
    lines = [f"{kind} on {report.inputs:,} inputs with one layer pruned to the density above"]
    if report.score == ACCURACY:
        lines.append(f"not pruned: {report.unpruned:.2%}")
    lines += map(escape, report.notes)
    if report.plot is not None:
        lines.append(f"plot: {escape(str(report.plot))}")
    return lines
