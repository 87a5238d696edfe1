"""Yosys: from Verilog to a netlist."""

from pathlib import Path

from zskip.synth.tools import yosys

VERILOG = "design.v"
NETLIST = "netlist.json"
"""Files in the folder of a synthesis."""


def synthesize(folder: Path, verilog: str, top: str, command: str) -> None:
    """Map a design to the cells of a target, and name the cells after what they come from.

    `NETLIST` in the folder is the result, JSON; its cells have the lines of `VERILOG`.

    Parameters
    ----------
    folder : pathlib.Path
        Where the files go.
    verilog : str
        All modules.
    top : str
        The one at the top.
    command : str
        Command of Yosys that synthesizes for the target, such as ``synth_ecp5``, with its options;
        it flattens the design.

    Raises
    ------
    InputError
        There is no Yosys.
    RunFailure
        Yosys failed.
    """
    program = yosys()
    (folder / VERILOG).write_text(verilog, encoding="utf-8")
    steps = [
        f"read_verilog {VERILOG}",
        f"hierarchy -top {top}",
        f"{command} -top {top}",
        "autoname",
        f"write_json {NETLIST}",
    ]
    program.run(folder, "-q", "-p", "; ".join(steps))
