"""From a design to a netlist of standard cells, by Yosys and ABC."""

import re
from collections import Counter
from pathlib import Path

from zskip.synth.asic.liberty import Library
from zskip.synth.tools import yosys
from zskip.synth.yosys import NETLIST, VERILOG

LIBERTY = "cells.lib"
GATES = "netlist.v"
"""Files in the folder of a synthesis, beside those of `zskip.synth.yosys`."""

ABC = """strash
ifraig
scorr
dc2
dch -f
map -B 0.9 -D {period}
topo
buffer -c -N 16
topo
upsize -D {period}
dnsize -D {period}
upsize -D {period}
dnsize -D {period}
stime -p
"""
"""Script of ABC: mapping for a period in ps, buffers behind more than 16 loads, sizes."""

LOAD_FF = 5.0
"""Load of an output of a module."""


def repeated(verilog: str) -> list[str]:
    """Return the modules that a design has several times, such as its PEs.

    Each is mapped once and stays a module, so that an array takes no longer than one of its PEs.
    """
    instances = Counter(re.findall(r"^  (\w+) \w+ \($", verilog, re.MULTILINE))
    defined = re.findall(r"^module (\w+) \(", verilog, re.MULTILINE)
    return [name for name in defined if instances[name] > 1]


def map_cells(
    folder: Path, verilog: str, top: str, library: Library, period_ps: float
) -> dict[str, float]:
    """Map a design to standard cells, flattened but for the modules that are `repeated`.

    Parameters
    ----------
    folder : pathlib.Path
        Where the files go: `NETLIST` (JSON) and `GATES` (Verilog).
    verilog : str
        All modules, with SRAMs that are black boxes.
    top : str
        The one at the top.
    library : Library
        The cells.
    period_ps : float
        Clock period to aim at.

    Returns
    -------
    dict of str to float
        Longest path of each module between registers, SRAMs and ports by ABC, ps; registers
        themselves left out.

    Raises
    ------
    InputError
        There is no Yosys.
    RunFailure
        Yosys fails.
    """
    program = yosys()
    (folder / VERILOG).write_text(verilog, encoding="utf-8")
    (folder / LIBERTY).write_text(library.text, encoding="utf-8")
    (folder / "abc.txt").write_text(ABC.format(period=f"{period_ps:.0f}"), encoding="utf-8")
    constraints = f"set_driving_cell {library.inverter}\nset_load {LOAD_FF}\n"
    (folder / "abc.constr").write_text(constraints, encoding="utf-8")
    kept = " ".join(repeated(verilog))
    steps = [
        f"read_verilog {VERILOG}",
        f"hierarchy -top {top}",
        *([f"setattr -mod -set keep_hierarchy 1 {kept}"] if kept else []),
        f"synth -flatten -noabc -booth -extra-map +/choices/kogge-stone.v -top {top}",
        f"dfflibmap -liberty {LIBERTY}",
        f"tee -q -o abc.log abc -liberty {LIBERTY} -constr abc.constr -D {period_ps:.0f} "
        "-script abc.txt",
        "setundef -zero",
        "clean",
        f"write_verilog -noattr -noexpr {GATES}",
        # It tells the directions of the ports of cells.
        f"read_liberty -lib -ignore_miss_func {LIBERTY}",
        f"write_json {NETLIST}",
    ]
    (folder / "map.ys").write_text("\n".join(steps) + "\n", encoding="utf-8")
    program.run(folder, "-q", "-s", "map.ys")
    return _delays((folder / "abc.log").read_text(encoding="utf-8"))


def _delays(log: str) -> dict[str, float]:
    """Return the longest path of each module."""
    delays: dict[str, float] = {}
    module = ""
    for line in log.splitlines():
        if found := re.search(r"Extracting gate netlist of module `\\?([^' ]+)'", line):
            module = found[1]
        if found := re.search(r"\bDelay =\s*([\d.]+) ps", line):
            delays[module] = float(found[1])
    return delays
