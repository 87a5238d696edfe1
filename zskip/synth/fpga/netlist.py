"""Netlist of a design that Yosys has mapped to the cells of an FPGA and flattened."""

import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from zskip.synth.yosys import VERILOG

SCOPE = "$scopeinfo"
"""Type of the cells that stay where a module was dissolved."""


class Netlist:
    """Cells of a design by the instance they come from.

    A memory, a register, an adder or a multiplier belongs to the module of its line of Verilog, or
    where it has none to the instance in its name. Logic, which is made new across all modules,
    belongs with the nearest of these that it feeds.

    Parameters
    ----------
    path : pathlib.Path
        JSON of Yosys after a synthesis that began with `VERILOG`.
    top : str
        The module at the top.
    logic : frozenset of str
        Types of cells that are made new.

    Attributes
    ----------
    modules : dict of str to str
        Module of each instance, by path with dots; the top's path is empty.
    cells : dict of str to Counter
        Cells of each instance by type, those inside instances below it left out.
    """

    def __init__(self, path: Path, top: str, logic: frozenset[str]) -> None:
        found = json.loads(path.read_text(encoding="utf-8"))["modules"][top]
        cells = {name: cell for name, cell in found["cells"].items() if cell["type"] != SCOPE}
        self.modules = {"": top}
        starts = {_line(found["attributes"]["src"]): top}
        for name, cell in found["cells"].items():
            if cell["type"] == SCOPE:
                attributes = cell["attributes"]
                # A module with parameters has a derived name; this is the one of the source.
                self.modules[name] = attributes.get("module_hdlname") or attributes["module"]
                starts[_line(attributes["module_src"])] = self.modules[name]
        owners = _owners(
            {name: cell for name, cell in cells.items() if cell["type"] not in logic},
            self.modules,
            starts,
        )
        _follow(cells, owners)
        self.cells = {instance: Counter[str]() for instance in self.modules}
        for name, cell in cells.items():
            self.cells[owners.get(name, "")][cell["type"]] += 1


def _line(source: str) -> int | None:
    """Return the line of the Verilog that a cell or module comes from."""
    found = re.search(rf"(?:^|\|){re.escape(VERILOG)}:(\d+)", source)
    return int(found[1]) if found else None


def _owners(
    cells: dict[str, Any], modules: dict[str, str], starts: dict[int | None, str]
) -> dict[str, str]:
    """Return the instance of each of some cells."""
    instances: defaultdict[str, list[str]] = defaultdict(list)
    for instance, module in modules.items():
        instances[module].append(instance)
    owners = {}
    for name, cell in cells.items():
        line = _line(cell["attributes"].get("src", ""))
        candidates = list(modules)
        if line is not None:
            start = max(start for start in starts if start is not None and start <= line)
            candidates = instances[starts[start]]
        owners[name] = max(candidates, key=lambda instance: _shared(instance, name))
    return owners


def _shared(instance: str, name: str) -> tuple[int, int]:
    """Return how many parts of a path a name begins with, and how few it does not."""
    parts = instance.split(".") if instance else []
    shared = 0
    for part, other in zip(parts, name.split("."), strict=False):
        # A signal of the parent that is named after a port of the instance comes from it.
        if part not in (other, other.partition("__")[0]):
            break
        shared += 1
    return shared, shared - len(parts)


def _bits(cell: dict[str, Any], direction: str) -> list[int]:
    """Return the bits at the ports of one direction of a cell, constants left out."""
    ports = (port for port, way in cell["port_directions"].items() if way == direction)
    return [bit for port in ports for bit in cell["connections"][port] if isinstance(bit, int)]


def _follow(cells: dict[str, Any], owners: dict[str, str]) -> None:
    """Give each cell without an owner that of a cell that it feeds."""
    feeding = {
        bit: name
        for name, cell in cells.items()
        if name not in owners
        for bit in _bits(cell, "output")
    }
    # The list grows while it is gone through: what was just given an owner comes behind.
    waiting = list(owners)
    for name in waiting:
        for bit in _bits(cells[name], "input"):
            feeder = feeding.pop(bit, None)
            if feeder is not None and feeder not in owners:
                owners[feeder] = owners[name]
                waiting.append(feeder)
