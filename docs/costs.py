"""The tables of docs/synthesis.md and docs/asic.md on what arrays cost, printed anew.

From the folder of the project, with the tools of `zskip synth`; takes hours:

    python docs/costs.py ecp5
    python docs/costs.py asic --liberty sky130_fd_sc_hd__tt_025C_1v80.lib.gz

A row is printed as soon as it is known. ``--only TEXT`` leaves out rows without that text in the
command, ``--no-route`` the clock on ECP5, and ``--store FOLDER`` keeps the syntheses, as
scripts/formulas does.
"""

import argparse
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import zskip
from zskip.model.common.config import EngineConfig
from zskip.synth.formulas.estimate import Figures
from zskip.synth.formulas.syntheses import Syntheses

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

    @property
    def chosen(self) -> EngineConfig:
        """The configuration."""
        changes: dict[str, Any] = {"pe_count": self.pes, **self.settings}
        return zskip.config(self.config, engine=self.engine, **changes)


SIZES = (1, 4, 16)

GROUPS = {"broadcast_groups": 1}
"""A switch that no named configuration has."""

OTHERS = (Array("nm", "nm_2_4", 4), Array("bitlet", "tiny", 2))

ON_ECP5 = (
    *(Array("eie", "tiny", pes) for pes in SIZES),
    *(Array("eie", name, pes, FITTING) for name in ("paper", "tuned") for pes in SIZES),
    Array("eie", "tuned", 4, FITTING | GROUPS),
    *OTHERS,
)

IN_CELLS = (
    *(Array("eie", name, pes) for name in ("tiny", "paper", "tuned") for pes in SIZES),
    Array("eie", "tuned", 4, GROUPS),
    Array("eie", "wide", 4),
    *OTHERS,
)


def ecp5_row(found: Figures) -> list[str]:
    """Return the cells of a row on ECP5."""
    counts = [f"{found[name]:,.0f}" for name in ("LUT", "FF", "block RAM", "DSP")]
    return [*counts, f"{found['fmax_mhz']:.1f}" if "fmax_mhz" in found else ""]


def asic_row(found: Figures) -> list[str]:
    """Return the cells of a row of standard cells."""
    names = ("SRAM um2", "logic um2", "NAND2", "flip-flops")
    periods = (found.get(name) for name in ("period_ns", "logic_ns"))
    paths = ["" if ns is None else f"{ns:.2f} ns, {1e3 / ns:.0f} MHz" for ns in periods]
    return [*(f"{found[name]:,.0f}" for name in names), *paths, f"{found['logic mW']:.0f}"]


Row = Callable[[Figures], list[str]]

TABLES: Mapping[str, tuple[tuple[Array, ...], Row, tuple[str, ...]]] = {
    "ecp5": (ON_ECP5, ecp5_row, ("LUT", "FF", "block RAM", "DSP", "MHz")),
    "asic": (
        IN_CELLS,
        asic_row,
        (
            "SRAM um2",
            "logic um2",
            "NAND2",
            "flip-flops",
            "longest path",
            "SRAMs taking no time",
            "logic, mW",
        ),
    ),
}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", choices=TABLES)
    parser.add_argument("--liberty", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--no-route", action="store_true")
    parser.add_argument("--store", type=Path)
    given = parser.parse_args()
    arrays, row, headings = TABLES[given.table]
    print(f"| options | {' | '.join(headings)} |")
    print(f"| --- |{' ---: |' * len(headings)}")
    with tempfile.TemporaryDirectory() as folder:
        syntheses = Syntheses(given.store or Path(folder), given.liberty)
        for array in arrays:
            if given.only in array.options:
                routed = given.table == "ecp5" and not given.no_route
                found = syntheses.figures(given.table, array.chosen, routed=routed)
                print(f"| `{array.options}` | {' | '.join(row(found))} |", flush=True)


if __name__ == "__main__":
    main()
