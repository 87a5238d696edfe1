"""The target ``asic``: standard cells of a Liberty file."""

import tempfile
from pathlib import Path

from zskip.model.common.errors import InputError
from zskip.model.common.sram_table import SramCost, read_srams
from zskip.synth.asic.area import tree, units
from zskip.synth.asic.liberty import Library, read_library
from zskip.synth.asic.mapping import map_cells
from zskip.synth.asic.srams import Size, black_boxes, liberty
from zskip.synth.asic.timing import LongestPath, longest_path, open_sta
from zskip.synth.design import Design
from zskip.synth.options import Options
from zskip.synth.result import SynthResult
from zskip.synth.target import Target
from zskip.synth.yosys import NETLIST

CLOCK_MHZ = 800.0
"""Clock frequency to map for where none is given: that of the EIE paper."""

PRE_LAYOUT = (
    "before layout: wires are ideal, without clock tree, scan, filler cells, or rings of macros"
)


class Asic(Target):
    """Standard cells, mapped by Yosys and ABC; SRAMs are macros of a table."""

    name = "asic"
    options = frozenset({"liberty", "srams", "clock_mhz"})

    def run(self, design: Design, options: Options) -> SynthResult:
        """Map a design, and tell areas and the longest path; see `Target.run`."""
        if options.liberty is None:
            raise InputError(
                "the target asic must have the standard cells of a process: add --liberty FILE, "
                "a .lib or .lib.gz"
            )
        clock_mhz = options.clock_mhz or CLOCK_MHZ
        library = read_library(options.liberty)
        table = read_srams() if options.srams is None else read_srams(options.srams)
        verilog, sizes = black_boxes(design.verilog())
        costs = {size: table.cost(size.depth, size.width) for size in sizes.values()}
        with tempfile.TemporaryDirectory(prefix="zskip-") as name:
            folder = Path(name)
            delays = map_cells(folder, verilog, design.top, library, 1e6 / clock_mhz)
            root = tree(folder / NETLIST, design.top, library)
            found = units(root, library, {size.name: cost for size, cost in costs.items()})
            figures, lines = self._timing(folder, design.top, costs, delays, 1e3 / clock_mhz)
        return SynthResult(
            target=self.name,
            design=design.size,
            units=found,
            figures={"liberty": options.liberty.name, "srams": table.source, **figures},
            lines=(*lines, *_sram_lines(costs), _gates(library), PRE_LAYOUT),
        )

    def _timing(
        self,
        folder: Path,
        top: str,
        costs: dict[Size, SramCost],
        delays: dict[str, float],
        period_ns: float,
    ) -> tuple[dict[str, object], list[str]]:
        """Return figures of time and the lines on them: by OpenSTA where there is one, or ABC."""
        sta = open_sta()
        if sta is None:
            ns = max(delays.values(), default=0.0) / 1e3
            return {"timing": "abc", "logic_ns": ns}, [
                f"longest path of the logic: {ns:.2f} ns by ABC, without registers and SRAMs "
                "(OpenSTA, `sta` on PATH, would tell with them)"
            ]
        logic, whole = (
            longest_path(folder, sta, top, liberty(costs, instant=instant), period_ns)
            for instant in (True, False)
        )
        figures = {"timing": "sta", "logic_ns": logic.ns, "period_ns": whole.ns}
        return figures, [
            f"longest path by OpenSTA: {_shown(whole)}, {1e3 / whole.ns:,.0f} MHz",
            f"with SRAMs that take no time: {_shown(logic)}, {1e3 / logic.ns:,.0f} MHz",
        ]


def _shown(path: LongestPath) -> str:
    """Return a path for people."""
    return f"{path.ns:.2f} ns from {path.start} to {path.end}"


def _sram_lines(costs: dict[Size, SramCost]) -> list[str]:
    """Return a line for each size of SRAM."""
    return [
        f"SRAM {size.depth:,} x {size.width}: {cost.name + ', ' if cost.name else ''}"
        f"{cost.area_um2:,.0f} um2, {cost.access_ns:.2f} ns, {cost.read_pj:.3g} pJ a read, "
        f"{cost.write_pj:.3g} pJ a write"
        for size, cost in sorted(costs.items(), key=lambda item: -item[1].area_um2)
    ]


def _gates(library: Library) -> str:
    """Return the line on what a gate is."""
    if library.nand2 is None:
        return "gates are not counted, as the library has no NAND of two inputs"
    return f"a gate is a NAND2 of {library.nand2:.4g} um2"


ASIC = Asic()
