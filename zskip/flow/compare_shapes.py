"""Compare without a network: layers drawn at random, by the cycle models of several engines."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import numpy as np

from zskip.engines import COMPARED
from zskip.files.atomic import write_file
from zskip.flow.compare_plot import plot_layers, plot_map
from zskip.flow.contenders import AnyContenders, Contender, given_contenders
from zskip.flow.crossings import Duel, duels
from zskip.flow.gates import NO_YOSYS, Gates, count_gates
from zskip.flow.given import AnyPath, given_energies
from zskip.flow.parallel import in_parallel
from zskip.flow.plotting import checked_plot
from zskip.flow.progress import Progress, silent
from zskip.flow.shape_comparison import ShapeComparison
from zskip.flow.simulators import AnySimulator, given_simulator
from zskip.flow.synthetic import Case, Point, Task, built, check, measure
from zskip.model.common.benchmark import chosen_layers
from zskip.model.common.energy import EnergyTable
from zskip.model.common.errors import InputError
from zskip.model.common.pruning import check_density
from zskip.model.common.synthetic import check_layer
from zskip.verif.common.simulator import Simulator


def compare_layers(
    layers: Sequence[str] = (),
    *,
    engines: AnyContenders = COMPARED,
    multipliers: int = 64,
    seed: int = 1,
    gates: bool = False,
    checks: int = 0,
    simulator: AnySimulator = Simulator.VERILATOR,
    energies: AnyPath | None = None,
    plot: AnyPath | None = None,
    jobs: int = 1,
    scale: float = 1.0,
    progress: Progress = silent,
) -> ShapeComparison:
    """Compare engines on the nine benchmark layers, or some of them.

    Each layer has the size and the densities of the benchmark, and is pruned as the hardware wants
    it: hardware with a pattern N:M gets weights of the pattern (k*N):M with the smallest k that
    holds the density, and takes k beats for them.

    Parameters
    ----------
    layers : sequence of str, optional
        Names of benchmark layers; all by default.
    engines, multipliers, seed, gates, checks, simulator, energies, plot, jobs, progress
        As for `density_map`.
    scale : float, optional
        Factor on both sides of the layers, for a quick look.

    Returns
    -------
    ShapeComparison

    Raises
    ------
    InputError
        A layer's or contender's name is unknown, or something cannot be done with them.
    RunFailure
        The RTL departs from the models.
    """
    cases = [
        Case(
            layer.name,
            (layer.outputs, layer.inputs),
            layer.weight_density,
            layer.activation_density,
            seed,
        )
        for layer in chosen_layers(layers, scale)
    ]
    contenders = given_contenders(engines, multipliers)
    priced = given_energies(energies)
    return _compared(cases, contenders, gates, checks, simulator, priced, plot, jobs, progress)


def density_map(
    shape: tuple[int, int],
    densities: Iterable[float],
    *,
    activation_density: float = 1.0,
    engines: AnyContenders = COMPARED,
    multipliers: int = 64,
    seed: int = 1,
    gates: bool = False,
    checks: int = 0,
    simulator: AnySimulator = Simulator.VERILATOR,
    energies: AnyPath | None = None,
    plot: AnyPath | None = None,
    jobs: int = 1,
    progress: Progress = silent,
) -> ShapeComparison:
    """Compare engines on layers of one size over the density of their weights.

    Layers are drawn at random and pruned as for `compare_layers`.

    Parameters
    ----------
    shape : tuple of int
        Outputs and inputs.
    densities : iterable of float
        Shares of the weights that are not zero, above 0 and at most 1.
    activation_density : float, optional
        Share of the inputs that are not zero.
    engines : str or sequence of str or EngineConfig, optional
        What to compare (`zskip.flow.contenders.given_contenders`). Ratios are to the last one.
    multipliers : int, optional
        Multipliers of each.
    seed : int, optional
        Seed of the layers.
    gates : bool, optional
        Count generic gates (`zskip.flow.gates`), of hardware whose memories hold the layer of most
        weights.
    checks : int, optional
        How many of the layers to run through the RTL of every contender, too, cut to at most
        256 a side: cycles, outputs and counters must equal those of the models.
    simulator : Simulator or str, optional
        What to run the RTL in: ``"verilator"`` or ``"icarus"``.
    energies : path, optional
        File of energies of events (`zskip.model.common.energy.read_energies`); published ones of
        45nm without it.
    plot : path, optional
        File to write a plot to (SVG); needs matplotlib.
    jobs : int, optional
        Processes that measure layers at the same time.
    progress : Progress, optional
        Makes the progress bars.

    Returns
    -------
    ShapeComparison

    Raises
    ------
    InputError
        A number is out of range, a contender is unknown or cannot have so many multipliers.
    RunFailure
        The RTL departs from the models.
    """
    check_layer(shape, activation_density)
    ascending = sorted(set(densities))
    if not ascending:
        raise InputError("a map must have at least one density, not none: give some such as 0.5")
    # The ends first, as a user of the command line gives nothing but these.
    for density in (ascending[0], ascending[-1], *ascending):
        check_density(density)
    cases = [Case("", shape, density, activation_density, seed) for density in ascending]
    contenders = given_contenders(engines, multipliers)
    priced = given_energies(energies)
    return _compared(cases, contenders, gates, checks, simulator, priced, plot, jobs, progress)


def _compared(
    cases: Sequence[Case],
    contenders: Sequence[Contender],
    gates: bool,
    checks: int,
    simulator: AnySimulator,
    energies: EnergyTable,
    plot: AnyPath | None,
    jobs: int,
    progress: Progress,
) -> ShapeComparison:
    """Measure every layer on every contender."""
    target, tool = checked_plot(plot), given_simulator(simulator)
    if checks < 0:
        raise InputError(f"checks must be 0 or more, not {checks}: give how many layers")
    tasks = [Task(contender, case, energies) for case in cases for contender in contenders]
    with progress("running the cycle models", len(tasks)) as advance:
        points = in_parallel(measure, tasks, jobs, advance)
    checked = _checked(cases, contenders, checks, tool, progress)
    counts, notes = _gates(cases, contenders, progress) if gates else ({}, ())
    report = ShapeComparison(
        contenders=tuple(contenders),
        points=tuple(points),
        duels=_duels(cases, contenders, points, counts, progress),
        gates=counts,
        checked=checked,
        assumptions=energies.assumptions,
        plot=target,
        notes=notes,
    )
    if target is not None:
        write_file(target, _plot(report))
    return report


def _checked(
    cases: Sequence[Case],
    contenders: Sequence[Contender],
    checks: int,
    simulator: Simulator,
    progress: Progress,
) -> int:
    """Run some layers, from the first to the last, through the RTL; return how many runs."""
    if not checks:
        return 0
    places = np.unique(np.linspace(0, len(cases) - 1, min(checks, len(cases))).round().astype(int))
    chosen = [cases[place] for place in places]
    with progress("checking in the RTL", len(contenders) * len(chosen)) as advance:
        for contender in contenders:
            check(contender, chosen, simulator, advance)
    return len(contenders) * len(chosen)


def _gates(
    cases: Sequence[Case], contenders: Sequence[Contender], progress: Progress
) -> tuple[dict[str, Gates], tuple[str, ...]]:
    """Count the gates of every contender; tell if that is not possible."""
    largest = max(cases, key=lambda case: case.density * case.shape[0] * case.shape[1])
    counts: dict[str, Gates] = {}
    with progress("counting gates", len(contenders)) as advance:
        for contender in contenders:
            found = count_gates(built(contender, [largest])[0])
            if found is None:
                return {}, (NO_YOSYS,)
            counts[contender.name] = found
            advance(1)
    return counts, ()


def _duels(
    cases: Sequence[Case],
    contenders: Sequence[Contender],
    points: Sequence[Point],
    gates: Mapping[str, Gates],
    progress: Progress,
) -> tuple[Duel, ...]:
    """Find where contenders overtake each other on a map."""
    if len(cases) < 2 or cases[0].name:
        return ()
    known = {(point.contender, point.case.density): point.cycles for point in points}

    def cycles(contender: Contender, density: float) -> int:
        key = contender.name, density
        if key not in known:
            known[key] = measure(Task(contender, cases[0]._replace(density=density))).cycles
        return known[key]

    def area(contender: Contender, density: float) -> int:
        return cycles(contender, density) * gates[contender.name].count

    kinds = {"cycles": cycles} | ({"cycles x gates": area} if gates else {})
    grid = [case.density for case in cases]
    with progress("searching for crossings", None):
        return tuple(
            duel
            for name, cost in kinds.items()
            for duel in duels(grid, {item.name: partial(cost, item) for item in contenders}, name)
        )


def _plot(report: ShapeComparison) -> bytes:
    """Draw the report: lines over the density, or bars of layers."""
    cases = report.cases
    cycles = {
        contender.name: [float(point.cycles) for point in report.of(contender.name)]
        for contender in report.contenders
    }
    if any(case.name for case in cases):
        return plot_layers([case.name for case in cases], cycles)
    (outputs, inputs), active = cases[0].shape, cases[0].activation_density
    title = (
        f"Cycles of a layer of {outputs:,} x {inputs:,} with {active:.0%} of its inputs not zero, "
        f"{report.points[0].multipliers} multipliers each"
    )
    stepping = [item.name for item in report.contenders if item.pattern is not None]
    return plot_map(title, [case.density for case in cases], cycles, stepping)
