"""Figures of matplotlib as SVG: elements of a page, or files; the same bytes from run to run."""

import io
import re
from typing import TYPE_CHECKING

from zskip.report.colors import COLORS, DARK, FONT, LIGHT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FILE_PIXELS = 560
"""Width of a file in a browser that has the room."""


def to_svg(figure: "Figure", name: str, title: str) -> str:
    """Write a figure as an SVG element.

    Parameters
    ----------
    figure : Figure
        The figure, drawn in colors of `zskip.report.colors.COLORS`.
    name : str
        Letters, digits and hyphens that no other figure of the page has.
    title : str
        What it shows, for readers that cannot see it; without ``&``, ``<`` and ``"``.

    Returns
    -------
    str
        One element that refers to nothing outside of it; its colors are properties of the page.
    """
    box, text = _drawn(figure, name)
    text = re.sub(r' id="([^"]*)"', rf' id="{name}-\1"', text)
    text = re.sub(r'(?:xlink:)?href="#([^"]*)"', rf'href="#{name}-\1"', text)
    text = re.sub(r"url\(#([^)]*)\)", rf"url(#{name}-\1)", text)
    for color, stand_in in COLORS.items():
        text = text.replace(stand_in, f"var(--{color})")
    size = " ".join(map(str, box))
    start = f'<svg class="plot" id="{name}" role="img" aria-label="{title}" viewBox="0 0 {size}">'
    return start + text


def to_file(figure: "Figure", title: str) -> bytes:
    """Write a figure as an SVG file.

    Parameters
    ----------
    figure : Figure
        The figure, drawn in colors of `zskip.report.colors.COLORS`.
    title : str
        What it shows; without ``&``, ``<`` and ``"``.

    Returns
    -------
    bytes
        A file with a ground of its own. It is dark where the reader prefers that and the viewer
        knows it, otherwise light.
    """
    (width, height), text = _drawn(figure, "zskip")
    for color, stand_in in COLORS.items():
        text = text.replace(stand_in, LIGHT[color])
    dark = "".join(
        f'[style*="{kind}: {LIGHT[color]}"]{{{kind}:{DARK[color]}!important}}'
        for color in COLORS
        for kind in ("fill", "stroke")
        if f"{kind}: {LIGHT[color]}" in text
    )
    ground = f'<rect width="100%" height="100%" style="fill: {LIGHT["page"]}"/>'
    dark += f'[style*="fill: {LIGHT["page"]}"]{{fill:{DARK["page"]}!important}}'
    start = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{FILE_PIXELS}" height="{FILE_PIXELS * height / width:.0f}" '
        f'viewBox="0 0 {width} {height}" role="img">\n<title>{title}</title>\n'
        f"<style>svg{{max-width:100%;height:auto;font-family:{FONT}}}\n"
        "*{stroke-linejoin:round;stroke-linecap:butt}\n"
        f"@media(prefers-color-scheme:dark){{{dark}}}</style>\n{ground}"
    )
    return f"{start}{text}\n".encode()


def _drawn(figure: "Figure", salt: str) -> tuple[tuple[float, float], str]:
    """Return width and height of a figure, and its elements with the end of the element around."""
    import matplotlib as mpl

    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": salt}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :].strip()
    for part in (r"\s*<metadata>.*?</metadata>", r"\s*<style[^>]*>.*?</style>", r"<!--.*?-->\s*"):
        text = re.sub(part, "", text, flags=re.DOTALL)
    # The page's or the file's font is that of its figures.
    text = text.replace("font-family: 'DejaVu Sans', sans-serif; ", "")
    width, height = figure.get_size_inches() * 72
    return (round(width, 3), round(height, 3)), text[text.index(">") + 1 :]
