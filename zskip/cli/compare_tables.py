"""Tables of `zskip compare`."""

from collections.abc import Iterable, Mapping, Sequence

from rich.markup import escape
from rich.table import Table

from zskip.cli.tables import (
    ENERGY_HEADS,
    decibels,
    empty_table,
    energy_basis,
    energy_cells,
    geometric_mean,
    number,
)
from zskip.flow.bench_measure import RTL
from zskip.flow.comparison import Comparison
from zskip.flow.gates import Gates
from zskip.flow.shape_comparison import ShapeComparison
from zskip.flow.synthetic import Point

GATES = "gates are generic cells as Yosys counts them, each flip-flop one; SRAMs are left out"
"""Line below a table with gates."""


def comparison_table(report: Comparison) -> Table:
    """Lay a comparison on a network out, a row for each contender."""
    items = report.contenders
    last = items[-1]
    gates = {item.name: item.gates for item in items if item.gates is not None}
    labeled = ("accuracy",) if report.float_accuracy is not None else ()
    heads = ("engine", "pattern", "cycles", f"/{escape(last.name)}", "use", "on chip", "kept")
    table = empty_table(
        [*heads, "read", *ENERGY_HEADS, "SNR", *labeled, *_gate_heads(gates, last.name)]
    )
    for item in items:
        hits = () if item.accuracy is None else (f"{item.accuracy:.2%}",)
        table.add_row(
            escape(item.name),
            item.pattern or "any",
            f"{item.cost.cycles:,.1f}",
            f"{item.cost.cycles / last.cost.cycles:.2f}",
            f"{item.cost.utilization:.1%}",
            number(item.chip_bytes),
            f"{item.weights_kept:.1%}",
            number(item.activations_read),
            *energy_cells(item.cost.energy.total, item.cost.pj_per_mac),
            decibels(item.snr_db),
            *hits,
            *_gate_cells(gates, item.name, last.name),
        )
    return table


def comparison_lines(report: Comparison) -> list[str]:
    """Return what stands below that table."""
    origin = (
        "RTL: every output and counter equals the models'" if report.source == RTL else "models"
    )
    items = report.contenders
    lines = [
        f"{items[0].cost.multipliers} multipliers each; means over {report.inputs:,} inputs; "
        f"{origin}"
    ]
    named = [(item.name, item.config) for item in items]
    told = [f"{name} is {config}" for name, config in named if name.split(":")[-1] != config]
    if told:
        lines.append(escape(f"configurations: {'; '.join(told)}"))
    if any(item.gates for item in items):
        lines.append(GATES)
    lines.append(energy_basis(items[0].cost.energy.assumptions))
    if report.float_accuracy is not None:
        lines.append(f"accuracy in floating point, not pruned: {report.float_accuracy:.2%}")
    return [*lines, *_ending(report.notes, report.plot)]


def shape_table(report: ShapeComparison) -> Table:
    """Lay layers out: a row for each contender of one layer, for each of several layers."""
    return _one_layer(report) if len(report.cases) == 1 else _layers(report)


def shape_lines(report: ShapeComparison) -> list[str]:
    """Return what stands below that table."""
    case, points = report.cases[0], report.points
    lines = [f"{points[0].multipliers} multipliers each; one input vector; cycle models"]
    if not case.name or len(report.cases) == 1:
        weights = f"{case.density:.0%} of its weights and " if len(report.cases) == 1 else ""
        lines[0] += (
            f"; a layer of {case.shape[0]:,} x {case.shape[1]:,}, {weights}"
            f"{case.activation_density:.0%} of its inputs not zero"
        )
    lines.append(energy_basis(report.assumptions))
    if any(point.energy is None for point in points):
        lines.append("no energy is told where no memory can be made large enough for a layer")
    if report.gates:
        lines.append(GATES)
    if len(report.cases) > 1:
        lines += [
            escape(f"{name}: {number(gates.count)} gates, {number(gates.flip_flops)} flip-flops")
            for name, gates in report.gates.items()
        ]
    lines += [escape(str(duel)) for duel in report.duels]
    if report.checked:
        lines.append(
            f"{report.checked} runs through the RTL, cut to 256 x 256 at most, equal the cycle "
            "models"
        )
    return [*lines, *_ending(report.notes, report.plot)]


def _one_layer(report: ShapeComparison) -> Table:
    """Return a row for each contender."""
    last = report.points[-1]
    heads = ("engine", "pattern", "cycles", f"/{escape(last.contender)}", "use", "read")
    table = empty_table([*heads, *ENERGY_HEADS, *_gate_heads(report.gates, last.contender)])
    for point in report.points:
        table.add_row(
            escape(point.contender),
            point.pattern or "any",
            number(point.cycles),
            f"{point.cycles / last.cycles:.2f}",
            f"{point.utilization:.1%}",
            number(point.activations_read),
            *_energy_cells([point]),
            *_gate_cells(report.gates, point.contender, last.contender),
        )
    return table


def _layers(report: ShapeComparison) -> Table:
    """Return a row for each layer, with cycles, use and energy on every contender."""
    names = [contender.name for contender in report.contenders]
    columns = {name: report.of(name) for name in names}
    named = bool(report.cases[0].name)
    table = empty_table(
        [
            *(("layer", "size", "weights", "inputs") if named else ("density",)),
            *(escape(name) for name in names),
            *(f"use of {escape(name)}" for name in names),
            *(f"nJ on {escape(name)}" for name in names),
        ]
    )
    for row, case in enumerate(report.cases):
        head = [f"{case.density:.4g}"]
        if named:
            size = f"{case.shape[0]} x {case.shape[1]}"
            head = [case.name, size, f"{case.density:.1%}", f"{case.activation_density:.1%}"]
        points = [columns[name][row] for name in names]
        table.add_row(
            *head,
            *(number(point.cycles) for point in points),
            *(f"{point.utilization:.1%}" for point in points),
            *(_energy_cells([point])[0] for point in points),
        )
    if named:
        table.add_row(*_means(columns.values()))
    return table


def _means(columns: Iterable[Sequence[Point]]) -> list[str]:
    """Return geometric means over all layers."""
    parts = list(columns)
    cycles = [number(geometric_mean([point.cycles for point in part])) for part in parts]
    use = [f"{geometric_mean([point.utilization for point in part]):.1%}" for part in parts]
    nanojoules = [_energy_cells(part)[0] for part in parts]
    return ["geometric mean", "", "", "", *cycles, *use, *nanojoules]


def _energy_cells(points: Sequence[Point]) -> tuple[str, str]:
    """Return the geometric means of energies, and of those of a MAC; empty without one of them."""
    spent = [point.energy.total for point in points if point.energy]
    if len(spent) < len(points):
        return "", ""
    return energy_cells(geometric_mean(spent), geometric_mean([x.pj_per_mac or 0 for x in points]))


def _gate_heads(gates: Mapping[str, Gates], last: str) -> tuple[str, ...]:
    """Return the headings of the columns of gates, if there are any."""
    return ("gates", f"gates/{escape(last)}", "flip-flops") if gates else ()


def _gate_cells(gates: Mapping[str, Gates], name: str, last: str) -> tuple[str, ...]:
    """Return the cells of these columns."""
    if not gates:
        return ()
    own = gates[name]
    return number(own.count), f"{own.count / gates[last].count:.2f}", number(own.flip_flops)


def _ending(notes: Sequence[str], plot: object) -> list[str]:
    """Return notes, and where the plot is."""
    return [*map(escape, notes), *([] if plot is None else [f"plot: {escape(str(plot))}"])]
