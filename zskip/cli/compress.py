"""``zskip compress``: trained weights to a compressed network file."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from zskip.cli import completion
from zskip.cli.compress_report import describe, record
from zskip.cli.options import (
    activations_option,
    chosen_config,
    configuration_options,
    energies_option,
)
from zskip.cli.output import emit_json, emit_text, progress
from zskip.flow.compress import compress
from zskip.model.common.codebook import METHODS as KMEANS
from zskip.model.common.errors import InputError
from zskip.model.common.precision import Precision
from zskip.model.common.prune import METHODS
from zskip.model.common.ranges import PERCENTILE, RULES
from zskip.model.common.scaled_network import MARGIN_BITS, SCALES

PLURAL = {"density": "densities", "quality": "qualities", "precision": "precisions"}

Value = TypeVar("Value", float, str)


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
    "-i",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Typical inputs (.npy or .npz), to choose the fixed-point scales by. Required.",
)
@click.option(
    "--count", type=int, metavar="N", help="Use at most N of the inputs. Some hundred will do."
)
@activations_option
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
    shell_complete=completion.layers,
    help="Share of the weights to keep, of every layer or of one. May be repeated.",
)
@click.option(
    "--prune",
    type=click.Choice(METHODS),
    default="magnitude",
    show_default=True,
    help="Which weights go: the smallest of each layer, of all layers together (global), of each "
    "PE equally (balanced), or those below --quality standard deviations (deviation).",
)
@click.option(
    "--quality",
    "qualities",
    multiple=True,
    metavar="Q|NAME=Q",
    shell_complete=completion.layers,
    help="With --prune deviation: weights below Q standard deviations of their layer go.",
)
@click.option(
    "--pattern",
    metavar="N:M",
    help="Keep at most N weights of every M along the inputs, such as 2:4, in place of a density; "
    "hardware that has a pattern gets this one.",
)
@click.option(
    "--permute",
    is_flag=True,
    help="With --pattern: bring the inputs of each layer to an order in which more is kept.",
)
@click.option(
    "--kmeans",
    type=click.Choice([*reversed(KMEANS)]),
    default="optimal",
    show_default=True,
    help="How shared values are found: the least error, or Lloyd's iterations from there.",
)
@click.option(
    "--weight-bits",
    type=int,
    metavar="BITS",
    help="Bits of a weight, or of its number where weights are shared, as the engine has them.",
)
@click.option(
    "--calibration",
    type=click.Choice(RULES),
    default="max",
    show_default=True,
    help="Range of activations: clip none, but --percentile of them, or to the least error.",
)
@click.option(
    "--percentile",
    type=float,
    metavar="P",
    help=f"With --calibration percentile: percent to keep in range, {PERCENTILE} if not given.",
)
@click.option(
    "--scales",
    type=click.Choice(SCALES),
    default=SCALES[0],
    show_default=True,
    help="Sums that accumulators hold: the largest that the inputs reach, or those of all "
    "magnitudes, which take bits from the weights.",
)
@click.option(
    "--margin",
    "margin_bits",
    type=int,
    default=MARGIN_BITS,
    show_default=True,
    metavar="BITS",
    help="Bits that accumulators keep free beyond that.",
)
@click.option(
    "--bias-correction/--no-bias-correction",
    default=None,
    help="Let biases make up for the mean errors that weight sharing causes on the inputs. "
    "Without either they do where more of the inputs then keep their class, and for what shared "
    "weights lose on the fixed-point grid.",
)
@click.option(
    "--precision",
    "precisions",
    multiple=True,
    metavar="P|NAME=P",
    shell_complete=completion.layers,
    help="Numbers that weights become, of every layer or of one, for an engine that has the "
    "choice: int2 to int24, fp16 or fp32. May be repeated, or divided by commas.",
)
@click.option(
    "--mask-lanes",
    type=int,
    default=0,
    metavar="K",
    help="For such an engine: leave the lowest K bits of every weight out.",
)
@click.option("--huffman", is_flag=True, help="Huffman code the file; it is decoded on load.")
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write a report with plots, for a browser (matplotlib).",
)
@energies_option
@configuration_options
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of a table.")
def command(
    weights: Path,
    output: Path,
    inputs: Path | None,
    activations: tuple[str, ...],
    count: int | None,
    input_scale: float,
    densities: tuple[str, ...],
    prune: str,
    qualities: tuple[str, ...],
    pattern: str | None,
    permute: bool,
    kmeans: str,
    weight_bits: int | None,
    calibration: str,
    percentile: float | None,
    scales: str,
    margin_bits: int,
    bias_correction: bool | None,
    precisions: tuple[str, ...],
    mask_lanes: int,
    huffman: bool,
    html: Path | None,
    energies: Path | None,
    engine_name: str | None,
    config_name: str | None,
    pes: int | None,
    settings: tuple[str, ...],
    as_json: bool,
) -> None:
    """Compress the float network of the file WEIGHTS for an array.

    WEIGHTS is an .onnx model, a Keras .keras or .h5, a .safetensors or PyTorch .pt file, Deep
    Compression's AlexNet .net, or an .npz with the arrays <layer>.weight (outputs x inputs) and
    <layer>.bias in the order of the layers. Weights are shared, brought to fixed point and encoded;
    pruning is done only where --density, --quality or --pattern asks for it.
    """
    if percentile is not None and calibration != "percentile":
        raise InputError(
            f"--percentile must come with --calibration percentile, not {calibration}: "
            "leave one out"
        )
    result = compress(
        weights,
        output,
        inputs=inputs,
        activations=",".join(activations) or None,
        count=count,
        input_scale=input_scale,
        density=_per_layer("density", densities, float),
        prune=prune,
        quality=_per_layer("quality", qualities, float),
        pattern=pattern,
        permute=permute,
        kmeans=kmeans,
        calibration=calibration,
        percentile=PERCENTILE if percentile is None else percentile,
        scales=scales,
        margin_bits=margin_bits,
        bias_correction=bias_correction,
        precision=_per_layer("precision", _divided(precisions), _precision),
        mask_lanes=mask_lanes,
        huffman=huffman,
        html=html,
        energies=energies,
        engine=engine_name,
        config=chosen_config(engine_name, config_name, pes, settings, weight_bits),
        progress=progress,
    )
    if as_json:
        emit_json(record(result))
    else:
        emit_text(*describe(result))


def _divided(given: Sequence[str]) -> list[str]:
    """Return the values of an option, which commas may divide too."""
    return [part for text in given for part in text.split(",")]


def _precision(name: str) -> str:
    """Check the name of a precision."""
    return Precision.parse(name).name


def _per_layer(
    what: str, given: Sequence[str], parse: Callable[[str], Value]
) -> Value | dict[str, Value] | None:
    """Return the value for all layers, or those by layer, that an option asks for."""
    named: dict[str, Value] = {}
    kind = "number" if what in ("density", "quality") else what
    for text in given:
        name, _, value = text.rpartition("=")
        try:
            parsed = parse(value)
        except InputError:
            raise
        except ValueError:
            raise InputError(
                f"a {what} must be a number or NAME=NUMBER, not {text!r}: give a share such as 0.1"
            ) from None
        if name in named:
            raise InputError(f"a {what} must be given once, not again by {text!r}: leave one out")
        named[name] = parsed
    if "" not in named:
        return named or None
    if len(named) > 1:
        raise InputError(
            f"{PLURAL[what]} must be one {kind} for all layers or NAME={kind.upper()} for some, "
            "not both: name every layer"
        )
    return named[""]
