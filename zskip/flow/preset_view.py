"""An exploration by a preset, as its tables and plots show it: one figure, by layer and value."""

from collections.abc import Mapping
from typing import NamedTuple

from zskip.flow.exploration import Exploration
from zskip.model.common.preset import Preset


class PresetView(NamedTuple):
    """The figure of a preset.

    Parameters
    ----------
    values : tuple of str
        Values of the parameter, or what is on.
    figures : mapping of str to tuple of float or None
        The figure at each value, by layer; None where it could not be measured.
    beside : tuple of float
        The column that depends on the configuration alone, at each value, if there is one.
    """

    values: tuple[str, ...]
    figures: Mapping[str, tuple[float | None, ...]]
    beside: tuple[float, ...]


def preset_view(report: Exploration, preset: Preset) -> PresetView:
    """Return the figure of a preset.

    Parameters
    ----------
    report : Exploration
        The exploration.
    preset : Preset
        Its preset.

    Returns
    -------
    PresetView
    """
    if preset.series:
        (only,) = report.figures
        figures = {
            name: tuple(_number(one.get(column)) for column in preset.series.values())
            for name, one in zip(report.workloads, only, strict=True)
        }
        return PresetView(tuple(preset.series), figures, ())
    columns = zip(report.workloads, zip(*report.figures, strict=True), strict=True)
    figures = {
        name: tuple(_number(one.get(preset.figure)) for one in points) for name, points in columns
    }
    values = tuple(_value(preset, vars(point.config)) for point in report.points)
    if preset.beside is None:
        return PresetView(values, figures, ())
    column = preset.beside[0]
    return PresetView(
        values, figures, tuple(_number(first.get(column)) or 0 for first, *_ in report.figures)
    )


def _value(preset: Preset, fields: Mapping[str, int]) -> str:
    """Return the value of the one field, or the names of those that are not at their first."""
    if len(preset.fields) == 1:
        return str(fields[next(iter(preset.fields))])
    on = [name for name, values in preset.fields.items() if fields[name] != values[0]]
    return ", ".join(on) or "none"


def _number(value: object) -> float | None:
    """Return a column as a number, if it is there."""
    return float(value) if isinstance(value, int | float) else None
