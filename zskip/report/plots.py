"""Figures of a report that every engine has."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zskip.model.common.cost import Prediction
from zskip.model.common.engine import LayerStorage
from zskip.model.common.fit import MemoryFit
from zskip.report.build import Report
from zskip.report.colors import COLORS
from zskip.report.style import (
    ROW_NAME,
    drawing,
    label_row,
    log_ticks,
    new_rows,
    plain_ticks,
    printable,
    put_legend,
)
from zskip.report.svg import to_svg

if TYPE_CHECKING:
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
    """Draw the cycles of each layer and of the bounds, on a logarithmic scale."""
    names = printable([layer.name for layer in prediction.layers], ROW_NAME)
    costs = [layer.cost for layer in prediction.layers]
    if len(names) > 1:
        names, costs = [*names, "all layers"], [*costs, prediction.total]
    figure, axes = new_rows(1.0 + 0.33 * len(names))
    places = range(len(names))
    bounds = [(cost.limit_cycles, cost.dense_cycles) for cost in costs]
    low, high = zip(*bounds, strict=True)
    axes.hlines(places, low, high, color=COLORS["line"], linewidth=3)
    marks = (
        ("limit set by non-zero work", "series2", "|", low),
        ("this array, exact", "series0", "o", [cost.cycles for cost in costs]),
        ("dense array of as many multipliers", "muted", "s", high),
    )
    for label, color, marker, values in marks:
        width = 2.0 if marker == "|" else 0.0
        axes.scatter(
            values,
            places,
            28,
            COLORS[color],
            marker=marker,
            label=label,
            linewidths=width,
            zorder=3,
        )
    for place, (name, cost) in enumerate(zip(names, costs, strict=True)):
        label_row(axes, place - 0.28, name, f"{cost.cycles:,.0f} of {cost.dense_cycles:,.0f}")
    axes.set_ylim(len(names) - 0.5, -0.8)
    axes.margins(x=0.04)
    axes.set_xlabel("cycles for one input vector")
    log_ticks(axes)
    put_legend(figure, axes)
    return figure


def _storage(total: LayerStorage) -> "Figure":
    """Bars of the bytes in storage, split into their parts."""
    figure, axes = new_rows(2.0)
    rows = (("plain", total.plain), ("with Huffman coding", total.huffman))
    starts = np.zeros(len(rows))
    for index, part in enumerate(total.plain.parts()):
        values = [storage.parts()[part] for _, storage in rows]
        color = COLORS[f"series{index}"]
        axes.barh(range(len(rows)), values, 0.45, starts, label=part, color=color)
        starts += values
    for place, (name, storage) in enumerate(rows):
        value = f"{storage.total:,} bytes, {storage.ratio:.1f} times smaller"
        label_row(axes, place - 0.26, name, value)
    axes.set_ylim(len(rows) - 0.6, -0.6)
    axes.set_xlim(0, 1.02 * max(starts))
    axes.set_xlabel("bytes")
    axes.locator_params(axis="x", nbins=6)
    plain_ticks(axes, "x")
    put_legend(figure, axes)
    return figure


def _fit(memories: Sequence[MemoryFit]) -> "Figure":
    """Bars of the share of each memory that is taken."""
    figure, axes = new_rows(0.7 + 0.36 * len(memories))
    shares = [100 * memory.share for memory in memories]
    colors = [COLORS["alert" if share > 100 else "series0"] for share in shares]
    axes.barh(range(len(memories)), shares, 0.4, color=colors)
    for place, (memory, share) in enumerate(zip(memories, shares, strict=True)):
        label_row(axes, place - 0.24, memory.holds, f"{share:.1f} %")
        # Not across the whole figure, where it would cross the names.
        axes.vlines(100, place - 0.22, place + 0.22, COLORS["alert"], ":", linewidth=1.5)
    axes.set_ylim(len(memories) - 0.6, -0.7)
    axes.set_xlim(0, 1.02 * max(100, *shares))
    axes.set_xlabel("share that is taken, % (dotted: all of it)")
    plain_ticks(axes, "x")
    return figure
