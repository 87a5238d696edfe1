"""The plots of an exploration; matplotlib is imported only when one is asked for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zskip.flow.exploration import LARGER, Exploration
from zskip.flow.preset_view import preset_view
from zskip.model.common.preset import Preset
from zskip.report.colors import COLORS, SERIES
from zskip.report.style import (
    MARKERS,
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
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMES = {
    "cycles": "cycles for one input vector",
    "energy_nj": "energy for one input vector, nJ",
    "area_um2": "area in 130nm, um2",
    "memory_bytes": "memories and registers, bytes",
    "chip_bytes": "network on chip, bytes",
    "accuracy": "accuracy",
    "utilization": "use of the multipliers",
    "speedup": "speed-up over the first configuration",
}
"""Names of axes by column."""


def plot_front(report: Exploration) -> bytes:
    """Draw the first two objectives of every configuration against each other.

    Parameters
    ----------
    report : Exploration
        The exploration.

    Returns
    -------
    bytes
        An SVG file with the Pareto front marked; the same exploration gives the same bytes.
    """
    across, up = (*report.objectives, *report.objectives)[:2]
    found = [
        (one[across], one[up], front)
        for one, front in zip(report.summaries, report.front, strict=True)
        if one is not None
    ]
    with drawing():
        figure = new_figure(2.9 + legend_inches(["Pareto front", "others"]))
        axes = figure.subplots()
        others = [(x, y) for x, y, front in found if not front]
        best = sorted((x, y) for x, y, front in found if front)
        _scatter(axes, others, "others", COLORS["muted"], 10)
        _scatter(axes, best, "Pareto front", COLORS["series0"], 22)
        axes.set_xlabel(NAMES[across])
        put_title(axes, NAMES[up])
        for which, name in (("x", across), ("y", up)):
            if name not in LARGER:
                getattr(axes, f"set_{which}scale")("log", base=2)
            plain_ticks(axes, which)
        put_legend(figure, axes)
        return to_file(figure, f"{NAMES[up]} by {NAMES[across]}")


def _scatter(
    axes: "Axes", points: Sequence[tuple[float, float]], name: str, color: str, size: int
) -> None:
    """Draw points of one kind, if there are some."""
    if points:
        x, y = zip(*points, strict=True)
        axes.scatter(x, y, size, color, label=name, linewidths=0)


def plot_preset(report: Exploration, preset: Preset) -> bytes:
    """Draw the figure of a preset for every layer.

    Parameters
    ----------
    report : Exploration
        The exploration.
    preset : Preset
        Its preset.

    Returns
    -------
    bytes
        An SVG file, with lines only where the parameter is one number; the same exploration gives
        the same bytes.
    """
    view = preset_view(report, preset)
    layers = dict(zip(printable(list(view.figures)), view.figures.values(), strict=True))
    drawn = {
        name: [float("nan") if one is None else one for one in figures]
        for name, figures in layers.items()
    }
    with drawing():
        draw = _categories if len(preset.fields) > 1 else _lines
        figure = draw(preset, view.values, drawn)
        return to_file(figure, f"{preset.meaning} by {preset.parameter}")


def _lines(preset: Preset, values: Sequence[str], layers: dict[str, list[float]]) -> "Figure":
    """Draw a line for each layer over the values, which are evenly spaced."""
    figure = new_figure(2.9 + legend_inches(list(layers)))
    axes = figure.subplots()
    for index, (name, figures) in enumerate(layers.items()):
        (line,) = axes.plot(range(len(values)), figures, label=name)
        style_line(line, index)
    axes.set_xticks(range(len(values)), values)
    axes.set_xlabel(preset.parameter)
    put_title(axes, preset.meaning)
    if preset.logarithmic:
        axes.set_yscale("log", base=2)
    plain_ticks(axes, "y")
    put_legend(figure, axes)
    return figure


def _categories(preset: Preset, values: Sequence[str], layers: dict[str, list[float]]) -> "Figure":
    """Draw a row for each value, with a mark for each layer."""
    figure, axes = new_rows(0.8 + 0.36 * len(values) + legend_inches(list(layers)))
    for index, (name, figures) in enumerate(layers.items()):
        color, marker = COLORS[f"series{index % SERIES}"], MARKERS[index % len(MARKERS)]
        axes.scatter(
            figures, range(len(values)), 22, color, marker=marker, label=name, linewidths=0
        )
    for place, value in enumerate(printable(values, 60)):
        axes.axhline(place, color=COLORS["grid"], linewidth=0.6, zorder=0)
        label_row(axes, place - 0.24, value)
    axes.set_ylim(len(values) - 0.5, -0.75)
    axes.set_xlabel(preset.meaning)
    plain_ticks(axes, "x")
    put_legend(figure, axes)
    return figure
