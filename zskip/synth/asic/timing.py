"""Longest path of a netlist of standard cells, by OpenSTA."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from zskip.model.common.errors import RunFailure
from zskip.synth.asic.mapping import GATES, LIBERTY
from zskip.synth.tools import Program

CLOCK = "clk"
"""Port of the clock of every block."""


@dataclass(frozen=True)
class LongestPath:
    """The path that limits the clock.

    Parameters
    ----------
    ns : float
        Its delay with what the register at its end needs: the shortest clock period.
    start, end : str
        Register, SRAM or port at its ends.
    """

    ns: float
    start: str
    end: str


def open_sta() -> Program | None:
    """Find OpenSTA, ``sta`` on ``PATH``; None without it."""
    path = shutil.which("sta")
    return None if path is None else Program("sta", "", (path, "-no_splash", "-exit"))


def longest_path(folder: Path, sta: Program, top: str, srams: str, period_ns: float) -> LongestPath:
    """Find the longest path between registers and SRAMs; ports are not constrained.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of `zskip.synth.asic.mapping.map_cells`.
    sta : Program
        OpenSTA.
    top : str
        The module at the top.
    srams : str
        Liberty file of the SRAMs, its text.
    period_ns : float
        Clock period to check against; the result does not depend on it.

    Returns
    -------
    LongestPath

    Raises
    ------
    RunFailure
        OpenSTA fails, or finds no path.
    """
    (folder / "srams.lib").write_text(srams, encoding="utf-8")
    steps = [
        f"read_liberty {LIBERTY}",
        "read_liberty srams.lib",
        f"read_verilog {GATES}",
        f"link_design {top}",
        f"create_clock -name {CLOCK} -period {period_ns} [get_ports {CLOCK}]",
        "report_checks -path_delay max -digits 4",
    ]
    (folder / "sta.tcl").write_text("\n".join(steps) + "\n", encoding="utf-8")
    said = sta.run(folder, "sta.tcl")
    ends = [
        re.search(rf"^{name}: (\S+)", said, re.MULTILINE) for name in ("Startpoint", "Endpoint")
    ]
    slack = re.search(r"^\s*(-?[\d.]+)\s+slack", said, re.MULTILINE)
    if slack is None or None in ends:
        raise RunFailure(f"OpenSTA must find a path to check, but said: {said.strip()[-300:]}")
    start, end = (found[1] for found in ends if found)
    return LongestPath(period_ns - float(slack[1]), start, end)
