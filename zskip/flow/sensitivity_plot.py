"""The plot of a sensitivity scan; matplotlib is imported only when one is asked for."""

import math
from collections.abc import Sequence

from zskip.model.common.sensitivity import Sensitivity
from zskip.report.colors import COLORS
from zskip.report.style import (
    drawing,
    legend_inches,
    log_ticks,
    new_figure,
    plain_ticks,
    printable,
    put_legend,
    style_line,
)
from zskip.report.svg import to_file


def plot(rows: Sequence[Sensitivity], score: str, unpruned: float) -> bytes:
    """Draw the score of every layer against its density.

    Parameters
    ----------
    rows : sequence of Sensitivity
        The scan. Scores that are not finite are left out.
    score : str
        What is measured, for the axis.
    unpruned : float
        Score of the network as it was given; drawn as a line where it is finite.

    Returns
    -------
    bytes
        An SVG file; the same scan gives the same bytes.
    """
    points: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        scores = points.setdefault(row.layer, [])
        if math.isfinite(row.score):
            scores.append((100 * row.density, row.score))
    with drawing():
        names = printable(list(points))
        figure = new_figure(2.9 + legend_inches([*names, "not pruned"]))
        axes = figure.subplots()
        for index, (name, scores) in enumerate(zip(names, points.values(), strict=True)):
            (line,) = axes.plot(*zip(*scores, strict=True) if scores else ([], []), label=name)
            style_line(line, index)
        if math.isfinite(unpruned):
            axes.axhline(unpruned, color=COLORS["alert"], linestyle=":", label="not pruned")
        axes.set_xlabel("weights kept of the one layer that is pruned, %")
        axes.set_ylabel(score)
        log_ticks(axes)
        plain_ticks(axes, "y")
        put_legend(figure, axes)
        return to_file(figure, f"{score} with one layer pruned")
