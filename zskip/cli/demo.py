"""``zskip demo``."""

from pathlib import Path

import click
from rich.markup import escape

from zskip.cli.options import engine_option
from zskip.cli.output import emit_json, emit_text, progress
from zskip.cli.simulate import describe, record, simulator_option
from zskip.flow.demo import NETWORK, VERILOG, Demonstration, demo
from zskip.verif.common.simulator import Simulator


@click.command()
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("zskip-demo"),
    show_default=True,
    help="Folder for the compressed network and the Verilog.",
)
@simulator_option
@engine_option
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of a table.")
def command(folder: Path, simulator: str, engine_name: str | None, as_json: bool) -> None:
    """Take the digits network that ships with zskip from float weights to checked Verilog.

    Compresses it for 4 PEs, or for the default hardware of another engine, writes the Verilog of
    the array, runs all held-out test images through it in the simulator, and compares every output
    and counter with the golden model.
    """
    result = demo(folder, simulator=Simulator(simulator), engine=engine_name, progress=progress)
    if as_json:
        emit_json(_record(result))
    else:
        emit_text(*_summary(result), "", *describe(result.simulated))


def _record(result: Demonstration) -> dict[str, object]:
    """Return what ``--json`` says."""
    compressed = result.compressed
    return {
        "folder": result.folder,
        "accuracy": result.simulated.accuracy,
        "images": result.simulated.inputs,
        "images_equal_to_model": result.simulated.equal_inputs,
        "dense_float32_bytes": compressed.dense_bytes,
        "chip_bytes": compressed.chip_bytes,
        "file_bytes": compressed.file_bytes,
        "cycles_per_image": result.simulated.cycles_per_input,
        "pe_count": result.simulated.pe_count,
        "verilog_bytes": sum(result.generated.files.values()),
        "layers": record(result.simulated)["layers"],
    }


def _summary(result: Demonstration) -> list[str]:
    """Return the lines above the table."""
    compressed = result.compressed
    verilog = result.generated.verilog
    weights = sum(layer.weights for layer in compressed.layers)
    kept = sum(layer.nonzeros for layer in compressed.layers)
    ratio = compressed.dense_bytes / compressed.chip_bytes
    return [
        f"digits network: {weights:,} weights, {kept:,} of them not zero ({kept / weights:.1%})",
        f"{compressed.dense_bytes:,} bytes as dense float32, {compressed.chip_bytes:,} on chip: "
        f"{ratio:.1f} times smaller",
        f"compressed network: {escape(str(result.folder / NETWORK))}",
        f"Verilog: {escape(str(result.folder / VERILOG / verilog))} "
        f"({result.generated.files[verilog]:,} bytes)",
    ]
