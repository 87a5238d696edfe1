"""Explore: cycles, memories, energy and accuracy of many configurations, and the best of them."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from zskip.exploration.cluster import in_process, on_cluster
from zskip.exploration.measure import ERROR, Figures, measure
from zskip.exploration.points import Points, grid, listed, sampled
from zskip.exploration.presets import find_preset
from zskip.exploration.store import Store, content_key
from zskip.exploration.workload import (
    Workload,
)
from zskip.files.atomic import check_target, write_file
from zskip.files.formats.activations import Activations
from zskip.files.inputs import AnyInputs
from zskip.files.weights import AnyWeights
from zskip.flow.choices import AnyConfig
from zskip.flow.exploration import Exploration, check_objectives, point_name
from zskip.flow.explore_plot import plot_front, plot_preset
from zskip.flow.explore_sources import Base, given_bases, given_workloads, refuse
from zskip.flow.given import AnyNetwork, AnyPath, paths
from zskip.flow.plotting import checked_plot
from zskip.flow.progress import Progress, silent
from zskip.flow.report import counted
from zskip.model.common.config import EngineConfig
from zskip.model.common.errors import InputError

MOST_NAMED = 10
"""Points without figures that are named one by one."""

AnyValues = int | Sequence[int]
"""A value of a field, or several."""


def explore(
    *,
    engine: str | Sequence[str] = (),
    config: AnyConfig | Sequence[AnyConfig] = (),
    settings: Mapping[str, AnyValues] | None = None,
    points: AnyPath | Iterable[Mapping[str, Any]] | None = None,
    samples: int | None = None,
    preset: str | None = None,
    seed: int = 1,
    layers: Sequence[str] = (),
    weights: AnyWeights | AnyNetwork | None = None,
    inputs: AnyInputs | None = None,
    labels: AnyInputs | None = None,
    count: int | None = None,
    input_scale: float = 1.0,
    activations: Activations | None = None,
    front: Sequence[str] = (),
    table: AnyPath | None = None,
    plot: AnyPath | None = None,
    store: AnyPath | None = None,
    jobs: int = 0,
    scheduler: str | None = None,
    scale: float = 1.0,
    progress: Progress = silent,
) -> Exploration:
    """Measure configurations by the models: every combination of values, samples, or a list.

    Each is measured on the benchmark's layers or on a network. Memories that are too small are
    enlarged, but for fields that a point sets.

    Parameters
    ----------
    engine : str or sequence of str, optional
        Kinds of accelerator; those of the configurations, or the default one, without any.
    config : EngineConfig or str, or a sequence of them, optional
        Configurations to start from, each with every setting of a field that it has.
    settings : mapping of str to int or sequence of int, optional
        Values of fields of the configuration. Every combination is measured.
    points : path or iterable of mapping, optional
        A list of configurations instead: a CSV file, or rows (`zskip.exploration.points.listed`).
    samples : int, optional
        Measure only that many of the combinations, drawn at random.
    preset : str, optional
        A preset of the engine, in place of `points` and `samples`.
    seed : int, optional
        Seed of the samples, and of the benchmark's layers.
    layers : sequence of str, optional
        Names of benchmark layers to measure; all by default.
    weights : path, Network, Compressed or values, optional
        Measure this network instead: a compressed one is encoded anew for each configuration, float
        weights, as `zskip.compress` takes them, are compressed for each.
    inputs, labels : path or array_like, optional
        Its inputs, and their labels if they are not beside them.
    count : int, optional
        Use only that many of the inputs.
    input_scale : float, optional
        For float weights: factor from the inputs of files to those of the training.
    activations : str, sequence of str or mapping of str to str, optional
        For float weights, as for `zskip.compress`.
    front : sequence of str, optional
        Columns that the Pareto front is of (`zskip.flow.exploration.check_objectives`); the first
        two are the axes of the plot.
    table : path, optional
        File to write the rows to (CSV).
    plot : path, optional
        File to write a plot to (SVG); needs matplotlib.
    store : path, optional
        Folder that keeps results; points that it holds are not computed again.
    jobs : int, optional
        Processes on this machine; 0 computes in this one. More need `distributed`.
    scheduler : str, optional
        Address of a Dask scheduler, whose workers compute instead.
    scale : float, optional
        Factor on both sides of the benchmark layers, for a quick look.
    progress : Progress, optional
        Makes the progress bars.

    Returns
    -------
    Exploration

    Raises
    ------
    InputError
        A file, a value or a combination of options cannot be used.
    RunFailure
        The cluster cannot be used.
    """
    target = checked_plot(plot, weights, inputs, labels)
    rows = None if table is None else Path(table)
    if rows is not None:
        check_target(rows, *paths(weights, inputs, labels, points))
    _refuse_together(preset=preset, points=points, samples=samples)
    kept = None if store is None else Store(Path(store))
    with progress("reading", None):
        workloads, base, notes = given_workloads(
            layers, weights, inputs, labels, count, input_scale, activations, seed, scale
        )
    objectives = check_objectives(front, labelled=workloads[0].labels is not None)
    bases = given_bases(engine, config, base)
    chosen = find_preset(bases, preset)
    found = _points(bases, base, settings or {}, points, samples, seed, chosen)
    measured, computed = _computed(found, workloads, kept, jobs, scheduler, progress)
    report = Exploration(
        points=found.points,
        workloads=tuple(workload.name for workload in workloads),
        measured=measured,
        objectives=objectives,
        computed=computed,
        preset=chosen,
        plot=target,
        table=rows,
        notes=(*notes, *found.notes, *_left_out(found, workloads, measured)),
    )
    if rows is not None:
        write_file(rows, report.to_csv().encode())
    if target is not None:
        write_file(target, plot_front(report) if chosen is None else plot_preset(report, chosen))
    return report


def _points(
    bases: Sequence[EngineConfig],
    base: Base,
    settings: Mapping[str, AnyValues],
    points: AnyPath | Iterable[Mapping[str, Any]] | None,
    samples: int | None,
    seed: int,
    preset: Any,
) -> Points:
    """Return the configurations to measure."""
    values = {
        name: (value,) if isinstance(value, int) else tuple(value)
        for name, value in settings.items()
    }
    if points is not None:
        refuse({"set": values or None}, "without --points, whose columns are fields")
        return listed(points, lambda engine, name: base(engine or bases[0].ENGINE, name))
    if preset is not None:
        for name in preset.fields:
            if name in values:
                raise InputError(f"{name} must be left to the preset, not be set: leave it out")
        values |= preset.fields
    if samples is not None:
        return sampled(bases, values, samples, seed)
    return grid(bases, values)


def _computed(
    found: Points,
    workloads: Sequence[Workload],
    store: Store | None,
    jobs: int,
    scheduler: str | None,
    progress: Progress,
) -> tuple[tuple[tuple[Figures, ...], ...], int]:
    """Return the figures of all points, and how many had to be computed."""
    # A workload after the other, as one that is drawn is kept for points that follow each other.
    keys = [[content_key(point, workload) for point in found.points] for workload in workloads]
    tasks = {
        key: (point, workload)
        for column, workload in zip(keys, workloads, strict=True)
        for key, point in zip(column, found.points, strict=True)
    }
    results: dict[str, Figures] = {}
    for key in tasks if store is not None else ():
        kept = store.get(key) if store is not None else None
        if kept is not None:
            results[key] = kept
    missing = {key: task for key, task in tasks.items() if key not in results}
    with progress("measuring", len(missing)) as advance:

        def done(key: str, figures: Figures, keep: bool) -> None:
            results[key] = figures
            if store is not None and keep:
                store.put(key, *tasks[key], figures)
            advance(1)

        if missing and (jobs or scheduler is not None):
            on_cluster(measure, missing, done, jobs=jobs, scheduler=scheduler)
        else:
            in_process(measure, missing, done)
    rows = zip(*keys, strict=True)
    return tuple(tuple(results[key] for key in row) for row in rows), len(missing)


def _left_out(
    found: Points, workloads: Sequence[Workload], measured: Sequence[Sequence[Figures]]
) -> tuple[str, ...]:
    """Name points without figures, and tell how many there are, and how many do not fit."""
    lines = [
        f"left out: {point_name(point)} on {workload.name}: {one[ERROR]}"
        for point, figures in zip(found.points, measured, strict=True)
        for workload, one in zip(workloads, figures, strict=True)
        if ERROR in one
    ]
    notes = lines[:MOST_NAMED]
    if len(lines) > MOST_NAMED:
        notes.append(f"left out: {len(lines) - MOST_NAMED:,} more, which the rows name")
    large = sum(one.get("fits") is False for figures in measured for one in figures)
    if large:
        notes.append(
            f"{counted(large, 'point')} would need memories beyond what a configuration may have, "
            "and can be on no front"
        )
    return tuple(notes)


def _refuse_together(**options: object) -> None:
    """Refuse options of which only one may be given."""
    given = [f"--{name}" for name, value in options.items() if value is not None]
    if len(given) > 1:
        raise InputError(f"only one of {' and '.join(given)} must be given: leave one out")
