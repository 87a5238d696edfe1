"""Figures of a report that only EIE has: padding, balance, load and codebooks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zskip.model.eie.config import PE_COUNTS
from zskip.model.eie.figures.distribution import LayerDistribution, Spread
from zskip.model.eie.figures.histograms import LayerHistogram
from zskip.report.colors import COLORS
from zskip.report.eie.numbers import Numbers
from zskip.report.plots import Plot, plot
from zskip.report.style import (
    drawing,
    legend_inches,
    new_figure,
    plain_ticks,
    printable,
    put_legend,
    style_line,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_TICKS = 16
"""Bars that have a label each; of more, only some have one."""


@dataclass(frozen=True, kw_only=True)
class Plots:
    """Figures of the network, and of each layer.

    Parameters
    ----------
    padding, balance : Plot
        Padding, and load of the fullest PE, against the PE count.
    load, weights, codebook : tuple of Plot
        Entries of each PE, weights with the shared ones, and uses of these, one for each layer.
    """

    padding: Plot
    balance: Plot
    load: tuple[Plot, ...]
    weights: tuple[Plot, ...]
    codebook: tuple[Plot, ...]


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
    histograms = tuple(enumerate(numbers.histograms, 1))
    with drawing():
        return Plots(
            padding=plot("padding", "Padding against the PE count", _padding(numbers)),
            balance=plot("balance", "Balance against the PE count", _balance(numbers)),
            load=tuple(
                plot(f"load-{number}", f"Entries of each PE, layer {number}", _load(layer))
                for number, layer in enumerate(numbers.distribution.layers, 1)
            ),
            weights=tuple(
                plot(f"weights-{number}", f"Weights of layer {number}", _weights(layer))
                for number, layer in histograms
            ),
            codebook=tuple(
                plot(f"codebook-{number}", f"Codebook of layer {number}", _uses(layer))
                for number, layer in histograms
            ),
        )


def _padding(numbers: Numbers) -> "Figure":
    """Lines of the padding against the number of PEs."""
    figure, axes = _spread(numbers, lambda spread: 100 * spread.padding_share)
    axes.set_ylabel("padding among the entries, %")
    # Where nothing is padded, the axis is not one of tiny parts of a percent.
    axes.set_ylim(0, max(1.0, axes.get_ylim()[1]))
    return figure


def _balance(numbers: Numbers) -> "Figure":
    """Lines of the balance against the number of PEs."""
    figure, axes = _spread(numbers, lambda spread: spread.balance)
    axes.set_ylabel("fullest PE / mean of all PEs")
    axes.set_yscale("log", base=2)
    plain_ticks(axes, "y")
    return figure


def _spread(numbers: Numbers, height: Callable[[Spread], float]) -> "tuple[Figure, Axes]":
    """Lines of a figure of every layer against the number of PEs."""
    layers = numbers.distribution.layers
    names = printable([layer.name for layer in layers])
    lines = [layer.spreads for layer in layers]
    if len(lines) > 1:
        names, lines = [*names, "all layers"], [*lines, numbers.distribution.spreads]
    figure = new_figure(2.4 + legend_inches(names))
    axes = figure.subplots()
    for index, (name, spreads) in enumerate(zip(names, lines, strict=True)):
        counts = [spread.pe_count for spread in spreads]
        (line,) = axes.plot(counts, [height(spread) for spread in spreads], label=name)
        style_line(line, index)
    if len(lines) > 1:
        line = axes.get_lines()[-1]
        line.set(color=COLORS["ink"], linewidth=2, linestyle="-")
    axes.axvline(numbers.pe_count, color=COLORS["alert"], linestyle=":", linewidth=1.5)
    axes.set_xscale("log", base=2)
    axes.set_xticks(PE_COUNTS, [str(count) for count in PE_COUNTS])
    axes.minorticks_off()
    axes.set_xlabel(f"PEs (dotted: this array, {numbers.pe_count})")
    put_legend(figure, axes)
    return figure, axes


def _load(layer: LayerDistribution) -> "Figure":
    """Bars of the entries of each PE."""
    figure = new_figure(1.9)
    axes = figure.subplots()
    padding = np.array(layer.padding_per_pe)
    work = np.array(layer.entries_per_pe) - padding
    places = np.arange(work.size)
    axes.bar(places, work, 0.85, label="weights", color=COLORS["series0"])
    axes.bar(places, padding, 0.85, work, label="padding", color=COLORS["series1"])
    mean = float(np.mean(work + padding))
    axes.axhline(mean, color=COLORS["ink"], linestyle="--", linewidth=1, label=f"mean {mean:,.1f}")
    axes.set_xlim(-0.75, work.size - 0.25)
    axes.set_ylim(0, 1.08 * max(1, *(work + padding)))
    axes.set_xticks(places[:: -(-work.size // MAX_TICKS)])
    axes.set_xlabel("PE")
    axes.set_ylabel("entries")
    axes.grid(visible=False, axis="x")
    plain_ticks(axes, "y")
    put_legend(figure, axes)
    return figure


def _weights(layer: LayerHistogram) -> "Figure":
    """Histogram of the source's weights, with the shared ones at the top."""
    figure = new_figure(2.0)
    axes = figure.subplots()
    axes.stairs(layer.weights, layer.edges, fill=True, color=COLORS["series0"])
    shared = layer.codebook[layer.codebook != 0]
    for value in shared:
        axes.axvline(value, 0.91, 1, color=COLORS["series1"], linewidth=1.3)
    axes.set_ylim(0, 1.15 * max(1, *layer.weights))
    axes.set_xlabel(f"weight before compression; at the top its {shared.size} shared values")
    axes.set_ylabel("non-zero weights")
    axes.locator_params(axis="x", nbins=7)
    plain_ticks(axes, "y")
    return figure


def _uses(layer: LayerHistogram) -> "Figure":
    """Bars of the uses of each value of the codebook."""
    figure = new_figure(2.0)
    axes = figure.subplots()
    colors = [COLORS["muted"], *[COLORS["series1"]] * (layer.uses.size - 1)]
    axes.bar(np.arange(layer.uses.size), layer.uses, 0.85, color=colors)
    axes.set_xticks(np.arange(0, layer.uses.size, -(-layer.uses.size // 16)))
    axes.set_xlabel("codebook index (0: padding)")
    axes.set_ylabel("entries")
    axes.grid(visible=False, axis="x")
    plain_ticks(axes, "y")
    return figure
