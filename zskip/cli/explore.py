"""``zskip explore``."""

import os
from collections.abc import Sequence
from pathlib import Path

import click

from zskip.cli import completion
from zskip.cli.explore_tables import (
    exploration_lines,
    exploration_table,
    preset_lines,
    preset_table,
)
from zskip.cli.options import activations_option, integer
from zskip.cli.output import emit_json, emit_notes, emit_text, progress
from zskip.engines import DEFAULT, ENGINES, engine
from zskip.flow.exploration import LARGER, SMALLER
from zskip.flow.explore import explore
from zskip.model.common.benchmark import NAMES
from zskip.model.common.errors import InputError

MOST_VALUES = 100_000
"""Values that a range of a setting may have."""


@click.command()
@click.argument("weights", metavar="[NETWORK]", required=False, type=click.Path(path_type=Path))
@click.option("--inputs", "-i", type=click.Path(path_type=Path), help="Its inputs, .npy or .npz.")
@click.option("--labels", type=click.Path(path_type=Path), help="Labels, if not in the inputs.")
@click.option("--count", type=click.IntRange(1), help="Use only the first COUNT inputs.")
@click.option(
    "--input-scale",
    type=float,
    default=1.0,
    metavar="X",
    help="For float weights: factor from the inputs of files to those of the training.",
)
@activations_option
@click.option(
    "--layer",
    "layers",
    multiple=True,
    metavar="NAME",
    shell_complete=completion.benchmark_layers,
    help=f"Only this benchmark layer: {', '.join(NAMES)}. May be repeated.",
)
@click.option(
    "--engine",
    "engines",
    multiple=True,
    metavar="NAME",
    shell_complete=completion.engines,
    help=f"Kind of accelerator: {', '.join(ENGINES)}; that of a network file, or {DEFAULT}, if "
    "none is named. May be repeated.",
)
@click.option(
    "--config",
    "configs",
    multiple=True,
    metavar="NAME",
    shell_complete=completion.configurations,
    help="Configuration to start from. May be repeated.",
)
@click.option("--pes", metavar="N,N,...", help="Processing elements: sets pe_count.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="FIELD=V,V,...",
    shell_complete=completion.settings,
    help="Values of a field of the configuration, or FIELD=LOW:HIGH. May be repeated: every "
    "combination is measured.",
)
@click.option("--samples", type=click.IntRange(1), help="Only so many combinations, at random.")
@click.option(
    "--points",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A list of them (CSV) instead.",
)
@click.option(
    "--preset",
    metavar="NAME",
    help="A range of configurations, and the figure of interest: "
    + "; ".join(
        f"{', '.join(engine(name).presets)} of {name}" for name in ENGINES if engine(name).presets
    )
    + ".",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Of the samples and of the benchmark's layers.",
)
@click.option(
    "--front",
    metavar="COLUMN,...",
    default="",
    help=f"Columns of the Pareto front: {', '.join((*SMALLER, *LARGER))}.",
)
@click.option("--csv", "table", type=click.Path(path_type=Path), metavar="FILE", help="Write rows.")
@click.option("--plot", type=click.Path(path_type=Path), metavar="FILE", help="Write a plot (SVG).")
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Keep results here; what is there is not computed again.",
)
@click.option(
    "--jobs",
    type=click.IntRange(0),
    help="Processes; 0 computes in this one; as many as there are processors by default.",
)
@click.option("--scheduler", metavar="ADDRESS", help="Compute in the workers of a Dask scheduler.")
@click.option("--scale", type=float, default=1.0, hidden=True)
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
def command(
    weights: Path | None,
    inputs: Path | None,
    labels: Path | None,
    count: int | None,
    input_scale: float,
    activations: tuple[str, ...],
    layers: tuple[str, ...],
    engines: tuple[str, ...],
    configs: tuple[str, ...],
    pes: str | None,
    settings: tuple[str, ...],
    samples: int | None,
    points: Path | None,
    preset: str | None,
    seed: int,
    front: str,
    table: Path | None,
    plot: Path | None,
    store: Path | None,
    jobs: int | None,
    scheduler: str | None,
    scale: float,
    as_json: bool,
) -> None:
    """Measure many configurations by the models, and find the best of them.

    They are measured on the benchmark's layers, on a compressed NETWORK, which is encoded anew for
    each, or on a float NETWORK, which is compressed for each. Memories that are too small are
    enlarged, but for fields that are set. A star marks the Pareto front.
    """
    if scheduler is not None and jobs is not None:
        raise InputError("only one of --jobs and --scheduler must be given: leave one out")
    report = explore(
        engine=engines,
        config=configs,
        settings=_values(settings if pes is None else (f"pe_count={pes}", *settings)),
        points=points,
        samples=samples,
        preset=preset,
        seed=seed,
        layers=layers,
        weights=weights,
        inputs=inputs,
        labels=labels,
        count=count,
        input_scale=input_scale,
        activations=",".join(activations) or None,
        front=[name for name in front.split(",") if name],
        table=table,
        plot=plot,
        store=store,
        jobs=(os.cpu_count() or 1) if jobs is None else jobs,
        scheduler=scheduler,
        scale=scale,
        progress=progress,
    )
    if as_json:
        emit_json(report.to_dict())
        emit_notes(report.notes)
    elif report.preset is not None:
        emit_text(preset_table(report, report.preset), *preset_lines(report, report.preset))
    else:
        emit_text(exploration_table(report), *exploration_lines(report))


def _values(settings: Sequence[str]) -> dict[str, list[int]]:
    """Return the values of each field that is set."""
    values: dict[str, list[int]] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise InputError(f"a setting must be FIELD=VALUE, not {setting!r}: add a value")
        if name in values:
            raise InputError(f"{name} must be set once, not again by {setting!r}: leave one out")
        values[name] = [value for part in text.split(",") for value in _range(name, part)]
    return values


def _range(name: str, text: str) -> Sequence[int]:
    """Return the values of a number, or of the two ends of a range."""
    low, colon, high = text.partition(":")
    if not colon:
        return [integer(name, low)]
    values = range(integer(name, low), integer(name, high) + 1)
    if not 0 < len(values) <= MOST_VALUES:
        raise InputError(
            f"a range of {name} must be LOW:HIGH with 1 to {MOST_VALUES:,} values, not {text!r}: "
            "correct it"
        )
    return values
