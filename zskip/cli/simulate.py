"""``zskip simulate``."""

from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from zskip.cli.options import energies_option, engine_option
from zskip.cli.output import emit_json, emit_text, progress
from zskip.cli.tables import decibels, energy_lines
from zskip.engines import engine
from zskip.flow.report import counted, shown_value
from zskip.flow.simulate import LayerReport, SimulationReport, simulate
from zskip.model.common.errors import InputError
from zskip.verif.common.simulator import Simulator

simulator_option = click.option(
    "--sim",
    "simulator",
    type=click.Choice([simulator.value for simulator in Simulator]),
    default=Simulator.VERILATOR.value,
    show_default=True,
    help="Simulator to run the Verilog in.",
)
"""Option that chooses the simulator."""


@click.command()
@click.argument("network", type=click.Path(path_type=Path))
@click.option(
    "--inputs", "-i", type=click.Path(path_type=Path), required=True, help="Inputs, .npy or .npz."
)
@click.option("--count", type=click.IntRange(1), help="Use only the first COUNT inputs.")
@click.option("--labels", type=click.Path(path_type=Path), help="Labels, if not in the inputs.")
@click.option(
    "--float",
    "float_weights",
    type=click.Path(path_type=Path),
    help="Weights of the float network, to report the error against it.",
)
@simulator_option
@engine_option
@energies_option
@click.option(
    "--waves", type=click.Path(path_type=Path), help="Leave the waveform and the log in a folder."
)
@click.option("--outputs", type=click.Path(path_type=Path), help="Write the outputs, .npz.")
@click.option(
    "--ending",
    is_flag=True,
    help="With --outputs: apply the softmax or such that was taken off at the end of the network.",
)
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
def command(
    network: Path,
    inputs: Path,
    count: int | None,
    labels: Path | None,
    float_weights: Path | None,
    simulator: str,
    engine_name: str | None,
    energies: Path | None,
    waves: Path | None,
    outputs: Path | None,
    ending: bool,
    as_json: bool,
) -> None:
    """Run a compressed NETWORK through the RTL and check it against the golden model.

    Every output is compared bit for bit and every counter to the cycle; the first departure ends
    the command with status 1.
    """
    if ending and outputs is None:
        raise InputError("--ending must come with --outputs FILE, which it is for: add that")
    report = simulate(
        network,
        inputs,
        count=count,
        labels=labels,
        float_weights=float_weights,
        simulator=Simulator(simulator),
        engine=engine_name,
        energies=energies,
        waves=waves,
        outputs=outputs,
        ending=ending,
        progress=progress,
    )
    if as_json:
        emit_json(record(report))
    else:
        emit_text(*describe(report))


def record(report: SimulationReport) -> dict[str, object]:
    """Return a report as JSON has it.

    Parameters
    ----------
    report : SimulationReport
        The report.

    Returns
    -------
    dict of str to object
    """
    fields = {**vars(report), "layers": report.to_dict()}
    return {**fields, "outputs": fields.pop("outputs_file")}


def describe(report: SimulationReport) -> tuple[Table | str, ...]:
    """Return a report as a table and some lines.

    Parameters
    ----------
    report : SimulationReport
        The report.

    Returns
    -------
    tuple of rich.table.Table or str
    """
    shown = engine(report.engine).shown
    compared = any(layer.max_error is not None for layer in report.layers)
    heads = ("layer", "size", "cycles", *shown.values(), "use")
    if compared:
        heads += ("error", "SNR")
    table = Table(*heads, box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for layer in report.layers:
        table.add_row(
            escape(layer.name),
            f"{layer.outputs} x {layer.inputs}",
            f"{layer.cost.cycles:.1f}",
            *(f"{shown_value(layer.cost, name):.1f}" for name in shown),
            f"{layer.cost.utilization:.0%}",
            *(_error(layer) if compared else ()),
        )
    return table, *_lines(report)


def _error(layer: LayerReport) -> tuple[str, str]:
    """Return the cells of the error against the float network."""
    return (
        "" if layer.max_error is None else f"{layer.max_error:.2g}",
        "" if layer.snr_db is None else decibels(layer.snr_db),
    )


def _lines(report: SimulationReport) -> list[str]:
    """Return what stands below the table."""
    lines = [
        f"{counted(report.inputs, 'input')} on {report.pe_count} PEs in {report.simulator}: every "
        "output and counter equals the golden model's",
        f"{report.cycles_per_input:.1f} cycles per input",
        *energy_lines({layer.name: layer.cost for layer in report.layers}),
    ]
    if report.accuracy is not None:
        parts = [f"RTL {report.accuracy.rtl:.2%}", f"golden model {report.accuracy.model:.2%}"]
        if report.accuracy.float_network is not None:
            parts.append(f"float {report.accuracy.float_network:.2%}")
        lines.append(f"accuracy: {', '.join(parts)}")
    for layer in report.layers:
        if layer.saturations or layer.overflows:
            lines.append(
                f"layer {escape(layer.name)}: {layer.saturations} outputs saturated, "
                f"{layer.overflows} additions overflowed"
            )
    if report.departs_from_float is not None:
        lines.append(f"layer {escape(report.departs_from_float)} departs from the float network")
    if report.waveform is not None:
        lines.append(f"waveform: {escape(str(report.waveform))}")
    if report.outputs_file is not None:
        behind = "" if report.ending is None else f" (behind {report.ending})"
        lines.append(f"outputs{behind}: {escape(report.outputs_file)}")
    return [*lines, *map(escape, report.notes)]
