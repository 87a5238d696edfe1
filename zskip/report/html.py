"""A report as one HTML file that needs nothing else: no script, no font, no network."""

import math
import re
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from zskip.engines import page
from zskip.files.atomic import check_target, write_file
from zskip.model.common.errors import InputError
from zskip.report.build import Report
from zskip.report.colors import page_colors
from zskip.report.page import TEMPLATES
from zskip.report.plots import draw

if TYPE_CHECKING:
    from markupsafe import Markup


def write_html(path: str | PathLike[str], report: Report) -> None:
    """Write a report as a self-contained HTML file.

    Parameters
    ----------
    path : path
        The file; an old one is replaced. The same report gives the same bytes.
    report : Report
        The report.

    Raises
    ------
    InputError
        The file cannot be written, or matplotlib or Jinja2 is not installed.
    """
    target = Path(path)
    check_target(target)
    write_file(target, to_html(report).encode())


def to_html(report: Report) -> str:
    """Return a report as an HTML page.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    str
        The page; names of layers and of the file are escaped.

    Raises
    ------
    InputError
        matplotlib or Jinja2 is not installed.
    """
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
    except ImportError:
        raise InputError(
            "jinja2 must be installed to write the report, but is not: pip install 'zskip[report]'"
        ) from None
    own = page(report.config.ENGINE)
    environment = Environment(
        loader=FileSystemLoader(own.folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.do"],
    )
    environment.filters |= {
        "breakable": _breakable,
        "count": _count,
        "decibels": _decibels,
        "mean": _mean,
        "error": _error,
        "percent": _percent,
        "pes": _pes,
        "size": _size,
        "times": _times,
    }
    return environment.get_template(own.template).render(
        report=report,
        plots=draw(report),
        own=report.own,
        own_plots=own.plots(report.own),
        style=page_colors() + (TEMPLATES / "report.css").read_text(),
    )


def _breakable(name: str) -> "Markup":
    """Return a name, escaped, that may be broken where its parts end."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"(?<=[./_])(?=[^\W_]{3})", "<wbr>", escape(name)))


def _count(value: float) -> str:
    """Return a number without places behind the point."""
    return f"{value:,.0f}"


def _mean(value: float) -> str:
    """Return a mean with one place behind the point."""
    return f"{value:,.1f}"


def _error(value: float) -> str:
    """Return an error of outputs with three digits, or all those before the point."""
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


def _pes(count: int) -> str:
    """Return a number of PEs."""
    return f"{count} PE" if count == 1 else f"{count} PEs"


def _percent(value: float, places: int = 1) -> str:
    """Return a share as text."""
    return f"{100 * value:.{places}f}\N{NO-BREAK SPACE}%"


def _times(value: float) -> str:
    """Return a factor as text."""
    return f"{value:,.1f}\N{NO-BREAK SPACE}\N{MULTIPLICATION SIGN}"


def _size(value: int) -> str:
    """Return a number of bytes with a unit."""
    if value < 10_000:
        return f"{value:,}\N{NO-BREAK SPACE}B"
    if value < 10_000_000:
        return f"{value / 1000:,.1f}\N{NO-BREAK SPACE}kB"
    return f"{value / 1_000_000:,.1f}\N{NO-BREAK SPACE}MB"


def _decibels(value: float) -> str:
    """Return a signal-to-noise ratio as text."""
    if math.isfinite(value):
        return f"{value:.1f}\N{NO-BREAK SPACE}dB"
    return "exact" if value > 0 else "none"
