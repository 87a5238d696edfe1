"""The figures of a report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zskip.model.common.cost import Prediction
from zskip.model.eie.figures.distribution import PE_COUNTS, LayerDistribution
from zskip.model.eie.figures.histograms import LayerHistogram
from zskip.model.eie.figures.smallest import MemoryFit
from zskip.model.eie.figures.storage import LayerStorage
from zskip.report.build import Report
from zskip.report.svg import COLORS, SERIES, drawing, new_figure, printable, to_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKERS = "osD^vPX*"
"""Tells lines apart without color."""

MAX_TICKS = 24
"""Bars that have a label each; of more, only some have one."""


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
    """All figures of a report.

    Parameters
    ----------
    cycles, storage, spread, fit : Plot
        Of the network.
    load, weights : tuple of Plot
        One for each layer.
    """

    cycles: Plot
    storage: Plot
    spread: Plot
    fit: Plot
    load: tuple[Plot, ...]
    weights: tuple[Plot, ...]


def draw(report: Report) -> Plots:
    """Draw all figures of a report.

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
            cycles=_plot("cycles", "Cycles against the dense bound", _cycles(report.prediction)),
            storage=_plot("storage", "Bytes in storage by part", _storage(report.storage.total)),
            spread=_plot("spread", "Padding and balance against the PE count", _spread(report)),
            fit=_plot("fit", "Share of each memory that is taken", _fit(report.fit.memories)),
            load=tuple(
                _plot(f"load-{number}", f"Entries of each PE, layer {number}", _load(layer))
                for number, layer in enumerate(report.distribution.layers, 1)
            ),
            weights=tuple(
                _plot(f"weights-{number}", f"Weights and codebook of layer {number}", _bins(layer))
                for number, layer in enumerate(report.histograms, 1)
            ),
        )


def _plot(name: str, title: str, figure: "Figure") -> Plot:
    """Write a figure."""
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
    _plain_ticks(axes, "x", lambda value: f"{value:,.0f}")
    figure.legend(loc="outside upper left", ncols=3)
    return figure


def _storage(total: LayerStorage) -> "Figure":
    """Bars of the bytes in storage, split into their parts."""
    figure = new_figure(2.2)
    axes = figure.subplots()
    rows = (("plain", total.plain), ("Huffman", total.huffman))
    parts = ("weights", "index", "columns", "codebook", "bias", "order", "tables")
    starts = np.zeros(len(rows))
    for index, part in enumerate(parts):
        values = [getattr(storage, part) for _, storage in rows]
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
    _plain_ticks(axes, "x", lambda value: f"{value:,.0f}")
    figure.legend(loc="outside upper left", ncols=len(parts))
    return figure


def _spread(report: Report) -> "Figure":
    """Lines of padding and of balance against the number of PEs."""
    figure = new_figure(3.6)
    left, right = figure.subplots(1, 2)
    lines = [(printable(layer.name), layer.spreads) for layer in report.distribution.layers]
    if len(lines) > 1:
        lines.append(("all layers", report.distribution.spreads))
    for index, (name, spreads) in enumerate(lines):
        counts = [spread.pe_count for spread in spreads]
        values = (
            [100 * spread.padding_share for spread in spreads],
            [spread.balance for spread in spreads],
        )
        last = index > 0 and index == len(lines) - 1
        for axes, heights in zip((left, right), values, strict=True):
            (line,) = axes.plot(counts, heights, marker=MARKERS[index % len(MARKERS)], label=name)
            line.set_color(COLORS["ink" if last else f"series{index % SERIES}"])
            line.set(linewidth=2.2 if last else 1.4, markersize=4)
            line.set_linestyle("-" if last or index < SERIES else "--")
    left.set_ylabel("padding among the entries, %")
    left.set_ylim(bottom=0)
    right.set_ylabel("fullest PE / mean of all PEs")
    right.set_yscale("log", base=2)
    _plain_ticks(right, "y", lambda value: f"{value:.4g}")
    for axes in (left, right):
        axes.axvline(report.config.pe_count, color=COLORS["alert"], linestyle=":", linewidth=1.5)
        axes.set_xscale("log", base=2)
        axes.set_xticks(PE_COUNTS, [str(count) for count in PE_COUNTS])
        axes.minorticks_off()
        axes.set_xlabel(f"PEs (dotted: this array, {report.config.pe_count})")
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=4)
    return figure


def _load(layer: LayerDistribution) -> "Figure":
    """Bars of the entries of each PE."""
    figure = new_figure(2.0)
    axes = figure.subplots()
    padding = np.array(layer.padding_per_pe)
    work = np.array(layer.entries_per_pe) - padding
    places = np.arange(work.size)
    axes.bar(places, work, 0.85, label="weights", color=COLORS["series0"])
    axes.bar(places, padding, 0.85, work, label="padding", color=COLORS["series1"])
    mean = float(np.mean(work + padding))
    axes.axhline(mean, color=COLORS["ink"], linestyle="--", linewidth=1, label=f"mean {mean:,.1f}")
    axes.set_xlim(-0.75, work.size - 0.25)
    axes.set_xticks(places[:: -(-work.size // MAX_TICKS)])
    axes.set_xlabel("PE")
    axes.set_ylabel("entries")
    axes.grid(visible=False, axis="x")
    _plain_ticks(axes, "y", _short)
    figure.legend(loc="outside upper right", ncols=3)
    return figure


def _bins(layer: LayerHistogram) -> "Figure":
    """Histogram of the source's weights with the shared ones, and uses of the codebook."""
    figure = new_figure(2.6)
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    left.stairs(layer.weights, layer.edges, fill=True, color=COLORS["series0"], alpha=0.55)
    shared = layer.codebook[layer.codebook != 0]
    for value in shared:
        left.axvline(value, color=COLORS["series1"], linewidth=1)
    left.set_xlabel(f"weight before compression; lines: its {shared.size} shared values")
    left.set_ylabel("non-zero weights")
    colors = [COLORS["muted"], *[COLORS["series1"]] * (layer.uses.size - 1)]
    right.bar(np.arange(layer.uses.size), layer.uses, 0.85, color=colors)
    right.set_xticks(np.arange(0, layer.uses.size, -(-layer.uses.size // 16)))
    right.tick_params(axis="x", labelsize=8)
    right.set_xlabel("codebook index (0: padding)")
    right.set_ylabel("entries")
    right.grid(visible=False, axis="x")
    for axes in (left, right):
        _plain_ticks(axes, "y", _short)
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


def _short(value: float) -> str:
    """Return a number as text, with places behind the point only where it is small."""
    return f"{value:,.4g}" if value < 1000 else f"{value:,.0f}"


def _plain_ticks(axes: "Axes", which: str, text: Callable[[float], str]) -> None:
    """Label the ticks of an axis with plain text, not with powers in mathematical notation."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: text(value)))
    axis.set_minor_formatter(NullFormatter())
