"""The tables of docs/synthesis.md and docs/asic.md on what arrays cost, printed anew.

From the folder of the project, with the tools of `zskip synth`; takes an hour or more each:

    python docs/costs.py ecp5
    python docs/costs.py asic --liberty sky130_fd_sc_hd__tt_025C_1v80.lib.gz

A row is printed as soon as it is known. ``--only TEXT`` leaves out rows without that text in the
command, and ``--no-route`` the clock on ECP5.
"""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import zskip
from zskip.synth.options import Options
from zskip.synth.result import SynthResult

MOST_ROUTED = 4
"""PEs of the largest array that is routed; larger ones take hours."""

CLOCK_MHZ = 400.0
"""Frequency that standard cells are mapped for."""

FITTING = {"spmat_depth": 1024, "pointer_depth": 2048}
"""Memories of `paper` and `tuned` with which 16 PEs fit the largest ECP5."""


class Array(NamedTuple):
    """An array of a table.

    Parameters
    ----------
    engine, config : str
        Engine, and named configuration.
    pes : int
        PEs.
    settings : mapping of str to int
        Further settings.
    """

    engine: str
    config: str
    pes: int
    settings: Mapping[str, int] = {}

    @property
    def options(self) -> str:
        """Options of ``zskip synth`` for it."""
        engine = "" if self.engine == "eie" else f"--engine {self.engine} "
        sets = "".join(f" --set {name}={value}" for name, value in self.settings.items())
        return f"{engine}--config {self.config} --pes {self.pes}{sets}"


SIZES = (1, 4, 16)

OTHERS = (Array("nm", "nm_2_4", 4), Array("bitlet", "tiny", 2))

ON_ECP5 = (
    *(Array("eie", "tiny", pes) for pes in SIZES),
    *(Array("eie", name, pes, FITTING) for name in ("paper", "tuned") for pes in SIZES),
    *OTHERS,
)

IN_CELLS = (
    *(Array("eie", name, pes) for name in ("tiny", "paper", "tuned") for pes in SIZES),
    *OTHERS,
)


def ecp5_row(array: Array, options: Options) -> list[str]:
    """Return the cells of a row on ECP5."""
    routed = not options.no_route and array.pes <= MOST_ROUTED
    found = _synthesized("ecp5", array, replace(options, no_route=None if routed else True))
    counts = [f"{found.totals[name]:,.0f}" for name in ("LUT", "FF", "block RAM", "DSP")]
    clock = found.figures.get("fmax_mhz")
    return [*counts, f"{clock:.1f}" if isinstance(clock, float) else ""]


def asic_row(array: Array, options: Options) -> list[str]:
    """Return the cells of a row of standard cells."""
    found = _synthesized("asic", array, options)
    names = ("SRAM um2", "logic um2", "NAND2", "flip-flops")
    periods = (found.figures.get(name) for name in ("period_ns", "logic_ns"))
    paths = [f"{ns:.2f} ns, {1e3 / ns:.0f} MHz" if isinstance(ns, float) else "" for ns in periods]
    return [*(f"{found.totals[name]:,.0f}" for name in names), *paths]


def _synthesized(target: str, array: Array, options: Options) -> SynthResult:
    changes: dict[str, Any] = {"pe_count": array.pes, **array.settings}
    config = zskip.config(array.config, engine=array.engine, **changes)
    return zskip.synthesize(target, config=config, options=options)


TABLES = {
    "ecp5": (ON_ECP5, ecp5_row, ("LUT", "FF", "block RAM", "DSP", "MHz")),
    "asic": (
        IN_CELLS,
        asic_row,
        ("SRAM um2", "logic um2", "NAND2", "flip-flops", "longest path", "SRAMs taking no time"),
    ),
}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", choices=TABLES)
    parser.add_argument("--liberty", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--no-route", action="store_true")
    given = parser.parse_args()
    arrays, row, headings = TABLES[given.table]
    options = Options(no_route=given.no_route or None)
    if given.table == "asic":
        options = Options(liberty=given.liberty, clock_mhz=CLOCK_MHZ)
    print(f"| options | {' | '.join(headings)} |")
    print(f"| --- |{' ---: |' * len(headings)}")
    for array in arrays:
        if given.only in array.options:
            print(f"| `{array.options}` | {' | '.join(row(array, options))} |", flush=True)


if __name__ == "__main__":
    main()
