"""ECP5 of Lattice: synthesis, place and route."""

import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from zskip.files.atomic import check_target, write_file
from zskip.model.common.errors import InputError, RunFailure
from zskip.synth.design import Design
from zskip.synth.formulas.parts import PARTS as PARTS_BY_NAME
from zskip.synth.fpga.families import ECP5_CELLS
from zskip.synth.fpga.family import Family
from zskip.synth.fpga.fit import check_memories, check_resources
from zskip.synth.fpga.ports import register_ports
from zskip.synth.fpga.serial import Serial, serial
from zskip.synth.nextpnr import SEED, SEEDS, Chip, Routed, pack, route
from zskip.synth.options import Options
from zskip.synth.result import SynthResult, Unit
from zskip.synth.tools import ecppack, nextpnr_ecp5
from zskip.synth.yosys import NETLIST


class Part(NamedTuple):
    """A part of the family.

    Parameters
    ----------
    resources : dict of str to int
        What it has.
    packages : tuple of str
        Packages that it comes in; the first is taken if none is named.
    """

    resources: dict[str, int]
    packages: tuple[str, ...]


def _part(name: str, *packages: str) -> Part:
    """Return a part whose numbers are known."""
    return Part(dict(PARTS_BY_NAME[f"ecp5-{name}"].resources), packages)


PARTS = {
    "25k": _part("25", "CABGA381", "CABGA256"),
    "45k": _part("45", "CABGA381", "CABGA256", "CABGA554"),
    "85k": _part("85", "CABGA381", "CABGA554", "CABGA756"),
}
"""Parts by name; LFE5U-25F is ``25k``."""

DEFAULT_PART = "85k"

SPEEDS = ("6", "7", "8")
"""Speed grades, the slowest one first; it is taken if none is named."""

PINS = "pins.lpf"
"""File in the folder of a synthesis."""


class Ecp5(Family):
    """ECP5: a block alone, or behind a UART for a bitstream."""

    options = frozenset(
        {"part", "package", "speed", "seed", "no_route", "bitstream", "pins", "clock_mhz", "baud"}
    )

    def __init__(self) -> None:
        super().__init__("ecp5", "synth_ecp5", ECP5_CELLS)

    def run(self, design: Design, options: Options) -> SynthResult:
        """Synthesize, then place and route unless the options stop there; see `Target.run`."""
        chosen = _chosen(options)
        seed = _seed(options)
        name = chosen.part
        port = serial(options)
        if options.bitstream is not None:
            check_target(options.bitstream, options.pins)
        if not options.no_route:
            # Asked for now, as synthesis takes a while.
            nextpnr_ecp5()
            if options.bitstream is not None:
                ecppack()
        part = PARTS[name]
        check_memories(design, name, part.resources)
        with tempfile.TemporaryDirectory() as path:
            folder = Path(path)
            verilog, top = design.behind_uart(port.divisor) if port else _alone(design)
            found = self.map(folder, verilog, top)
            check_resources(design, found, name, part.resources)
            parts = [_fit(found[0], name)]
            if not options.no_route:
                if port is None:
                    register_ports(folder / NETLIST, top)
                (folder / PINS).write_text(port.pins if port else "", encoding="utf-8")
                wanted = ("--lpf", PINS, *(() if port else ("--lpf-allow-unconstrained",)))
                luts = found[0].figures["LUT"]
                routed = route(folder, folder / NETLIST, chosen, *wanted, luts=luts, seed=seed)
                parts.append(_clock(routed, chosen))
                if port and options.bitstream:
                    parts.append(_bitstream(folder, routed, port, options.bitstream))
        figures = {key: value for more, _ in parts for key, value in more.items()}
        return SynthResult(
            target=self.name,
            design=design.size,
            units=found,
            figures={**chosen._asdict(), **figures},
            lines=tuple(line for _, lines in parts for line in lines),
        )


Figures = tuple[dict[str, object], list[str]]
"""Figures for programs, and the same as lines for people."""


def _alone(design: Design) -> tuple[str, str]:
    """Return the Verilog of a design, and its module at the top."""
    return design.verilog(), design.top


def _fit(whole: Unit, part: str) -> Figures:
    """Tell which share of a part a design takes."""
    has = PARTS[part].resources
    taken = ", ".join(
        f"{whole.figures[name]:,.0f} of {count:,} {name} ({whole.figures[name] / count:.0%})"
        for name, count in has.items()
    )
    return {"available": has}, [f"fits LFE5U {part}: {taken}"]


def _clock(routed: Routed, chip: Chip) -> Figures:
    """Tell how fast a design is."""
    path, luts = routed.critical_path, routed.used["TRELLIS_COMB"]
    figures = {"fmax_mhz": routed.fmax_mhz, "critical_path": path, "placed_luts": luts}
    return figures, [
        f"clock: {routed.fmax_mhz:.1f} MHz after place and route in {chip.package}, speed grade "
        f"{chip.speed}; {luts:,} LUTs placed",
        f"critical path: from {path[0]} through {len(path) - 2} cells to {path[-1]}",
    ]


def _bitstream(folder: Path, routed: Routed, port: Serial, path: Path) -> Figures:
    """Write a bitstream, if the design is as fast as the clock of its board."""
    if routed.fmax_mhz < port.clock_mhz:
        raise RunFailure(
            f"the design must reach the clock of the board, {port.clock_mhz:g} MHz, but reaches "
            f"{routed.fmax_mhz:.1f} MHz: give it a slower --clock-mhz, or a smaller array"
        )
    data = pack(folder)
    write_file(path, data)
    figures = {
        "bitstream": path,
        "bitstream_bytes": len(data),
        "clock_mhz": port.clock_mhz,
        "baud": port.baud,
    }
    return figures, [
        f"{path}: {len(data):,} bytes; {port.baud:,} baud, 8N1, at a clock of {port.clock_mhz:g} "
        "MHz"
    ]


def _chosen(options: Options) -> Chip:
    """Return part, package and speed grade."""
    part = _one_of(PARTS, options.part or DEFAULT_PART, "--part of ecp5")
    packages = PARTS[part].packages
    package = _one_of(packages, options.package or packages[0], f"--package of part {part}")
    return Chip(part, package, _one_of(SPEEDS, options.speed or SPEEDS[0], "--speed of ecp5"))


def _seed(options: Options) -> int:
    """Return where placement starts."""
    if options.seed is None:
        return SEED
    if options.seed not in SEEDS:
        raise InputError(
            f"--seed of ecp5 must be from 0 to {SEEDS[-1]:,}, not {options.seed}: give another one"
        )
    return options.seed


def _one_of(known: Collection[str], given: str, name: str) -> str:
    """Return what is given, if it is known."""
    if given not in known:
        raise InputError(f"{name} must be one of {', '.join(known)}, not {given!r}")
    return given


ECP5 = Ecp5()
