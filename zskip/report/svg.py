"""Figures of matplotlib as SVG elements of an HTML page: the same bytes from run to run.

A figure has no colors of its own. It is drawn in the stand-ins of `COLORS`, which become
properties of the page's style, so that one figure suits light and dark pages.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zskip.model.common.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.typing import RcKeyType

SERIES = 8
"""Colors of lines and bars that the page's style defines."""

COLORS = {
    "ink": "#0a0b0c",
    "muted": "#1a1b1c",
    "grid": "#2a2b2c",
    "alert": "#3a3b3c",
    **{f"series{index}": f"#4a4b{index:02x}" for index in range(SERIES)},
}
"""Stand-ins by the name of the property of the style."""

WIDTH_INCHES = 9.2
"""Width of every figure; the page scales it to the space there is."""

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
    "font.size": 10.0,
    "grid.color": COLORS["grid"],
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.labelcolor": COLORS["ink"],
    "svg.fonttype": "none",
    "svg.id": None,
    "text.color": COLORS["ink"],
    "text.parse_math": False,
    "xtick.color": COLORS["muted"],
    "xtick.labelcolor": COLORS["ink"],
    "ytick.color": COLORS["muted"],
    "ytick.labelcolor": COLORS["ink"],
}


@contextmanager
def drawing() -> Iterator[None]:
    """Draw in the report's style while the body runs, whatever the user's settings are.

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


def printable(text: str) -> str:
    """Replace what the figures' font cannot draw, and shorten long names.

    Parameters
    ----------
    text : str
        Any text, such as the name of a layer.

    Returns
    -------
    str
        At most 24 characters.
    """
    from matplotlib.font_manager import findfont, get_font

    known = get_font(findfont("DejaVu Sans")).get_charmap()
    drawn = "".join(c if c.isprintable() and ord(c) in known else "?" for c in text)
    return drawn if len(drawn) <= 24 else f"{drawn[:10]}…{drawn[-13:]}"


def to_svg(figure: "Figure", name: str, title: str) -> str:
    """Write a figure as an SVG element.

    Parameters
    ----------
    figure : Figure
        The figure, drawn in colors of `COLORS`.
    name : str
        Letters, digits and hyphens that no other figure of the page has.
    title : str
        What it shows, for readers that cannot see it; without ``&``, ``<`` and ``"``.

    Returns
    -------
    str
        One element that refers to nothing outside of it.
    """
    import matplotlib as mpl

    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :].strip()
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"\s*<style[^>]*>.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    text = text.replace("font-family: 'DejaVu Sans', sans-serif; ", "")
    text = re.sub(r' id="([^"]*)"', rf' id="{name}-\1"', text)
    text = re.sub(r'(?:xlink:)?href="#([^"]*)"', rf'href="#{name}-\1"', text)
    text = re.sub(r"url\(#([^)]*)\)", rf"url(#{name}-\1)", text)
    for color, stand_in in COLORS.items():
        text = text.replace(stand_in, f"var(--{color})")
    box = re.search(r'viewBox="[^"]*"', text)
    body = text[text.index(">") + 1 :]
    view = "" if box is None else box[0]
    return f'<svg class="plot" id="{name}" role="img" aria-label="{title}" {view}>{body}'
