"""Parts of tables that several verbs share."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from rich.markup import escape
from rich.table import Table

from zskip.model.common.cost import Cost, total_cost
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


ENERGY_HEADS = ("nJ", "pJ/MAC")
"""Headings of the columns of energy."""


def energy_cells(nanojoules: float, pj_per_mac: float) -> tuple[str, str]:
    """Return the cells of the columns of energy; that of a MAC is empty where there is none."""
    each = f"{pj_per_mac:,.1f}" if math.isfinite(pj_per_mac) else ""
    return f"{nanojoules:,.{0 if nanojoules >= 1000 else 1}f}", each


def energy_basis(assumptions: str) -> str:
    """Return the line on what figures of energy rest on."""
    return escape(f"energies: {assumptions}")


def energy_lines(costs: Mapping[str, Cost]) -> list[str]:
    """Return the lines on the energy of a network.

    Parameters
    ----------
    costs : mapping of str to Cost
        Those of its layers by name, at least one.
    """
    total = total_cost(list(costs.values()))
    spent, each = energy_cells(total.energy.total, total.pj_per_mac)
    layers = ", ".join(
        f"{name} {energy_cells(cost.energy.total, cost.pj_per_mac)[0]}"
        for name, cost in costs.items()
    )
    per_mac = f", {each} pJ for each MAC" if each else ""
    return [
        escape(f"energy: {spent} nJ an input ({layers}){per_mac}"),
        energy_basis(total.energy.assumptions),
    ]
