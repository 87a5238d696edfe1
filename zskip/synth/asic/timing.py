"""Longest path of a netlist of standard cells, by OpenSTA."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from zskip.model.common.errors import RunFailure
from zskip.synth.asic.mapping import GATES, LIBERTY
from zskip.synth.tools import TAIL, Program

CLOCK = "clk"
"""Port of the clock of every block."""

SRAMS = "srams.lib"
"""File in the folder of a synthesis, beside those of `zskip.synth.asic.mapping`."""


@dataclass(frozen=True)
class LongestPath:
    """The path that limits the clock.

    Parameters
    ----------
    ns : float
        Its delay with what the register at its end needs: the shortest clock period.
    start, end : str
        SRAM, port, or wire behind the register at its ends.
    """

    ns: float
    start: str
    end: str


def open_sta() -> Program | None:
    """Find OpenSTA, ``sta`` on ``PATH``; None without it."""
    path = shutil.which("sta")
    return None if path is None else Program("sta", "", (path, "-no_splash", "-exit"))


class Analysis:
    """OpenSTA on a netlist; ports are not constrained, wires are ideal.

    Parameters
    ----------
    sta : Program
        OpenSTA.
    folder : pathlib.Path
        Folder of `zskip.synth.asic.mapping.map_cells`.
    top : str
        The module at the top.
    clock_mhz : float
        Clock frequency; the longest path does not depend on it.
    """

    def __init__(self, sta: Program, folder: Path, top: str, clock_mhz: float) -> None:
        self._sta = sta
        self._folder = folder
        self._period = 1e3 / clock_mhz
        self._steps = [
            f"read_liberty {LIBERTY}",
            f"read_liberty {SRAMS}",
            f"read_verilog {GATES}",
            f"link_design {top}",
            f"create_clock -name {CLOCK} -period {self._period} [get_ports {CLOCK}]",
            "report_checks -path_delay max -digits 4",
        ]

    def longest_path(self, srams: str) -> LongestPath:
        """Find the longest path between registers and SRAMs.

        Parameters
        ----------
        srams : str
            Liberty file of the SRAMs, its text.

        Raises
        ------
        RunFailure
            OpenSTA fails, or finds no path.
        """
        said = self._run(srams)
        slack = re.search(r"^\s*(-?[\d.]+)\s+slack", said, re.MULTILINE)
        start, end = (
            re.search(rf"^{name}: (\S+)", said, re.MULTILINE) for name in ("Startpoint", "Endpoint")
        )
        if slack is None or start is None or end is None:
            raise RunFailure(f"OpenSTA must find a path to check, but said: {said.strip()[-TAIL:]}")
        ns = self._period - float(slack[1])
        return LongestPath(ns, self._wire(start[1]), self._wire(end[1]))

    def _run(self, srams: str) -> str:
        """Return what OpenSTA says."""
        (self._folder / SRAMS).write_text(srams, encoding="utf-8")
        (self._folder / "sta.tcl").write_text("\n".join([*self._steps, ""]), encoding="utf-8")
        said = self._sta.run(self._folder, "sta.tcl")
        if wrong := re.search(r"^Error: .*", said, re.MULTILINE):
            raise RunFailure(f"OpenSTA must read the netlist, but said: {wrong[0]}")
        return said

    def _wire(self, cell: str) -> str:
        """Return the wire behind a register that has no name of its own, as people know that."""
        path, _, name = cell.rpartition("/")
        text = (self._folder / GATES).read_text(encoding="utf-8")
        found = re.search(rf" {re.escape(name)} \((?:[^;]*?)\.QN?\(\s*\\?([^\s)]+)", text)
        known = found[1] if found and re.fullmatch(r"_\d+_", name) else name
        return f"{path}/{known}" if path else known
