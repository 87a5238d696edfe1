"""The plot of a sensitivity scan; matplotlib is imported only when one is asked for."""

import io
import math
from collections.abc import Sequence

from zskip.model.common.sensitivity import Sensitivity

SIZE = (7.0, 4.5)
"""Inches."""


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
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "zskip", "svg.fonttype": "none"}):
        figure = Figure(figsize=SIZE, layout="constrained")
        axes = figure.subplots()
        for layer in dict.fromkeys(row.layer for row in rows):
            points = [
                (row.density, row.score)
                for row in rows
                if row.layer == layer and math.isfinite(row.score)
            ]
            # A name that begins with an underscore or holds a dollar sign means something here.
            label = layer.replace("$", r"\$")
            (line,) = axes.plot(*zip(*points, strict=True) if points else ([], []), marker="o")
            line.set_label(f"\u200b{label}")
        if math.isfinite(unpruned):
            axes.axhline(unpruned, color="gray", linestyle=":", label="not pruned")
        axes.set_xscale("log")
        axes.set_xlabel("share of the layer's weights kept")
        axes.set_ylabel(score)
        axes.grid(visible=True, alpha=0.3)
        axes.legend(title="pruned layer")
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()
