"""Result of an exploration: figures of every point, and the Pareto front."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

import numpy as np

from zskip.engines import engine_of
from zskip.exploration.measure import ERROR, Figures
from zskip.exploration.pareto import pareto_front
from zskip.exploration.points import Point
from zskip.flow.report import Report, Row, counted
from zskip.model.common.config import configuration_name
from zskip.model.common.errors import InputError
from zskip.model.common.preset import Preset

SMALLER = ("cycles", "energy_nj", "area_um2", "memory_bytes", "chip_bytes")
LARGER = ("accuracy", "utilization", "speedup")
"""Columns that a Pareto front can be of: the less or the more the better."""

SPEEDUP = "speedup"
"""Column of the cycles of the first point over those of a point, on the same workload."""

SIZES = ("_bytes", "_um2")
"""Ends of the names of columns that are sizes, which must do for every workload."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Exploration(Report):
    """Figures of configurations.

    Parameters
    ----------
    points : tuple of Point
        The configurations.
    workloads : tuple of str
        Names of what they were measured on.
    measured : tuple of tuple of dict
        Columns of each point for each workload; `zskip.exploration.measure.ERROR` alone of one that
        has no figures.
    objectives : tuple of str
        Columns that the Pareto front is of.
    computed : int
        Points that were computed now; the others were in the store.
    preset : Preset or None
        The preset, if it was one.
    plot, table : pathlib.Path or None
        Files of the plot and of the rows, if they were asked for.
    notes : tuple of str
        What was left out, and what was assumed in reading the network, a line each.
    """

    points: tuple[Point, ...]
    workloads: tuple[str, ...]
    measured: tuple[tuple[Figures, ...], ...]
    objectives: tuple[str, ...]
    computed: int
    preset: Preset | None = None
    plot: Path | None = None
    table: Path | None = None
    notes: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """Points, and how many of them are on the front."""
        done = sum(ERROR not in one for figures in self.measured for one in figures)
        return (
            f"{counted(len(self.points), 'configuration')} on "
            f"{counted(len(self.workloads), 'network')}, {counted(done, 'point')}; "
            f"{sum(self.front)} on the Pareto front of {', '.join(self.objectives)}"
        )

    @cached_property
    def figures(self) -> tuple[tuple[Figures, ...], ...]:
        """The columns of each point for each workload, with `SPEEDUP`."""
        first = [one.get("cycles") for one in self.measured[0]]
        return tuple(
            tuple(
                {**one, SPEEDUP: float(start) / float(one["cycles"])}
                if start is not None and "cycles" in one
                else one
                for start, one in zip(first, figures, strict=True)
            )
            for figures in self.measured
        )

    @cached_property
    def summaries(self) -> tuple[dict[str, float] | None, ...]:
        """Each point's columns over all workloads; None where one has no figures or does not fit.

        Of sizes the largest, of everything else the geometric mean.
        """
        return tuple(
            summary(figures) if all(one.get("fits") for one in figures) else None
            for figures in self.figures
        )

    @cached_property
    def front(self) -> tuple[bool, ...]:
        """Whether each point is on the Pareto front."""
        whole = [
            (index, [_signed(name, found[name]) for name in self.objectives])
            for index, found in enumerate(self.summaries)
            if found is not None and all(name in found for name in self.objectives)
        ]
        best = pareto_front([values for _, values in whole])
        on = {index for (index, _), one in zip(whole, best, strict=True) if one}
        return tuple(index in on for index in range(len(self.points)))

    @cached_property
    def varied(self) -> tuple[str, ...]:
        """Fields of the configurations that are not the same in all of them."""
        names = dict.fromkeys(field.name for point in self.points for field in fields(point.config))
        return tuple(
            name
            for name in names
            if len({getattr(point.config, name, None) for point in self.points}) > 1
        )

    def to_dict(self) -> list[Row]:
        """Return a row for each point and workload: configuration, columns, front, error."""
        columns = dict.fromkeys(
            name for figures in self.figures for one in figures for name in one if name != ERROR
        )
        rows: list[Row] = []
        for point, figures, front in zip(self.points, self.figures, self.front, strict=True):
            config = point.config
            engine = engine_of(config)
            for workload, one in zip(self.workloads, figures, strict=True):
                row: Row = {
                    "engine": config.ENGINE,
                    "config": configuration_name(engine.configs, config),
                    "pe_count": config.pe_count,
                    **{name: getattr(config, name, None) for name in self.varied},
                    "network": workload,
                    **{name: one.get(name) for name in columns},
                    "front": front,
                    "error": one.get(ERROR),
                }
                rows.append(row)
        return rows

    def to_csv(self) -> str:
        """Return the rows as CSV with a line of headings; an empty cell has no value."""
        rows = self.to_dict()
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue()


def point_name(point: Point) -> str:
    """Return a configuration with its engine and the fields that differ from a named one."""
    config = point.config
    name = configuration_name(engine_of(config).configs, config)
    return f"{config.ENGINE} {name} pe_count={config.pe_count}"


def summary(figures: Sequence[Figures]) -> dict[str, float]:
    """Return the numbers among columns, of several workloads together.

    Parameters
    ----------
    figures : sequence of dict
        Columns of each workload, the same in all.

    Returns
    -------
    dict of str to float
        Of sizes the largest, of everything else the geometric mean.
    """
    names = [
        name
        for name, value in figures[0].items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]
    columns = {name: [float(one[name]) for one in figures] for name in names}
    return {
        name: max(values) if name.endswith(SIZES) else _mean(values)
        for name, values in columns.items()
    }


def check_objectives(names: Sequence[str], *, labelled: bool) -> tuple[str, ...]:
    """Return the columns that a Pareto front is of.

    Parameters
    ----------
    names : sequence of str
        Those that were asked for; without any cycles and memories, and accuracy where there are
        labels.
    labelled : bool
        Whether there are labels.

    Returns
    -------
    tuple of str

    Raises
    ------
    InputError
        A column is none of `SMALLER` and `LARGER`, or there are no labels for an accuracy.
    """
    known = (*SMALLER, *LARGER)
    for name in names:
        if name not in known:
            raise InputError(
                f"a Pareto front must be of some of {', '.join(known)}, not of {name!r}: choose "
                "two such as cycles,energy_nj"
            )
    if "accuracy" in names and not labelled:
        raise InputError(
            "a front of the accuracy must have labels of the inputs, but there are none: give a "
            "network with inputs and labels"
        )
    default = ("cycles", "memory_bytes", *(("accuracy",) if labelled else ()))
    return tuple(dict.fromkeys(names)) or default


def _signed(name: str, value: float) -> float:
    """Return a figure so that less is better."""
    return -value if name in LARGER else value


def _mean(values: Sequence[float]) -> float:
    """Return the geometric mean, 0 where a value is 0 or less."""
    if min(values) <= 0:
        return 0.0
    return values[0] if len(values) == 1 else float(np.exp(np.mean(np.log(values))))
