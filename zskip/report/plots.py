"""Figures of a report that every engine has."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zskip.model.common.cost import Prediction
from zskip.model.common.engine import LayerStorage
from zskip.model.common.fit import MemoryFit
from zskip.report.build import Report
from zskip.report.svg import COLORS, drawing, new_figure, printable, to_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A figure of the page.

    Parameters
    ----------
    name : str
        Its identifier in the page.
    svg : str
        The element.
    """

    name: str
    svg: str


@dataclass(frozen=True, kw_only=True)
class Plots:
    """Figures of the network.

    Parameters
    ----------
    cycles, storage, fit : Plot
        Cycles beside the bounds, bytes in storage, share of each memory.
    """

    cycles: Plot
    storage: Plot
    fit: Plot


def draw(report: Report) -> Plots:
    """Draw the figures that every engine has.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    Plots

    Raises
    ------
    InputError
        matplotlib is not installed.
    """
    with drawing():
        return Plots(
            cycles=plot("cycles", "Cycles against the dense bound", _cycles(report.prediction)),
            storage=plot("storage", "Bytes in storage by part", _storage(report.storage.total)),
            fit=plot("fit", "Share of each memory that is taken", _fit(report.fit)),
        )


def plot(name: str, title: str, figure: "Figure") -> Plot:
    """Write a figure as an element of the page; its name is an identifier."""
    return Plot(name=name, svg=to_svg(figure, name, title))


def _cycles(prediction: Prediction) -> "Figure":
    """Bars of the cycles of each layer beside the bounds, on a logarithmic scale."""
    rows = [(printable(layer.name), layer.cost) for layer in prediction.layers]
    rows.append(("all layers", prediction.total))
    figure = new_figure(0.9 + 0.62 * len(rows))
    axes = figure.subplots()
    places = np.arange(len(rows))
    bars = (
        ("dense array of as many multipliers", "muted", [cost.dense_cycles for _, cost in rows]),
        ("this array, exact", "series0", [cost.cycles for _, cost in rows]),
        ("limit set by non-zero work", "series2", [cost.limit_cycles for _, cost in rows]),
    )
    for offset, (label, color, values) in zip((-0.27, 0.0, 0.27), bars, strict=True):
        drawn = axes.barh(places + offset, values, 0.25, label=label, color=COLORS[color])
        axes.bar_label(drawn, [f"{value:,.0f}" for value in values], padding=3, fontsize=8)
    axes.set_yticks(places, [name for name, _ in rows])
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xscale("log")
    axes.margins(x=0.12)
    axes.set_xlabel("cycles for one input vector")
    plain_ticks(axes, "x", lambda value: f"{value:,.0f}")
    figure.legend(loc="outside upper left", ncols=3)
    return figure


def _storage(total: LayerStorage) -> "Figure":
    """Bars of the bytes in storage, split into their parts."""
    figure = new_figure(2.2)
    axes = figure.subplots()
    rows = (("plain", total.plain), ("Huffman", total.huffman))
    parts = list(total.plain.parts())
    starts = np.zeros(len(rows))
    for index, part in enumerate(parts):
        values = [storage.parts()[part] for _, storage in rows]
        color = COLORS[f"series{index}"]
        axes.barh([name for name, _ in rows], values, 0.6, starts, label=part, color=color)
        starts += values
    for place, (_, storage) in enumerate(rows):
        text = f"{storage.total:,} ({storage.ratio:.1f} times smaller)"
        start = (storage.total, place)
        axes.annotate(text, start, (5, 0), textcoords="offset points", va="center")
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlim(0, 1.3 * max(starts))
    axes.set_xlabel("bytes")
    plain_ticks(axes, "x", lambda value: f"{value:,.0f}")
    figure.legend(loc="outside upper left", ncols=len(parts))
    return figure


def _fit(memories: Sequence[MemoryFit]) -> "Figure":
    """Bars of the share of each memory that is taken."""
    figure = new_figure(0.7 + 0.42 * len(memories))
    axes = figure.subplots()
    shares = [100 * memory.share for memory in memories]
    colors = [COLORS["alert" if share > 100 else "series0"] for share in shares]
    drawn = axes.barh([memory.holds for memory in memories], shares, 0.6, color=colors)
    labels = [
        f"{share:.1f} %: {memory.needed:,} of {memory.available:,}"
        for share, memory in zip(shares, memories, strict=True)
    ]
    axes.bar_label(drawn, labels, padding=4)
    axes.axvline(100, color=COLORS["alert"], linestyle=":", linewidth=1.5)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlim(0, 1.35 * max(100, *shares))
    axes.set_xlabel("share that is taken, %")
    return figure


def short(value: float) -> str:
    """Return a number as text, with places behind the point only where it is small."""
    return f"{value:,.4g}" if value < 1000 else f"{value:,.0f}"


def plain_ticks(axes: "Axes", which: str, text: Callable[[float], str]) -> None:
    """Label the ticks of an axis with plain text, not with powers in mathematical notation."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: text(value)))
    axis.set_minor_formatter(NullFormatter())
