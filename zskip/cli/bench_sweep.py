"""Sweeps of ``zskip bench`` as tables and as JSON has them."""

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from zskip.cli.tables import empty_table, geometric_mean
from zskip.flow.sweep import Sweep


def sweep_table(swept: Sweep) -> Table:
    """Lay a sweep out: a row for each layer, a column for each value."""
    if swept.storage_bits:
        return _switches_table(swept)
    values = list(dict.fromkeys(point.value for point in swept.points))
    table = empty_table(["layer", *map(str, values)])
    rows = _figures(swept)
    for layer, figures in rows.items():
        table.add_row(escape(layer), *(_figure(swept, figure) for figure in figures))
    means = [_mean(list(column)) for column in zip(*rows.values(), strict=True)]
    table.add_row("geometric mean", *("" if x is None else _figure(swept, x) for x in means))
    return table


def _switches_table(swept: Sweep) -> Table:
    """Lay the switches out: a row for each set of them, a column for each layer."""
    rows = _figures(swept)
    table = empty_table(["on", *map(escape, rows), "mean", "bits per PE"])
    for index, (name, bits) in enumerate(swept.storage_bits.items()):
        gains = [figures[index] for figures in rows.values()]
        mean = geometric_mean(gains)
        table.add_row(name, *(f"{gain:.2f}" for gain in [*gains, mean]), f"{bits:,}")
    return table


def sweep_lines(swept: Sweep) -> list[str]:
    """Return what stands below the table of a sweep."""
    lines = [f"{swept.about.meaning}, by {swept.about.parameter}; cycle model"]
    if swept.about.figure == "reads":
        lines = [f"{swept.about.meaning} for an input vector, by {swept.about.parameter}; counted"]
    if swept.plot is not None:
        lines.append(f"plot: {escape(str(swept.plot))}")
    return lines


def _figures(swept: Sweep) -> dict[str, list[float]]:
    """Return the figures of a sweep by layer."""
    rows: dict[str, list[float]] = {}
    for point in swept.points:
        rows.setdefault(point.layer, []).append(point.figures[swept.about.figure])
    return rows


def _figure(swept: Sweep, value: float) -> str:
    """Return a figure of a sweep as text."""
    if swept.about.figure == "reads":
        return f"{value:,.0f}"
    return f"{value:.2f}" if swept.about.figure in ("speedup", "gain") else f"{value:.1%}"


def _mean(values: Sequence[float | None]) -> float | None:
    """Return the geometric mean, none where a value is missing or not positive."""
    present = [value for value in values if value]
    return geometric_mean(present) if len(present) == len(values) else None
