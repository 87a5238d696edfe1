"""``zskip verify``."""

from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from zskip.cli.options import engine_option
from zskip.cli.output import emit_json, emit_text, progress
from zskip.cli.simulate import simulator_option
from zskip.cli.tables import decibels
from zskip.flow.verify import Error, Verification, verify
from zskip.model.common.errors import RunFailure
from zskip.model.common.fidelity import DEPARTURE_DB
from zskip.verif.common.simulator import Simulator


@click.command()
@click.argument("network", type=click.Path(path_type=Path))
@click.option(
    "--float",
    "float_weights",
    type=click.Path(path_type=Path),
    required=True,
    metavar="MODEL",
    help="Weights of the float network, in any format that `zskip compress` reads.",
)
@click.option(
    "--inputs", "-i", type=click.Path(path_type=Path), required=True, help="Inputs, .npy or .npz."
)
@click.option("--labels", type=click.Path(path_type=Path), help="Labels, if not in the inputs.")
@click.option("--count", type=click.IntRange(1), help="Use only the first COUNT inputs.")
@simulator_option
@engine_option
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
def command(
    network: Path,
    float_weights: Path,
    inputs: Path,
    labels: Path | None,
    count: int | None,
    simulator: str,
    engine_name: str | None,
    as_json: bool,
) -> None:
    """Compare the float network, the fixed-point model and the RTL, layer by layer.

    `total` is the error of a layer's outputs against the float network, `own` that against the
    float layer when it is fed with the layer's fixed-point inputs, so that one sees where an error
    arises. A layer departs where its signal-to-noise ratio is below 20 dB. The command ends with
    status 1 if any output or counter of the RTL differs from the model's.
    """
    result = verify(
        network,
        float_weights,
        inputs,
        count=count,
        labels=labels,
        simulator=Simulator(simulator),
        engine=engine_name,
        progress=progress,
    )
    if as_json:
        emit_json(result)
    else:
        emit_text(_table(result), *_lines(result))
    if result.rtl_departure is not None:
        raise RunFailure(result.rtl_departure)


def _table(result: Verification) -> Table:
    """Lay the layers out."""
    heads = ("layer", "size", "total error", "SNR", "worst at", "own error", "SNR", "worst at")
    table = Table(*heads, "saturated", "overflows", "RTL", box=None, pad_edge=False)
    for column in table.columns[2:]:
        column.justify = "right"
    for layer in result.layers:
        differences = layer.rtl_differences
        table.add_row(
            escape(layer.name),
            f"{layer.outputs} x {layer.inputs}",
            *_cells(layer.total),
            *_cells(layer.own),
            f"{layer.saturations:,}",
            f"{layer.overflows:,}",
            f"{differences:,} differ" if differences else "equal",
        )
    return table


def _cells(error: Error) -> tuple[str, str, str]:
    """Return the cells of an error."""
    place = escape(f"[{error.input}, {error.output}]")
    return f"{error.max_error:.3g}", decibels(error.snr_db), place


def _lines(result: Verification) -> list[str]:
    """Return what stands below the table."""
    lines = [
        f"{result.inputs} inputs; worst at \\[input, output]",
        f"same class: float and model {result.same_class_float_model:.2%}, "
        f"model and RTL {result.same_class_model_rtl:.2%}",
    ]
    if result.accuracy is not None:
        lines.append(
            f"accuracy: float {result.accuracy.float_network:.2%}, "
            f"model {result.accuracy.model:.2%}, RTL {result.accuracy.rtl:.2%}"
        )
    if result.ending_max_error is not None:
        lines.append(
            f"with {result.ending} behind both: outputs differ by {result.ending_max_error:.3g} at "
            "most"
        )
    departs = result.departs and escape(result.departs)
    itself = result.departs_by_itself and escape(result.departs_by_itself)
    if departs is None:
        lines.append(
            f"no layer departs from the float network: every SNR is {DEPARTURE_DB:g} dB or more"
        )
    else:
        lines.append(f"layer {departs} departs from the float network (below {DEPARTURE_DB:g} dB)")
    if itself is not None:
        lines.append(f"layer {itself} departs by what it adds itself")
    if result.rtl_equal:
        lines.append(f"RTL in {result.simulator}: every output and counter equals the model's")
    return [*lines, *map(escape, result.notes)]
