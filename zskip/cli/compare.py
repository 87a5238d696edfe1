"""``zskip compare``."""

import os
from pathlib import Path

import click

from zskip.cli import completion
from zskip.cli.compare_tables import comparison_lines, comparison_table, shape_lines, shape_table
from zskip.cli.options import activations_option, energies_option
from zskip.cli.output import emit_json, emit_notes, emit_text, progress
from zskip.cli.simulate import simulator_option
from zskip.engines import COMPARED
from zskip.flow.compare import compare
from zskip.flow.compare_shapes import compare_layers, density_map
from zskip.flow.shape_comparison import ShapeComparison
from zskip.model.common.benchmark import NAMES
from zskip.model.common.errors import InputError
from zskip.verif.common.simulator import Simulator

POINTS = 20
"""Densities of a map where no number is given."""


@click.command()
@click.argument("weights", metavar="[NETWORK]", required=False, type=click.Path(path_type=Path))
@click.option("--inputs", "-i", type=click.Path(path_type=Path), help="Its inputs, .npy or .npz.")
@click.option("--labels", type=click.Path(path_type=Path), help="Labels, if not in the inputs.")
@click.option("--count", type=click.IntRange(1), help="Run only the first COUNT inputs.")
@click.option(
    "--input-scale",
    type=float,
    metavar="X",
    help="Factor from the inputs of files to those that the network was trained with.",
)
@activations_option
@click.option("--model", is_flag=True, help="Of a network: take cycles from the models, not RTL.")
@click.option(
    "--layer",
    "layers",
    multiple=True,
    metavar="NAME",
    shell_complete=completion.benchmark_layers,
    help=f"Only this benchmark layer: {', '.join(NAMES)}. May be repeated.",
)
@click.option("--shape", metavar="AxB", help="Layers of A outputs and B inputs instead.")
@click.option(
    "--density",
    metavar="D|LOW:HIGH",
    help="Share of the weights that are not zero: of a network on hardware without a pattern; of "
    f"a shape, where LOW:HIGH takes {POINTS} densities, LOW:HIGH:N takes N.",
)
@click.option(
    "--activation-density", type=float, metavar="D", help="Of a shape: of its inputs. [default: 1]"
)
@click.option(
    "--engines",
    default=COMPARED,
    show_default=True,
    metavar="NAME,NAME,...",
    help="Engines, configurations, or ENGINE:CONFIGURATION.",
)
@click.option("--multipliers", type=int, default=64, show_default=True, help="Of each engine.")
@energies_option
@click.option("--gates", is_flag=True, help="Count generic gates, too; needs Yosys.")
@click.option(
    "--check",
    "checks",
    type=click.IntRange(0),
    help="Run so many of the layers drawn at random, cut to 256 x 256, through the RTL, too.",
)
@simulator_option
@click.option("--seed", type=click.IntRange(0), help="Of layers drawn at random. [default: 1]")
@click.option("--plot", type=click.Path(path_type=Path), metavar="FILE", help="Write a plot (SVG).")
@click.option("--jobs", type=click.IntRange(1), help="Layers at a time; a processor each.")
@click.option("--scale", type=float, default=1.0, hidden=True)
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
def command(
    weights: Path | None,
    inputs: Path | None,
    labels: Path | None,
    count: int | None,
    input_scale: float | None,
    activations: tuple[str, ...],
    model: bool,
    layers: tuple[str, ...],
    shape: str | None,
    density: str | None,
    activation_density: float | None,
    engines: str,
    multipliers: int,
    energies: Path | None,
    gates: bool,
    checks: int | None,
    simulator: str,
    seed: int | None,
    plot: Path | None,
    jobs: int | None,
    scale: float,
    as_json: bool,
) -> None:
    """Set engines beside each other, with the same number of multipliers each.

    The float NETWORK and its inputs run through each engine, compressed as that is meant to be
    used: pruned to the pattern of hardware that has one. Without a network the nine benchmark
    layers are compared by the cycle models, with --shape layers of one size over their density.
    Ratios are to the engine that is named last.
    """
    own = {
        "inputs": inputs,
        "labels": labels,
        "count": count,
        "input-scale": input_scale,
        "activations": activations or None,
        "model": model or None,
    }
    drawn = {"check": checks, "seed": seed}
    sized = {"activation-density": activation_density}
    if weights is not None:
        _refuse({"shape": shape, "layer": layers or None, **drawn, **sized}, "without a network")
        report = compare(
            weights,
            inputs,
            labels=labels,
            count=count,
            input_scale=1.0 if input_scale is None else input_scale,
            activations=",".join(activations) or None,
            density=None if density is None else _number(density, density),
            engines=engines,
            multipliers=multipliers,
            model=model,
            simulator=Simulator(simulator),
            gates=gates,
            energies=energies,
            plot=plot,
            progress=progress,
        )
        if as_json:
            emit_json(report.to_dict())
            emit_notes(report.notes)
        else:
            emit_text(comparison_table(report), *comparison_lines(report))
        return
    _refuse(own, "with a network only")
    processes = jobs or os.cpu_count() or 1
    common = {
        "engines": engines,
        "multipliers": multipliers,
        "seed": 1 if seed is None else seed,
        "gates": gates,
        "checks": checks or 0,
        "simulator": Simulator(simulator),
        "energies": energies,
        "plot": plot,
        "jobs": processes,
        "progress": progress,
    }
    if shape is None:
        _refuse({"density": density, **sized}, "with a network or a shape only")
        _show(compare_layers(layers, scale=scale, **common), as_json)
        return
    _refuse({"layer": layers or None}, "without --shape")
    active = 1.0 if activation_density is None else activation_density
    found = density_map(_shape(shape), _densities(density), activation_density=active, **common)
    _show(found, as_json)


def _show(report: ShapeComparison, as_json: bool) -> None:
    """Write a report of layers drawn at random."""
    if as_json:
        emit_json(
            {
                "rows": report.to_dict(),
                "duels": report.duels,
                "checked": report.checked,
                "assumptions": report.assumptions,
            }
        )
        emit_notes(report.notes)
    else:
        emit_text(shape_table(report), *shape_lines(report))


def _refuse(options: dict[str, object], where: str) -> None:
    """Refuse options that were given where they mean nothing."""
    for name, value in options.items():
        if value is not None:
            raise InputError(f"--{name} must be given {where}: leave one out")


def _shape(text: str) -> tuple[int, int]:
    """Return outputs and inputs of a text such as ``4096x1024``."""
    outputs, cross, inputs = text.lower().partition("x")
    if not (cross and outputs.isdecimal() and inputs.isdecimal()):
        raise InputError(
            f"a shape must be AxB, outputs and inputs, not {text!r}: give one such as 1024x1024"
        )
    return int(outputs), int(inputs)


def _densities(text: str | None) -> list[float]:
    """Return the densities of a text: one, or some from the lowest to the highest."""
    if text is None:
        raise InputError("a shape must come with a density: add --density 0.05:1.0, or one number")
    low, *further = text.split(":")
    if not further:
        return [_number(low, text)]
    high, *points = further
    if len(points) > 1 or not all(point.isdecimal() and int(point) > 1 for point in points):
        raise InputError(_advice(text))
    lowest, highest = _number(low, text), _number(high, text)
    count = int(points[0]) if points else POINTS
    if not lowest < highest:
        raise InputError(
            f"the first density must be below the second one, not as in {text!r}: exchange them"
        )
    # Rounded, so that densities such as a half are what they seem.
    return [round(lowest + (highest - lowest) * n / (count - 1), 9) for n in range(count)]


def _number(text: str, whole: str) -> float:
    """Return a density."""
    try:
        return float(text)
    except ValueError:
        raise InputError(_advice(whole)) from None


def _advice(text: str) -> str:
    """Say that a text tells no densities."""
    return (
        f"a density must be a number, LOW:HIGH or LOW:HIGH:N, not {text!r}: give one such as 0.1, "
        "or 0.05:1.0 for a shape"
    )
