"""How every figure looks: sizes, lines, and the parts that figures share.

A figure is as wide as a narrow phone, so that its text stays readable there; wider pages set two
beside each other. It has no colors of its own: it is drawn in the stand-ins of
`zskip.report.colors`, which become properties of a page's style, or colors of a file, for light
and for dark.
"""

import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from zskip.model.common.errors import InputError
from zskip.report.colors import COLORS, SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.typing import RcKeyType

WIDTH_INCHES = 4.0
"""Width of every figure; the page scales it to the space there is."""

ROW_NAME = 40
"""Characters that the name of a row may have."""

SMALL = 7.5
"""Points of the text at bars and in legends."""

MARKERS = "osD^vPX"
"""Tells lines apart without color; not as many as colors, so that both together last longer."""

_LINE_CHARACTERS = 66
"""Characters of small text beside each other in a figure."""

_HANDLE = 7
"""What the sign before a label of a legend takes of them, with the room around."""

_STYLE: "dict[RcKeyType, object]" = {
    "axes.axisbelow": True,
    "axes.edgecolor": COLORS["muted"],
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": COLORS["ink"],
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.facecolor": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.5,
    "grid.color": COLORS["grid"],
    "grid.linewidth": 0.6,
    "legend.columnspacing": 1.2,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "legend.labelcolor": COLORS["ink"],
    "lines.linewidth": 1.3,
    "lines.markersize": 3.5,
    "svg.fonttype": "none",
    "svg.id": None,
    "text.color": COLORS["ink"],
    "text.parse_math": False,
    "xtick.color": COLORS["muted"],
    "xtick.labelcolor": COLORS["ink"],
    "xtick.labelsize": SMALL,
    "ytick.color": COLORS["muted"],
    "ytick.labelcolor": COLORS["ink"],
    "ytick.labelsize": SMALL,
}


@contextmanager
def drawing() -> Iterator[None]:
    """Draw in this style while the body runs, whatever the user's settings are.

    Raises
    ------
    InputError
        matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
    except ImportError:
        raise InputError(
            "matplotlib must be installed to draw the report, but is not: "
            "pip install 'zskip[report]'"
        ) from None
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def new_figure(height_inches: float) -> "Figure":
    """Return an empty figure that arranges its parts by itself.

    Parameters
    ----------
    height_inches : float
        Its height; all figures have the same width.
    """
    from matplotlib.figure import Figure

    return Figure(figsize=(WIDTH_INCHES, height_inches), layout="constrained")


def new_rows(height_inches: float) -> "tuple[Figure, Axes]":
    """Return a figure for horizontal bars, the first at the top, whose rows `label_row` names."""
    figure = new_figure(height_inches)
    axes = figure.subplots()
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.invert_yaxis()
    return figure, axes


def label_row(axes: "Axes", place: float, name: str, value: str = "") -> None:
    """Write the name of a row and, at the right end, its value above the row's bars.

    Parameters
    ----------
    axes : Axes
        Of `new_rows`.
    place : float
        The row's upper edge.
    name, value : str
        The texts, of at most 60 characters together.
    """
    across = axes.get_yaxis_transform()
    style = {"transform": across, "va": "bottom", "fontsize": SMALL}
    axes.text(0, place, name, ha="left", **style)
    axes.text(1, place, value, ha="right", **style)


def put_legend(figure: "Figure", axes: "Axes") -> None:
    """Put the legend of axes above them, in as many columns as there is room for."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=_columns(labels))


def legend_inches(labels: Sequence[str]) -> float:
    """Return the height that `put_legend` takes for some labels."""
    return 0.1 + 0.155 * -(-len(labels) // _columns(labels))


def _columns(labels: Sequence[str]) -> int:
    """Return in how many columns the labels of a legend fit beside each other."""
    for rows in range(1, len(labels)):
        count = -(-len(labels) // rows)
        columns = np.array_split([len(label) + _HANDLE for label in labels], count)
        if sum(column.max() for column in columns) <= _LINE_CHARACTERS:
            return count
    return 1


def put_title(axes: "Axes", text: str) -> None:
    """Write above axes what their vertical axis means, in lines that fit."""
    axes.set_title(textwrap.fill(text, 56), loc="left", fontsize=SMALL + 0.5)


def style_line(line: "Line2D", index: int) -> None:
    """Make a line unlike the others: by its color, its marks, and dashes when colors run out."""
    line.set_color(COLORS[f"series{index % SERIES}"])
    line.set_marker(MARKERS[index % len(MARKERS)])
    line.set_linestyle("-" if index < SERIES else "--")


def printable(names: Sequence[str], limit: int = 24) -> list[str]:
    """Replace what the figures' font cannot draw, and shorten long names.

    Parameters
    ----------
    names : sequence of str
        Any texts, such as the names of layers.
    limit : int, optional
        Most characters of a name.

    Returns
    -------
    list of str
        The names; with their numbers before them where they would look the same otherwise.
    """
    from matplotlib.font_manager import findfont, get_font

    known = get_font(findfont("DejaVu Sans")).get_charmap()
    drawn = ["".join(c if c.isprintable() and ord(c) in known else "?" for c in n) for n in names]
    shown = [_shortened(name, limit) for name in drawn]
    if len(set(shown)) == len(shown):
        return shown
    return [f"{place}: {_shortened(name, limit - 4)}" for place, name in enumerate(drawn, 1)]


def _shortened(text: str, limit: int) -> str:
    """Return a text without its middle if it is too long."""
    half = limit // 2 - 1
    shown = text if len(text) <= limit else f"{text[:half]}…{text[half + 1 - limit :]}"
    # A legend leaves out names that begin with an underscore.
    return f"\u200b{shown}" if shown.startswith("_") else shown


def short(value: float) -> str:
    """Return a number as text, with places behind the point only where it is small."""
    return f"{value:,.4g}" if value < 1000 else f"{value:,.0f}"


def plain_ticks(axes: "Axes", which: str, text: Callable[[float], str] = short) -> None:
    """Label the ticks of an axis with plain text, not with powers in mathematical notation."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: text(value)))
    axis.set_minor_formatter(NullFormatter())


def log_ticks(axes: "Axes") -> None:
    """Make the horizontal axis logarithmic, with more ticks where it has few decades."""
    from matplotlib.ticker import LogLocator

    axes.set_xscale("log")
    low, high = axes.get_xlim()
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 100 * low else (1,)))
    plain_ticks(axes, "x")
