"""``zskip synth``: what an array costs on an FPGA or in a standard-cell process."""

from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from zskip.cli.options import chosen_config, configuration_options
from zskip.cli.output import emit_json, emit_notes, emit_text, progress
from zskip.cli.tables import empty_table
from zskip.flow.given import engine_for
from zskip.flow.synth import synthesize
from zskip.synth.options import Options
from zskip.synth.result import SynthResult
from zskip.synth.targets import TARGETS


@click.command()
@click.argument("network", required=False, type=click.Path(path_type=Path))
@click.option(
    "--target",
    required=True,
    type=click.Choice(list(TARGETS)),
    help="FPGA family or process to synthesize for.",
)
@configuration_options
@click.option("--part", metavar="NAME", help="Part of the family.")
@click.option("--package", metavar="NAME", help="Package of the part.")
@click.option("--speed", metavar="GRADE", help="Speed grade of the part: 6, the slowest, to 8.")
@click.option("--seed", type=int, metavar="N", help="Seed of the placement on ecp5; 1 without it.")
@click.option("--no-route", is_flag=True, default=None, help="Stop after synthesis.")
@click.option(
    "--bitstream",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write a bitstream of the array behind a serial port.",
)
@click.option(
    "--pins",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Pins of the board for a bitstream: LPF of clk, rst, rx and tx; of a ULX3S if not given.",
)
@click.option(
    "--clock-mhz",
    type=float,
    metavar="MHZ",
    help="Clock of the board; for asic the one to map for, 800 without it.",
)
@click.option("--baud", type=int, metavar="N", help="Bits a second of the serial port: 115200.")
@click.option(
    "--liberty",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Standard cells of a process, .lib or .lib.gz, for asic.",
)
@click.option(
    "--srams",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Table of SRAM macros, CSV, for asic; CACTI's of 45nm without it.",
)
@click.option(
    "--activity",
    type=click.FloatRange(min=0),
    metavar="A",
    help="Toggles of each wire in a cycle, for the power of asic; 0.1 without it.",
)
@click.option(
    "--vcd",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Take them from a waveform, as simulate --waves leaves it.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of text.")
def command(
    network: Path | None,
    target: str,
    engine_name: str | None,
    config_name: str | None,
    pes: int | None,
    settings: tuple[str, ...],
    as_json: bool,
    **options: Any,
) -> None:
    """Tell what an array costs: resources of each unit, clock frequency.

    With the compressed network file NETWORK the array is the one that it was compressed for.
    Otherwise the options choose the array.
    """
    config = chosen_config(engine_for(engine_name, network), config_name, pes, settings)
    with progress("synthesizing"):
        result = synthesize(
            target, network=network, engine=engine_name, config=config, options=Options(**options)
        )
    if as_json:
        emit_json(_record(result))
        return
    emit_text(_table(result), "", *map(escape, result.lines))
    emit_notes(result.notes)


def _record(result: SynthResult) -> dict[str, object]:
    """Return what ``--json`` says."""
    return {
        "target": result.target,
        "design": result.design,
        **result.figures,
        "totals": result.totals,
        "units": result.units,
        "notes": result.notes,
    }


def _table(result: SynthResult) -> Table:
    """Lay the units out for human readers."""
    table = empty_table(["unit", "count", *result.totals])
    for unit in result.units:
        figures = (f"{unit.figures[name]:,.10g}" for name in result.totals)
        table.add_row(f"{'  ' * unit.depth}{escape(unit.name)}", f"{unit.count:,}", *figures)
    return table
