"""``zskip compress``: trained weights to a compressed network file."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from zskip.cli.options import chosen_config, configuration_options
from zskip.cli.output import emit_json, emit_text, progress
from zskip.flow.compress import Compressed, compress
from zskip.model.common.errors import InputError
from zskip.model.eie.config import PAPER
from zskip.model.eie.report import LayerReport
from zskip.model.eie.schedule import HOLDS


@click.command()
@click.argument("weights", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    metavar="NETWORK",
    help="Compressed network file to write.",
)
@click.option(
    "--inputs",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Typical inputs (.npy or .npz), to choose the fixed-point scales by. Required.",
)
@click.option(
    "--count", type=int, metavar="N", help="Use at most N of the inputs. Some hundred will do."
)
@click.option(
    "--input-scale",
    type=float,
    default=1.0,
    metavar="X",
    help="Factor from the inputs of files to those that the network was trained with.",
)
@click.option(
    "--density",
    "densities",
    multiple=True,
    metavar="D|NAME=D",
    help="Share of the weights to keep, of every layer or of one. May be repeated.",
)
@configuration_options
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of a table.")
def command(
    weights: Path,
    output: Path,
    inputs: Path | None,
    count: int | None,
    input_scale: float,
    densities: tuple[str, ...],
    config_name: str | None,
    pes: int | None,
    settings: tuple[str, ...],
    as_json: bool,
) -> None:
    """Compress the float network of the file WEIGHTS for an array.

    WEIGHTS is an .npz with the arrays <layer>.weight (outputs x inputs) and <layer>.bias in the
    order of the layers. Weights are shared, brought to fixed point and encoded; pruning is done
    only where --density asks for it.
    """
    config = chosen_config(config_name, pes, settings) or PAPER
    with progress("compressing") as advance:
        result = compress(
            weights,
            output,
            inputs=inputs,
            count=count,
            input_scale=input_scale,
            density=_density(densities),
            config=config,
            on_progress=advance,
        )
    if as_json:
        emit_json(_record(result))
    else:
        emit_text(_table(result), *_summary(result))


def _density(densities: Sequence[str]) -> float | dict[str, float] | None:
    """Return the densities that the options ask for."""
    named: dict[str, float] = {}
    for text in densities:
        name, _, value = text.rpartition("=")
        try:
            number = float(value)
        except ValueError:
            raise InputError(
                f"a density must be a number or NAME=NUMBER, not {text!r}: give a share such as 0.1"
            ) from None
        if name in named:
            raise InputError(f"a density must be given once, not again by {text!r}: leave one out")
        named[name] = number
    if "" not in named:
        return named or None
    if len(named) > 1:
        raise InputError(
            "densities must be one number for all layers or NAME=NUMBER for some, not both: "
            "name every layer"
        )
    return named[""]


def _record(result: Compressed) -> dict[str, object]:
    """Return what ``--json`` says."""
    return {
        "network": result.path,
        "file_bytes": result.file_bytes,
        "dense_float32_bytes": result.dense_bytes,
        "chip_bytes": result.chip_bytes,
        "ratio": result.dense_bytes / result.chip_bytes,
        "input_scale": result.network.input_scale,
        "calibration_inputs": result.calibration_inputs,
        "measured_inputs": result.measured_inputs,
        "accuracy": result.accuracy,
        "configuration": result.network.config,
        "fit": {
            name: {**asdict(fit), "share": fit.share, "holds": HOLDS[name]}
            for name, fit in result.fit.items()
        },
        "layers": [
            {
                **asdict(layer),
                "weights": layer.weights,
                "density": layer.density,
                "chip_bytes": layer.chip.total,
            }
            for layer in result.layers
        ],
    }


def _table(result: Compressed) -> Table:
    """Lay the layers out for human readers."""
    heads = (
        "layer",
        "size",
        "density",
        "values",
        "weight SNR",
        "scales",
        "entries",
        "padding",
        "on chip",
        "max error",
        "output SNR",
    )
    table = Table(*heads, box=None, pad_edge=False)
    for column in table.columns[2:]:
        column.justify = "right"
        column.no_wrap = True
    for layer in result.layers:
        table.add_row(*_row(layer))
    return table


def _row(layer: LayerReport) -> tuple[str, ...]:
    """Return the cells of a layer."""
    fractions = (layer.input_fraction, layer.weight_fraction, layer.output_fraction)
    return (
        escape(layer.name),
        f"{layer.outputs} x {layer.inputs}",
        f"{layer.density:.2%}",
        f"{layer.shared_values} {'kept' if layer.exact else 'shared'}",
        _decibels(layer.sharing_snr_db),
        "/".join(map(str, fractions)),
        f"{layer.entries:,}",
        f"{layer.padding / max(layer.entries, 1):.1%}",
        f"{layer.chip.total:,}",
        f"{layer.fidelity.max_error:.3g}",
        _decibels(layer.fidelity.snr_db),
    )


def _decibels(value: float) -> str:
    """Return a ratio as text."""
    return f"{value:.1f} dB" if math.isfinite(value) else "exact" if value > 0 else "none"


def _summary(result: Compressed) -> list[str]:
    """Return the lines below the table."""
    config = result.network.config
    ratio = result.dense_bytes / result.chip_bytes
    lines = [
        "",
        f"{result.dense_bytes:,} bytes as dense float32, {result.chip_bytes:,} on chip: "
        f"{ratio:.1f} times smaller",
        f"fits each of {config.pe_count} PEs: "
        + ", ".join(
            f"{HOLDS[name]} {fit.share:.0%} ({fit.needed:,} of {fit.available:,})"
            for name, fit in result.fit.items()
        ),
        f"scales from {result.calibration_inputs:,} inputs, errors of outputs measured on "
        f"{result.measured_inputs:,}",
    ]
    if result.accuracy is not None:
        lines.append(
            f"accuracy on these: {result.accuracy.float_network:.2%} in floating point, "
            f"{result.accuracy.compressed:.2%} compressed"
        )
    for layer in result.layers:
        if layer.zeroed:
            lines.append(
                f"layer {escape(layer.name)}: {layer.zeroed} shared values are too small for the "
                "fixed-point scale and were dropped"
            )
    return [*lines, f"{escape(str(result.path))}: {result.file_bytes:,} bytes written"]
