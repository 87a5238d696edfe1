"""Parts of FPGAs by name, with the numbers of their makers' tables."""

from collections.abc import Mapping
from typing import NamedTuple


class Part(NamedTuple):
    """A part.

    Parameters
    ----------
    title : str
        Its name, for people.
    family : str
        Target whose formulas hold for it.
    resources : mapping of str to int
        What it has.
    """

    title: str
    family: str
    resources: Mapping[str, int]


def _part(title: str, family: str, lut: int, ff: int, blocks: int, dsp: int) -> Part:
    return Part(title, family, {"LUT": lut, "FF": ff, "block RAM": blocks, "DSP": dsp})


PARTS = {
    # Lattice FPGA-DS-02012, table 1.1, for LFE5U-25, -45 and -85; LUTs as nextpnr has them.
    "ecp5-25": _part("ECP5-25", "ecp5", 24_288, 24_288, 56, 28),
    "ecp5-45": _part("ECP5-45", "ecp5", 43_848, 43_848, 108, 72),
    "ecp5-85": _part("ECP5-85", "ecp5", 83_640, 83_640, 208, 156),
    # AMD DS180, table 4, for XC7A35T and XC7A100T; blocks of 36 Kbit.
    "artix-35": _part("Artix-7 35", "xilinx", 20_800, 41_600, 50, 90),
    "artix-100": _part("Artix-7 100", "xilinx", 63_400, 126_800, 135, 240),
    # AMD DS891, table 3. Its cells are those of UltraScale+, which are near those of 7 series.
    "zu3eg": _part("Zynq ZU3EG", "xilinx", 70_560, 141_120, 216, 360),
}
"""Parts by the name that the command line uses."""

LOGIC_MARGIN = 1.1
"""LUTs that placement takes for each one of synthesis."""
