"""The target ``asic``: standard cells of a Liberty file."""

import tempfile
from math import inf
from pathlib import Path

from zskip.model.common.errors import InputError
from zskip.model.common.sram_table import SramCost, read_srams
from zskip.synth.asic.activity import Activity, read_activity
from zskip.synth.asic.area import tree, units
from zskip.synth.asic.liberty import Library, read_library
from zskip.synth.asic.mapping import map_cells
from zskip.synth.asic.power import Power
from zskip.synth.asic.srams import Size, black_boxes, liberty
from zskip.synth.asic.timing import Analysis, LongestPath, open_sta
from zskip.synth.design import Design
from zskip.synth.options import Options
from zskip.synth.result import SynthResult
from zskip.synth.target import Target
from zskip.synth.yosys import NETLIST

CLOCK_MHZ = 800.0
"""Clock frequency to map for where none is given: that of the EIE paper."""

ACTIVITY = 0.1
"""Toggles of a wire in a cycle where no activity is given."""

NO_STA = (
    "the times of registers and SRAMs are left out of the longest path, as there is no OpenSTA: "
    "put `sta` on PATH (apt install opensta)"
)
"""Note for users without OpenSTA."""

PRE_LAYOUT = "before layout: ideal wires, no clock tree, scan or filler cells"
"""Line on what the figures leave out."""

Figures = dict[str, object]


class Asic(Target):
    """Standard cells, mapped by Yosys and ABC; SRAMs are macros of a table."""

    name = "asic"
    options = frozenset({"liberty", "srams", "clock_mhz", "activity", "vcd"})

    def run(self, design: Design, options: Options) -> SynthResult:
        """Map a design, and tell areas, the longest path and power; see `Target.run`."""
        if options.liberty is None:
            raise InputError(
                "the target asic must have the standard cells of a process: add --liberty FILE, "
                "a .lib or .lib.gz"
            )
        library = read_library(options.liberty)
        table = read_srams() if options.srams is None else read_srams(options.srams)
        verilog, sizes = black_boxes(design.verilog())
        costs = {size: table.cost(size.depth, size.width) for size in sizes.values()}
        clock_mhz, activity = _clock(options), _activity(options, design.top)
        with tempfile.TemporaryDirectory(prefix="zskip-") as name:
            folder = Path(name)
            delay = map_cells(folder, verilog, design.top, library, 1e6 / clock_mhz)
            root = tree(folder / NETLIST, design.top, library)
            named = {size.name: cost for size, cost in costs.items()}
            found = units(root, library, named, Power(library, clock_mhz, activity))
            sta = open_sta()
            if sta is None:
                figures, lines = _by_abc(delay)
            else:
                analysis = Analysis(sta, folder, design.top, clock_mhz)
                figures, lines = _by_sta(analysis, costs)
        given: Figures = {
            "liberty": options.liberty.name,
            "srams": table.source,
            "clock_mhz": clock_mhz,
            "activity": activity.mean,
        }
        return SynthResult(
            target=self.name,
            design=design.size,
            units=found,
            figures={**given, **figures},
            lines=(
                *lines,
                *_sram_lines(costs),
                _gates(library),
                f"power of the logic at {clock_mhz:g} MHz by the Liberty file if each wire toggles "
                f"{activity.mean:.3g} times a cycle{_by_unit(activity)}; no clock is gated",
                PRE_LAYOUT,
            ),
            notes=(NO_STA,) if sta is None else (),
        )


def _clock(options: Options) -> float:
    """Return the clock frequency, MHz."""
    if options.clock_mhz is None:
        return CLOCK_MHZ
    if not 0 < options.clock_mhz < inf:
        raise InputError(
            f"--clock-mhz must be above 0, not {options.clock_mhz:g}: leave it out for "
            f"{CLOCK_MHZ:g}"
        )
    return options.clock_mhz


def _activity(options: Options, top: str) -> Activity:
    """Return the toggles of a wire in a cycle: those of a waveform, or as given."""
    if options.vcd is None:
        return Activity(ACTIVITY if options.activity is None else options.activity)
    if options.activity is not None:
        raise InputError("--vcd and --activity both tell the activity: leave one out")
    return read_activity(options.vcd, top)


def _by_unit(activity: Activity) -> str:
    """Return what goes on about a mean."""
    return " in the mean, those of a unit as in the waveform" if activity.units else ""


def _by_abc(delay: float | None) -> tuple[Figures, list[str]]:
    """Return figures and lines where ABC alone tells the time."""
    if delay is None:
        return {"timing": None}, []
    line = f"longest path by ABC: {delay:.2f} ns of logic, without registers and SRAMs"
    return {"timing": "abc", "logic_ns": delay}, [line]


def _by_sta(analysis: Analysis, costs: dict[Size, SramCost]) -> tuple[Figures, list[str]]:
    """Return figures and lines of OpenSTA."""
    whole = analysis.longest_path(liberty(costs))
    logic = analysis.longest_path(liberty(costs, instant=True))
    figures: Figures = {"timing": "sta", "period_ns": whole.ns, "logic_ns": logic.ns}
    return figures, [
        f"longest path by OpenSTA: {_shown(whole)}",
        f"with SRAMs that take no time: {_shown(logic)}",
    ]


def _shown(path: LongestPath) -> str:
    """Return a path for people."""
    return f"{path.ns:.2f} ns, {1e3 / path.ns:,.0f} MHz, from {path.start} to {path.end}"


def _sram_lines(costs: dict[Size, SramCost]) -> list[str]:
    """Return a line for each size of SRAM, the largest first."""
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
    return f"NAND2 are equivalents of {library.nand2:.4g} um2"


ASIC = Asic()
"""The target."""
