"""Figures of a report that only EIE has: padding, balance, load and codebooks."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zskip.model.eie.config import PE_COUNTS
from zskip.model.eie.figures.distribution import LayerDistribution
from zskip.model.eie.figures.histograms import LayerHistogram
from zskip.report.eie.numbers import Numbers
from zskip.report.plots import Plot, plain_ticks, plot, short
from zskip.report.svg import COLORS, SERIES, drawing, new_figure, printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARKERS = "osD^vPX*"
"""Tells lines apart without color."""

MAX_TICKS = 24
"""Bars that have a label each; of more, only some have one."""


@dataclass(frozen=True, kw_only=True)
class Plots:
    """Figures of the network, and of each layer.

    Parameters
    ----------
    spread : Plot
        Padding and balance against the PE count.
    load, weights : tuple of Plot
        Entries of each PE, and weights with the codebook, one for each layer.
    """

    spread: Plot
    load: tuple[Plot, ...]
    weights: tuple[Plot, ...]


def draw(numbers: Numbers) -> Plots:
    """Draw all figures.

    Parameters
    ----------
    numbers : Numbers
        The numbers.

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
            spread=plot("spread", "Padding and balance against the PE count", _spread(numbers)),
            load=tuple(
                plot(f"load-{number}", f"Entries of each PE, layer {number}", _load(layer))
                for number, layer in enumerate(numbers.distribution.layers, 1)
            ),
            weights=tuple(
                plot(f"weights-{number}", f"Weights and codebook of layer {number}", _bins(layer))
                for number, layer in enumerate(numbers.histograms, 1)
            ),
        )


def _spread(numbers: Numbers) -> "Figure":
    """Lines of padding and of balance against the number of PEs."""
    figure = new_figure(3.6)
    left, right = figure.subplots(1, 2)
    lines = [(printable(layer.name), layer.spreads) for layer in numbers.distribution.layers]
    if len(lines) > 1:
        lines.append(("all layers", numbers.distribution.spreads))
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
    plain_ticks(right, "y", lambda value: f"{value:.4g}")
    for axes in (left, right):
        axes.axvline(numbers.pe_count, color=COLORS["alert"], linestyle=":", linewidth=1.5)
        axes.set_xscale("log", base=2)
        axes.set_xticks(PE_COUNTS, [str(count) for count in PE_COUNTS])
        axes.minorticks_off()
        axes.set_xlabel(f"PEs (dotted: this array, {numbers.pe_count})")
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
    plain_ticks(axes, "y", short)
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
        plain_ticks(axes, "y", short)
    return figure
