"""The plots of a comparison; matplotlib is imported only when one is asked for."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from zskip.report.colors import COLORS, SERIES
from zskip.report.style import (
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
    from zskip.flow.comparison import Measured

BAR = 0.8
"""Height of the bars of a row together; a row has the room of 1 and of its text."""


def plot_contenders(contenders: Sequence["Measured"]) -> bytes:
    """Draw the cycles of every contender, and which part of them is useful work.

    Parameters
    ----------
    contenders : sequence of Measured
        The contenders.

    Returns
    -------
    bytes
        An SVG file; the same figures give the same bytes.
    """
    cycles = [item.cost.cycles for item in contenders]
    useful = [item.cost.cycles * item.cost.utilization for item in contenders]
    with drawing():
        figure, axes = new_rows(0.9 + 0.42 * len(contenders))
        places = range(len(contenders))
        axes.barh(places, cycles, 0.4, label="cycles", color=COLORS["grid"])
        axes.barh(places, useful, 0.4, label="useful work", color=COLORS["series0"])
        names = printable([item.name for item in contenders], ROW_NAME)
        for row, (name, item) in enumerate(zip(names, contenders, strict=True)):
            text = f"{item.cost.cycles:,.0f} cycles, {item.cost.utilization:.0%} useful"
            label_row(axes, row - 0.22, name, text)
        axes.set_ylim(len(contenders) - 0.6, -0.75)
        multipliers = contenders[0].cost.multipliers
        axes.set_xlabel(f"cycles for one input vector, {multipliers} multipliers each")
        plain_ticks(axes, "x")
        put_legend(figure, axes)
        return to_file(figure, "Cycles of each engine")


def plot_layers(layers: Sequence[str], cycles: Mapping[str, Sequence[float]]) -> bytes:
    """Draw the cycles of every layer on every contender.

    Parameters
    ----------
    layers : sequence of str
        Names of the layers.
    cycles : mapping of str to sequence of float
        Cycles of each layer by contender.

    Returns
    -------
    bytes
        An SVG file; the same figures give the same bytes.
    """
    height = BAR / (len(cycles) + 1)
    with drawing():
        figure, axes = new_rows(0.9 + (0.2 + 0.115 * len(cycles)) * len(layers))
        for number, (name, values) in enumerate(cycles.items()):
            places = [row + number * height for row in range(len(layers))]
            color = COLORS[f"series{number % SERIES}"]
            axes.barh(places, values, 0.9 * height, label=printable([name])[0], color=color)
        for row, name in enumerate(printable(layers, ROW_NAME)):
            label_row(axes, row - 0.6 * height, name)
        axes.set_ylim(len(layers) - 0.3, -0.75)
        axes.set_xlabel("cycles for one input vector")
        axes.locator_params(axis="x", nbins=6)
        plain_ticks(axes, "x")
        put_legend(figure, axes)
        return to_file(figure, "Cycles of each layer on each engine")


def plot_map(
    title: str,
    densities: Sequence[float],
    cycles: Mapping[str, Sequence[float]],
    stepping: Collection[str],
) -> bytes:
    """Draw the cycles of every contender over the density of the weights.

    Parameters
    ----------
    title : str
        What the layer is, for people.
    densities : sequence of float
        Shares of the weights that are not zero, ascending.
    cycles : mapping of str to sequence of float
        Cycles at each density by contender.
    stepping : collection of str
        Contenders whose cycles change in steps: between two densities they are those of the upper.

    Returns
    -------
    bytes
        An SVG file; the same figures give the same bytes.
    """
    with drawing():
        names = printable(list(cycles))
        figure = new_figure(2.9 + legend_inches(names))
        axes = figure.subplots()
        percents = [100 * density for density in densities]
        for index, (label, (name, values)) in enumerate(zip(names, cycles.items(), strict=True)):
            style = "steps-pre" if name in stepping else "default"
            (line,) = axes.plot(percents, values, label=label, drawstyle=style)
            style_line(line, index)
        axes.set_xlabel("weights that are not zero, %")
        put_title(axes, title)
        axes.set_ylim(bottom=0)
        axes.set_xlim(left=0)
        plain_ticks(axes, "y")
        put_legend(figure, axes)
        return to_file(figure, title)
