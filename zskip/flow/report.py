"""Reports as Python users see them: a line, rows for a table, HTML in a notebook."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable
from html import escape

from zskip.model.common.cost import Cost

Row = dict[str, object]
"""A row of a report: the same keys in every row, plain values."""


class Report(ABC):
    """Result of a verb.

    Attributes
    ----------
    notes : tuple of str
        What the user should know of how it came about, a line each.
    """

    notes: tuple[str, ...] = ()

    @property
    @abstractmethod
    def headline(self) -> str:
        """The result in some words."""

    @abstractmethod
    def to_dict(self) -> list[Row]:
        """Return the rows of the report, such as ``pandas.DataFrame`` takes them.

        Returns
        -------
        list of dict
            For most reports one for each layer; keys are names of columns.
        """

    def __repr__(self) -> str:
        notes = f"; {counted(len(self.notes), 'note')}" if self.notes else ""
        return f"<{type(self).__name__}: {self.headline}{notes}>"

    def _repr_html_(self) -> str:
        """Return rows and notes for notebooks; columns without any value are left out."""
        rows = self.to_dict()
        names = [
            name for name in (rows[0] if rows else ()) if any(row[name] is not None for row in rows)
        ]
        heads = "".join(f"<th>{escape(name)}</th>" for name in names)
        body = "".join(
            f"<tr>{''.join(f'<td>{_cell(row[name])}</td>' for name in names)}</tr>" for row in rows
        )
        return (
            f"<p>{escape(self.headline)}</p>"
            f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
            + "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        )


def counted(count: int, what: str) -> str:
    """Return a number and what it counts, such as ``3 layers``."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def shown_value(cost: Cost, name: str) -> float:
    """Return a counter of a cost, or its ``macs``.

    Parameters
    ----------
    cost : Cost
        The cost of a layer.
    name : str
        Name of a counter, or ``macs``.

    Returns
    -------
    float
        Mean over the input vectors.
    """
    return cost.macs if name == "macs" else cost.counters[name]


def cost_record(cost: Cost, shown: Iterable[str]) -> dict[str, int | float]:
    """Return a cost as reports have it, whole numbers as such.

    Parameters
    ----------
    cost : Cost
        The cost of a layer or a network.
    shown : iterable of str
        Counters to tell, and ``macs``.

    Returns
    -------
    dict of str to int or float
    """
    figures = {
        "cycles": cost.cycles,
        "macs": cost.macs,
        **{name: shown_value(cost, name) for name in shown},
        "dense_cycles": cost.dense_cycles,
        "limit_cycles": cost.limit_cycles,
        "speedup": cost.speedup,
        "utilization": cost.utilization,
        "energy_nj": cost.energy.total,
        "pj_per_mac": cost.pj_per_mac,
    }
    return {name: int(value) if value.is_integer() else value for name, value in figures.items()}


def _cell(value: object) -> str:
    """Return a value as a cell shows it."""
    if value is None:
        return ""
    if isinstance(value, float):
        # Only signal-to-noise ratios are infinite.
        return "exact" if value == math.inf else "none" if value == -math.inf else f"{value:.4g}"
    return escape(str(value))
