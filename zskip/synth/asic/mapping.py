"""From a design to a netlist of standard cells, by Yosys and ABC."""

import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zskip.hw.common.verilog import instances
from zskip.model.common.errors import RunFailure
from zskip.synth.asic.liberty import Library
from zskip.synth.asic.trees import FAN_OUT, plant_trees
from zskip.synth.tools import Program, yosys
from zskip.synth.yosys import NETLIST, VERILOG
from zskip.verif.common import probe

LIBERTY = "cells.lib"
GATES = "netlist.v"
SCRIPT = "map.ys"
GATES_SCRIPT = "gates.ys"
LOG = "map.log"
ABC_LOG = "abc.log"
"""Files in the folder of a synthesis, beside those of `zskip.synth.yosys`."""

ABC = """strash
ifraig
scorr
dc2
dch -f
map -B 0.9 -D {period}
topo
buffer -c -N {fan_out}
topo
upsize
dnsize
upsize
dnsize
stime -p
"""
"""Script of ABC: mapping for a period in ps, buffers behind more than `FAN_OUT` loads, sizes."""

GATES_STEPS = (
    f"read_json {NETLIST}",
    # OpenSTA reads no assignment to several wires, and no brackets in names of buses.
    "clean -purge",
    "splitnets",
    "clean -purge",
    f"write_verilog -noattr -noexpr {GATES}",
)
"""Script that writes a netlist as Verilog."""

LOAD_FF = 5.0
"""Load of an output of a module."""


def repeated(verilog: str) -> list[str]:
    """Return the modules that a design has several times, such as its PEs.

    Each is mapped once and stays a module, so that an array takes no longer than one of its PEs.
    """
    counts = Counter(module for module, _ in instances(verilog))
    defined = re.findall(r"^module (\w+) \(", verilog, re.MULTILINE)
    return [name for name in defined if counts[name] > 1]


def map_cells(
    folder: Path, verilog: str, top: str, library: Library, period_ps: float
) -> float | None:
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
    float or None
        Longest path between registers, SRAMs and ports inside a module by ABC, ns; registers and
        SRAMs left out. None where ABC is a part of Yosys, which keeps to itself what it says.

    Raises
    ------
    InputError
        There is no Yosys.
    RunFailure
        Yosys fails.
    """
    program = _native() or yosys()
    (folder / VERILOG).write_text(verilog, encoding="utf-8")
    (folder / LIBERTY).write_text(library.text, encoding="utf-8")
    abc = ABC.format(period=f"{period_ps:.0f}", fan_out=FAN_OUT)
    (folder / "abc.txt").write_text(abc, encoding="utf-8")
    constraints = f"set_driving_cell {library.inverter}\nset_load {LOAD_FF}\n"
    (folder / "abc.constr").write_text(constraints, encoding="utf-8")
    kept = repeated(verilog)
    steps = [
        f"read_verilog {VERILOG}",
        f"hierarchy -top {top}",
        *(f"setattr -mod -set keep_hierarchy 1 {name}" for name in kept),
        f"synth -flatten -noabc -booth -extra-map +/choices/kogge-stone.v -top {top}",
        # Enables that are pins of flip-flops would be loads that ABC does not see, nor buffer.
        "dfflegalize -cell $_DFF_P_ 01",
        f"dfflibmap -liberty {LIBERTY}",
        f"read_liberty -lib -ignore_miss_func {LIBERTY}",
        *_buffered(kept, library),
        f"tee -q -o {ABC_LOG} abc -liberty {LIBERTY} -constr abc.constr -D {period_ps:.0f} "
        "-script abc.txt",
        "setundef -zero",
        "clean",
        f"write_json {NETLIST}",
    ]
    _run(program, folder, SCRIPT, steps)
    _edit(folder / NETLIST, top, kept, library)
    _run(program, folder, GATES_SCRIPT, GATES_STEPS)
    return _delay((folder / ABC_LOG).read_text(encoding="utf-8"))


def _buffered(modules: list[str], library: Library) -> list[str]:
    """Return steps that put buffers behind the inputs of modules.

    ABC does not see what is inside a module, which would load what drives all of its instances.
    """
    if library.buffer is None or not modules:
        return []
    name, i, o = library.buffer
    clocks = " ".join(f"-ignore {module} clk" for module in modules)
    return [f"iopadmap -bits -inpad {name} {o}:{i} {clocks} {' '.join(modules)}"]


def _native() -> Program | None:
    """Return Yosys as a library, which brings ABC as a program; None without it."""
    found = probe.package("pyosys", "pyosys")
    code = (
        "import sys; from pyosys import libyosys; "
        f"libyosys.run_pass(f'tee -q -o {LOG} script {{sys.argv[-1]}}')"
    )
    command = (sys.executable, "-c", code)
    return Program("pyosys", found.version, command) if found.version else None


def _run(program: Program, folder: Path, script: str, steps: Sequence[str]) -> None:
    """Run a script; the library says in its log alone what went wrong."""
    (folder / script).write_text("\n".join(steps) + "\n", encoding="utf-8")
    try:
        program.run(folder, "-q", "-s", script)
    except RunFailure as failure:
        logs = [folder / name for name in (LOG, ABC_LOG) if (folder / name).exists()]
        said = "".join(log.read_text(encoding="utf-8", errors="replace") for log in logs)
        if wrong := re.search(r"^ERROR: .*", said, re.MULTILINE):
            raise RunFailure(f"Yosys must map the design, but said: {wrong[0]}") from None
        raise failure


def _edit(path: Path, top: str, kept: list[str], library: Library) -> None:
    """Buffer what drives many modules, and name cells of the netlist."""
    design = json.loads(path.read_text(encoding="utf-8"))
    if library.driver is not None:
        plant_trees(design["modules"][top], kept, library.driver)
    _name_cells(design)
    path.write_text(json.dumps(design), encoding="utf-8")


def _name_cells(design: dict[str, Any]) -> None:
    """Name cells that have no line of Verilog, as those of register files, after their outputs."""
    for module in design["modules"].values():
        wires = {
            bit: name
            for name, net in module["netnames"].items()
            if not net["hide_name"]
            for bit in net["bits"]
        }
        for name, cell in list(module["cells"].items()):
            directions = cell.get("port_directions", {})
            outputs = [p for p, way in directions.items() if way == "output"]
            bits = [bit for port in outputs for bit in cell["connections"].get(port, ())]
            wire = next((wires[bit] for bit in bits if bit in wires), None)
            if wire is not None and cell["hide_name"] and "src" not in cell["attributes"]:
                module["cells"][f"{wire}.{name}"] = module["cells"].pop(name)


def _delay(log: str) -> float | None:
    """Return the longest path of all modules, ns."""
    delays = [float(found) for found in re.findall(r"\bDelay =\s*([\d.]+) ps", log)]
    return max(delays) / 1e3 if delays else None
