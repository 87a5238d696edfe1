"""``zskip fit``: what an array costs by formulas, and which parts it fits."""

from dataclasses import asdict
from pathlib import Path

import click
from rich.table import Table

from zskip.cli import completion
from zskip.cli.options import chosen_config, configuration_options
from zskip.cli.output import emit_json, emit_text
from zskip.cli.tables import empty_table
from zskip.flow.fit import FitReport, PartFit, fit
from zskip.flow.given import engine_for
from zskip.synth.formulas.estimate import formulas
from zskip.synth.formulas.formula import CLOCK_NS
from zskip.synth.formulas.parts import PARTS


@click.command()
@click.argument("network", required=False, type=click.Path(path_type=Path))
@configuration_options
@click.option("--inputs", "-i", type=click.Path(path_type=Path), help="Its inputs, .npy or .npz.")
@click.option(
    "--part",
    metavar="NAME",
    shell_complete=completion.parts,
    help=f"Tell of this part only: {', '.join(PARTS)}.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of text.")
def command(
    network: Path | None,
    engine_name: str | None,
    config_name: str | None,
    pes: int | None,
    settings: tuple[str, ...],
    inputs: Path | None,
    part: str | None,
    as_json: bool,
) -> None:
    """Estimate at once what an array costs, and tell which FPGAs it fits.

    With the compressed network file NETWORK the array is the one that it was compressed for.
    Otherwise the options choose the array. The formulas are fitted to syntheses; `zskip synth`
    does one.
    """
    config = chosen_config(engine_for(engine_name, network), config_name, pes, settings)
    report = fit(network, engine=engine_name, config=config, inputs=inputs, part=part)
    if as_json:
        emit_json(_record(report))
    else:
        emit_text(_table(report), "", *_lines(report))


def _record(report: FitReport) -> dict[str, object]:
    """Return what ``--json`` says."""
    return {
        "engine": report.config.ENGINE,
        "configuration": asdict(report.config),
        "figures": report.figures,
        "parts": report.to_dict(),
        "spent": report.spent,
        "assumptions": report.assumptions,
    }


def _table(report: FitReport) -> Table:
    """Lay the parts out: what is taken of each resource."""
    table = empty_table(["part", *report.parts[0].part.resources, "fits"])
    for one in report.parts:
        shares = (
            f"{one.takes[name]:,.0f} of {has:,} ({one.takes[name] / has:.0%})"
            for name, has in one.part.resources.items()
        )
        table.add_row(one.part.title, *shares, "yes" if one.fits else "no")
    return table


def _lines(report: FitReport) -> list[str]:
    """Return what stands below the table."""
    asic = report.figures["asic"]
    lines = [_remedy(one) for one in report.parts if not one.fits]
    lines.append(
        f"130nm: logic {asic['logic um2']:,.0f} um2, {asic['NAND2']:,.0f} NAND2, "
        f"{asic['flip-flops']:,.0f} flip-flops; SRAMs {asic['SRAM um2']:,.0f} um2 by CACTI of 45nm"
    )
    clocks = [
        f"{1e3 / figures[CLOCK_NS]:.0f} MHz on {formulas()[target].title}"
        for target, figures in report.figures.items()
        if CLOCK_NS in figures
    ]
    lines += [f"clock: {', '.join(clocks)}"] if clocks else []
    spent = report.spent
    if spent is None:
        return [*lines, "cycles and energy: give --inputs of a network that fits its array"]
    each = f", {1e3 * spent.energy_nj / spent.macs:.1f} pJ for each MAC" if spent.macs else ""
    return [
        *lines,
        f"{spent.what}: {spent.cycles:,.0f} cycles, {spent.energy_nj:,.1f} nJ{each}",
        f"energies: {report.assumptions}",
    ]


def _remedy(one: PartFit) -> str:
    """Say what a part has too little of, and what to change."""
    over = ", ".join(
        f"{one.part.resources[name]:,} {name}, not {needed:,.0f}"
        + (" with a tenth for placement" if name == "LUT" else "")
        for name, needed in one.exceeded.items()
    )
    if one.settings is None:
        return f"{one.part.title} has {over}: choose a larger part"
    settings = " ".join(
        f"--pes {value}" if name == "pe_count" else f"--set {name}={value}"
        for name, value in one.settings.items()
    )
    return f"{one.part.title} has {over}: {settings} would fit"
