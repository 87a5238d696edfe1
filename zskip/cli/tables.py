"""Parts of tables that several verbs share."""

import math
from collections.abc import Sequence

import numpy as np
from rich.table import Table

from zskip.model.common.figure_table import FigureTable


def empty_table(headings: Sequence[str]) -> Table:
    """Return a table without rows; all columns but the first are numbers.

    Parameters
    ----------
    headings : sequence of str
        Headings of its columns.

    Returns
    -------
    rich.table.Table
    """
    table = Table(*headings, box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def figure_table(given: FigureTable) -> Table:
    """Return a table of figures as it is shown."""
    table = empty_table(given.heads)
    table.title = given.title
    table.title_justify = "left"
    for row in given.rows:
        table.add_row(*(f"{cell:.1f}" if isinstance(cell, float) else str(cell) for cell in row))
    return table


def number(value: float) -> str:
    """Return a number without places behind the point."""
    return f"{value:,.0f}"


def times(ratio: float, more: str, less: str) -> str:
    """Return a ratio in words, such as ``2.0 times smaller``, or ``larger`` where it is below 1.

    Parameters
    ----------
    ratio : float
        Above 0.
    more, less : str
        Word for a ratio above 1, and for one below.
    """
    return f"{ratio:.1f} times {more}" if ratio >= 1 else f"{1 / ratio:.1f} times {less}"


def decibels(value: float) -> str:
    """Return a signal-to-noise ratio as text: ``exact`` where there is no noise."""
    return f"{value:.1f} dB" if math.isfinite(value) else "exact" if value > 0 else "none"


def geometric_mean(values: Sequence[float]) -> float:
    """Return the geometric mean of positive numbers."""
    return float(np.exp(np.mean(np.log(values))))
