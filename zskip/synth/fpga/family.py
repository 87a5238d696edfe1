"""Family of FPGAs that a design is synthesized for, up to the cells of the family."""

import tempfile
from pathlib import Path

from zskip.synth.design import Design
from zskip.synth.fpga.netlist import Netlist
from zskip.synth.fpga.resources import Cells, units
from zskip.synth.options import Options
from zskip.synth.result import SynthResult, Unit
from zskip.synth.target import Target
from zskip.synth.yosys import NETLIST, synthesize


class Family(Target):
    """Family of FPGAs; nothing is placed or routed.

    Parameters
    ----------
    name : str
        Value of ``--target``.
    command : str
        Command of Yosys that synthesizes for it and flattens.
    cells : Cells
        What the cells of the family are.
    """

    def __init__(self, name: str, command: str, cells: Cells) -> None:
        self.name = name
        self.command = command
        self.cells = cells

    def run(self, design: Design, options: Options) -> SynthResult:
        """Count what each unit takes; see `Target.run`."""
        with tempfile.TemporaryDirectory() as folder:
            found = self.map(Path(folder), design.verilog(), design.top)
        return SynthResult(target=self.name, design=design.size, units=found)

    def map(self, folder: Path, verilog: str, top: str) -> tuple[Unit, ...]:
        """Synthesize modules in a folder, which keeps the netlist, and return the units of them."""
        synthesize(folder, verilog, top, self.command)
        netlist = Netlist(folder / NETLIST, top, self.cells.logic)
        self.cells.check(netlist)
        return units(netlist, self.cells)
