"""The plots of a bench; matplotlib is imported only when one is asked for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zskip.report.colors import COLORS, SERIES
from zskip.report.style import (
    MARKERS,
    ROW_NAME,
    drawing,
    label_row,
    legend_inches,
    new_figure,
    new_rows,
    plain_ticks,
    printable,
    put_legend,
    put_title,
    style_line,
)
from zskip.report.svg import to_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from zskip.flow.bench_measure import BenchResult
    from zskip.model.common.sweep import SweepKind, SweepPoint

BAR = 0.2
"""Width of a bar; a layer has the room of 1."""


def plot_results(results: Sequence["BenchResult"]) -> bytes:
    """Draw the cycles of every layer, the paper's, and the limit.

    Parameters
    ----------
    results : sequence of BenchResult
        The layers.

    Returns
    -------
    bytes
        An SVG file; the same results give the same bytes.
    """
    series = (
        (
            f"ours ({results[0].config}, {results[0].pe_count} PEs)",
            COLORS["series0"],
            [item.cost.cycles for item in results],
        ),
        ("paper (64 PEs)", COLORS["muted"], [item.paper_actual_cycles for item in results]),
        ("limit", COLORS["series2"], [item.cost.limit_cycles for item in results]),
    )
    present = [
        (name, color, [value or 0 for value in values])
        for name, color, values in series
        if any(value is not None for value in values)
    ]
    with drawing():
        figure, axes = new_rows(0.9 + (0.27 + 0.115 * len(present)) * len(results))
        for number, (name, color, values) in enumerate(present):
            places = [row + number * BAR for row in range(len(results))]
            axes.barh(places, values, 0.9 * BAR, label=name, color=color)
        names = printable([item.layer for item in results], ROW_NAME)
        for row, (name, item) in enumerate(zip(names, results, strict=True)):
            label_row(axes, row - 0.6 * BAR, name, _cycles(item))
        axes.set_ylim(len(results) - 1 + (len(present) - 0.3) * BAR, -0.75)
        axes.set_xlim(0, 1.02 * max(max(values) for _, _, values in present))
        axes.set_xlabel("cycles for one input vector")
        axes.locator_params(axis="x", nbins=6)
        plain_ticks(axes, "x")
        put_legend(figure, axes)
        return to_file(figure, "Cycles of each layer")


def _cycles(result: "BenchResult") -> str:
    """Return the cycles of a layer as text, with those of the paper where there are some."""
    paper = result.paper_actual_cycles
    ours = f"{result.cost.cycles:,.0f}"
    return ours if paper is None else f"{ours}; paper {paper:,}"


def plot_sweep(kind: "SweepKind", points: Sequence["SweepPoint"]) -> bytes:
    """Draw a figure of every layer against the parameter of a sweep.

    Parameters
    ----------
    kind : SweepKind
        Parameter and figure.
    points : sequence of SweepPoint
        The points.

    Returns
    -------
    bytes
        An SVG file, with lines only where the parameter is a number; the same sweep gives the
        same bytes.
    """
    figures: dict[str, list[float]] = {}
    for point in points:
        figures.setdefault(point.layer, []).append(point.figures[kind.figure])
    values = list(dict.fromkeys(point.value for point in points))
    with drawing():
        layers = dict(zip(printable(list(figures)), figures.values(), strict=True))
        draw = _categories if isinstance(values[0], str) else _lines
        figure = draw(kind, [str(value) for value in values], layers)
        return to_file(figure, f"{kind.meaning} by {kind.parameter}")


def _lines(kind: "SweepKind", values: list[str], layers: dict[str, list[float]]) -> "Figure":
    """Draw a line for each layer over the values, which are evenly spaced."""
    figure = new_figure(2.9 + legend_inches(list(layers)))
    axes = figure.subplots()
    for index, (name, figures) in enumerate(layers.items()):
        (line,) = axes.plot(range(len(values)), figures, label=name)
        style_line(line, index)
    axes.set_xticks(range(len(values)), values)
    axes.set_xlabel(kind.parameter)
    put_title(axes, kind.meaning)
    if kind.logarithmic:
        axes.set_yscale("log", base=2)
    plain_ticks(axes, "y")
    put_legend(figure, axes)
    return figure


def _categories(kind: "SweepKind", values: list[str], layers: dict[str, list[float]]) -> "Figure":
    """Draw a row for each value, with a mark for each layer."""
    figure, axes = new_rows(0.8 + 0.36 * len(values) + legend_inches(list(layers)))
    for index, (name, figures) in enumerate(layers.items()):
        color, marker = COLORS[f"series{index % SERIES}"], MARKERS[index % len(MARKERS)]
        axes.scatter(
            figures, range(len(values)), 22, color, marker=marker, label=name, linewidths=0
        )
    for place, value in enumerate(values):
        axes.axhline(place, color=COLORS["grid"], linewidth=0.6, zorder=0)
        label_row(axes, place - 0.24, value)
    axes.set_ylim(len(values) - 0.5, -0.75)
    if kind.logarithmic:
        axes.set_xscale("log", base=2)
    axes.set_xlabel(kind.meaning)
    plain_ticks(axes, "x")
    put_legend(figure, axes)
    return figure
