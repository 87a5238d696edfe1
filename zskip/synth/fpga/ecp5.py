"""ECP5 of Lattice: synthesis, place and route."""

import tempfile
from pathlib import Path
from typing import NamedTuple

from zskip.model.common.errors import InputError
from zskip.synth.design import Design
from zskip.synth.fpga.families import ECP5_CELLS
from zskip.synth.fpga.family import Family
from zskip.synth.fpga.fit import check_memories, check_resources
from zskip.synth.nextpnr import Routed, route
from zskip.synth.options import Options
from zskip.synth.result import SynthResult, Unit
from zskip.synth.tools import nextpnr_ecp5
from zskip.synth.yosys import NETLIST


class Part(NamedTuple):
    """A part of the family.

    Parameters
    ----------
    resources : dict of str to int
        What it has.
    packages : tuple of str
        Packages with a pin for each port of a block; the first is taken if none is named.
    """

    resources: dict[str, int]
    packages: tuple[str, ...]


PARTS = {
    "25k": Part(
        {"LUT": 24_288, "FF": 24_288, "block RAM": 56, "DSP": 28}, ("CABGA381", "CABGA256")
    ),
    "45k": Part(
        {"LUT": 43_848, "FF": 43_848, "block RAM": 108, "DSP": 72},
        ("CABGA381", "CABGA256", "CABGA554"),
    ),
    "85k": Part(
        {"LUT": 83_640, "FF": 83_640, "block RAM": 208, "DSP": 156},
        ("CABGA381", "CABGA554", "CABGA756"),
    ),
}
"""Parts by name; LFE5U-25F is ``25k``. Numbers of Lattice's data sheet, as nextpnr has them."""

DEFAULT_PART = "85k"


class Ecp5(Family):
    """ECP5 of speed grade 6."""

    options = frozenset({"part", "package", "no_route"})

    def __init__(self) -> None:
        super().__init__("ecp5", "synth_ecp5", ECP5_CELLS)

    def run(self, design: Design, options: Options) -> SynthResult:
        """Synthesize, then place and route unless the options stop there; see `Target.run`."""
        name, package = _chosen(options)
        part = PARTS[name]
        if not options.no_route:
            # Asked for now, as synthesis takes a while.
            nextpnr_ecp5()
        check_memories(design, name, part.resources)
        with tempfile.TemporaryDirectory() as path:
            folder = Path(path)
            found = self.map(folder, design.verilog(), design.top)
            check_resources(design, found, name, part.resources)
            routed = None
            if not options.no_route:
                routed = route(folder, folder / NETLIST, name, package, "--lpf-allow-unconstrained")
        return self._result(design, name, package, found, routed)

    def _result(
        self,
        design: Design,
        part: str,
        package: str,
        found: tuple[Unit, ...],
        routed: Routed | None,
    ) -> SynthResult:
        """Return the result with the share of the part that the design takes."""
        has = PARTS[part].resources
        taken = ", ".join(
            f"{found[0].figures[name]:,.0f} of {has[name]:,} {name} "
            f"({found[0].figures[name] / has[name]:.0%})"
            for name in has
        )
        figures: dict[str, object] = {"part": part, "package": package, "available": has}
        lines = [f"fits LFE5U {part}: {taken}"]
        if routed:
            path = routed.critical_path
            figures |= {
                "fmax_mhz": routed.fmax_mhz,
                "critical_path": path,
                "placed_luts": routed.used["TRELLIS_COMB"],
            }
            lines += [
                f"clock: {routed.fmax_mhz:.1f} MHz after place and route in {package}, speed grade "
                f"6; {routed.used['TRELLIS_COMB']:,} LUTs placed",
                f"critical path: from {path[0]} through {len(path) - 2} cells to {path[-1]}",
            ]
        return SynthResult(
            target=self.name, design=design.size, units=found, figures=figures, lines=tuple(lines)
        )


def _chosen(options: Options) -> tuple[str, str]:
    """Return part and package."""
    part = options.part or DEFAULT_PART
    if part not in PARTS:
        raise InputError(f"--part of ecp5 must be one of {', '.join(PARTS)}, not {part!r}")
    packages = PARTS[part].packages
    package = options.package or packages[0]
    if package not in packages:
        raise InputError(
            f"--package of part {part} must be one of {', '.join(packages)}, not {package!r}"
        )
    return part, package


ECP5 = Ecp5()
