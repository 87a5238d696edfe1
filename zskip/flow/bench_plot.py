"""The plot of a bench; matplotlib is imported only when one is asked for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zskip.report.colors import COLORS
from zskip.report.style import (
    ROW_NAME,
    drawing,
    label_row,
    new_rows,
    plain_ticks,
    printable,
    put_legend,
)
from zskip.report.svg import to_file

if TYPE_CHECKING:
    from zskip.flow.bench_measure import BenchResult

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
