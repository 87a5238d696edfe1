"""The plots of a bench; matplotlib is imported only when one is asked for."""

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zskip.flow.bench_measure import BenchResult
    from zskip.model.common.sweep import SweepKind, SweepPoint

SIZE = (9.0, 4.5)
"""Inches."""

BAR = 0.28
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
    series = {
        f"ours ({results[0].config}, {results[0].pe_count} PEs)": [
            item.cost.cycles for item in results
        ],
        "paper (64 PEs)": [item.paper_actual_cycles for item in results],
        "limit": [item.cost.limit_cycles for item in results],
    }
    present = {
        name: [value or 0 for value in values]
        for name, values in series.items()
        if any(value is not None for value in values)
    }

    def draw(axes: Any) -> None:
        for number, (name, values) in enumerate(present.items()):
            shift = (number - (len(present) - 1) / 2) * BAR
            axes.bar([index + shift for index in range(len(values))], values, BAR, label=name)
        axes.set_xticks(range(len(results)), [_plain(item.layer) for item in results])
        axes.set_ylabel("cycles")
        axes.grid(axis="y", alpha=0.3)

    return _svg(draw)


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
        An SVG file; the same sweep gives the same bytes.
    """

    def draw(axes: Any) -> None:
        values = list(dict.fromkeys(point.value for point in points))
        for layer in dict.fromkeys(point.layer for point in points):
            figures = [point.figures[kind.figure] for point in points if point.layer == layer]
            axes.plot(range(len(values)), figures, marker="o", label=_plain(layer))
        axes.set_xticks(range(len(values)), [str(value) for value in values])
        if isinstance(values[0], str):
            axes.tick_params(axis="x", rotation=30)
        if kind.logarithmic:
            axes.set_yscale("log", base=2)
        axes.set_xlabel(kind.parameter)
        axes.set_ylabel(kind.meaning)
        axes.grid(visible=True, alpha=0.3)

    return _svg(draw)


def _svg(draw: Callable[[Any], None]) -> bytes:
    """Return what a function draws as an SVG file."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "zskip", "svg.fonttype": "none"}):
        figure = Figure(figsize=SIZE, layout="constrained")
        axes = figure.subplots()
        draw(axes)
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def _plain(name: str) -> str:
    """Return a name in which nothing means anything to matplotlib."""
    # An underscore at the front would hide it, and a dollar sign begins a formula.
    return "\u200b" + name.replace("$", r"\$")
