"""Explorations as tables."""

from collections.abc import Mapping, Sequence

from rich.markup import escape
from rich.table import Table

from zskip.cli.tables import empty_table, geometric_mean, number
from zskip.flow.exploration import Exploration
from zskip.flow.preset_view import PresetView, preset_view
from zskip.flow.report import counted
from zskip.model.common.preset import Preset

MOST_ROWS = 40
"""Rows of a table; of more configurations it shows those on the front."""

COLUMNS = {
    "cycles": ("cycles", number),
    "speedup": ("speed-up", "{:.2f}".format),
    "utilization": ("use", "{:.1%}".format),
    "chip_bytes": ("on chip", number),
    "memory_bytes": ("memory", number),
    "area_um2": ("mm2", lambda value: f"{value / 1e6:,.2f}"),
    "energy_nj": ("nJ", "{:,.1f}".format),
    "accuracy": ("accuracy", "{:.2%}".format),
}
"""Heading and form of the columns that tables show."""


def exploration_table(report: Exploration) -> Table:
    """Lay an exploration out: a row for each configuration, the front marked by a star."""
    shown = range(len(report.points))
    if len(shown) > MOST_ROWS:
        shown = [index for index in shown if report.front[index]]
    known = [one for one in report.summaries if one is not None]
    columns = [name for name in COLUMNS if all(name in one for one in known)]
    varied = [name for name in report.varied if name != "pe_count"]
    table = empty_table(["front", "engine", "PEs", *varied, *(COLUMNS[x][0] for x in columns)])
    for index in shown:
        config, found = report.points[index].config, report.summaries[index]
        table.add_row(
            "*" if report.front[index] else "",
            config.ENGINE,
            str(config.pe_count),
            *(str(getattr(config, name, "")) for name in varied),
            *_cells(found, columns),
        )
    return table


def _cells(found: Mapping[str, float] | None, columns: Sequence[str]) -> list[str]:
    """Return the figures of a configuration as text."""
    return ["" if found is None else COLUMNS[name][1](found[name]) for name in columns]


def exploration_lines(report: Exploration) -> list[str]:
    """Return what stands below the table of an exploration."""
    hidden = len(report.points) > MOST_ROWS
    lines = [
        f"{counted(len(report.points), 'configuration')}, {sum(report.front)} on the Pareto front "
        f"(*) of {', '.join(report.objectives)}{'; only these are shown' if hidden else ''}"
    ]
    if len(report.workloads) > 1:
        lines.append(
            f"{counted(len(report.workloads), 'layer')}: geometric means, of bytes the largest"
        )
    return [*lines, *_ends(report)]


def preset_table(report: Exploration, preset: Preset) -> Table:
    """Lay a preset out: a row for each layer, or with several fields for each set of them."""
    view = preset_view(report, preset)
    if len(preset.fields) > 1:
        return _sets_table(view, preset)
    table = empty_table(["layer", *view.values])
    for layer, figures in view.figures.items():
        table.add_row(escape(layer), *(_figure(preset, figure) for figure in figures))
    means = [_mean(column) for column in zip(*view.figures.values(), strict=True)]
    table.add_row("geometric mean", *(_figure(preset, mean) for mean in means))
    return table


def _sets_table(view: PresetView, preset: Preset) -> Table:
    """Lay out sets of fields: a row for each of them, a column for each layer."""
    heading = [] if preset.beside is None else [preset.beside[1]]
    table = empty_table(["on", *map(escape, view.figures), "mean", *heading])
    for index, value in enumerate(view.values):
        figures = [layer[index] for layer in view.figures.values()]
        cells = [_figure(preset, figure) for figure in (*figures, _mean(figures))]
        table.add_row(value, *cells, *(number(one) for one in view.beside[index : index + 1]))
    return table


def preset_lines(report: Exploration, preset: Preset) -> list[str]:
    """Return what stands below the table of a preset."""
    how = "counted" if preset.series else "cycle model"
    return [f"{preset.meaning}, by {preset.parameter}; {how}", *_ends(report)]


def _ends(report: Exploration) -> list[str]:
    """Return the lines that stand below every table."""
    lines = [escape(note) for note in report.notes]
    points = len(report.points) * len(report.workloads)
    if report.computed < points:
        lines.append(
            f"{counted(points - report.computed, 'point')} of {points:,} taken from the store"
        )
    lines += [
        f"{what}: {escape(str(path))}"
        for what, path in (("rows", report.table), ("plot", report.plot))
        if path is not None
    ]
    return lines


def _figure(preset: Preset, value: float | None) -> str:
    """Return the figure of a preset as text: a count, a ratio or a share."""
    if value is None:
        return ""
    if preset.series:
        return number(value)
    return f"{value:.2f}" if preset.figure == "speedup" else f"{value:.1%}"


def _mean(values: Sequence[float | None]) -> float | None:
    """Return the geometric mean, none where a value is missing or not positive."""
    present = [value for value in values if value]
    return geometric_mean(present) if len(present) == len(values) else None
