"""Area and power of the units of a design that is mapped to standard cells."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from zskip.model.common.errors import RunFailure
from zskip.model.common.sram_table import SramCost
from zskip.synth.asic.liberty import Library
from zskip.synth.asic.power import Power
from zskip.synth.fpga.netlist import Netlist
from zskip.synth.result import Unit, plain_name


@dataclass
class Node:
    """A unit: its own cells, and the units inside it by name.

    Parameters
    ----------
    name : str
        Its name.
    cells : Counter
        Its own cells by type, of all instances together.
    inside : dict of str to Node
        Units inside it; instances whose names differ in numbers only are one.
    count : int
        Instances.
    """

    name: str
    cells: Counter[str] = field(default_factory=Counter)
    inside: dict[str, "Node"] = field(default_factory=dict)
    count: int = 0

    def child(self, name: str) -> "Node":
        """Return the unit of an instance, new or known."""
        plain = plain_name(name)
        return self.inside.setdefault(plain, Node(plain))

    def add(self, other: "Node") -> None:
        """Add another instance of the same unit."""
        self.cells.update(other.cells)
        self.count += other.count
        for name, node in other.inside.items():
            self.child(name).add(node)


def tree(path: Path, top: str, library: Library) -> Node:
    """Read a netlist.

    Parameters
    ----------
    path : pathlib.Path
        JSON of Yosys, of `zskip.synth.asic.mapping.map_cells`.
    top : str
        The module at the top.
    library : Library
        The cells.

    Returns
    -------
    Node
        The whole design.
    """
    found = json.loads(path.read_text(encoding="utf-8"))["modules"]
    modules = {name for name, module in found.items() if "blackbox" not in module["attributes"]}
    logic = frozenset(library.areas) - library.flip_flops
    known: dict[str, Node] = {}

    def build(module: str) -> Node:
        if module not in known:
            known[module] = _module(Netlist(path, module, logic), module)
        return known[module]

    def _module(netlist: Netlist, module: str) -> Node:
        root = Node(module, count=1)
        for instance, cells in netlist.cells.items():
            node = root
            for part in filter(None, instance.split(".")):
                node = node.child(part)
            if instance:
                node.count += 1
            node.cells.update({kind: n for kind, n in cells.items() if kind not in modules})
        for name, cell in found[module]["cells"].items():
            if cell["type"] in modules:
                place = root
                *path_, last = name.split(".")
                for part in path_:
                    place = place.child(part)
                place.child(last).add(build(cell["type"]))
        return root

    return build(top)


def units(
    root: Node, library: Library, srams: dict[str, SramCost], power: Power
) -> tuple[Unit, ...]:
    """Return the units of a design with their areas and power.

    Parameters
    ----------
    root : Node
        The design.
    library : Library
        The cells.
    srams : dict of str to SramCost
        Figures of each SRAM by the name of its module.
    power : Power
        What cells take.

    Returns
    -------
    tuple of Unit
        Columns: area of all, of SRAMs, and of logic, um2; NAND2 equivalents of the logic where the
        library has a NAND2; flip-flops; power of the logic, mW.

    Raises
    ------
    RunFailure
        A cell is neither in the library nor an SRAM.
    """

    def figures(cells: Counter[str], milliwatts: float) -> dict[str, float]:
        unknown = set(cells) - set(library.areas) - set(srams)
        if unknown:
            raise RunFailure(
                f"every cell must be of the library or an SRAM, but Yosys left "
                f"{', '.join(sorted(unknown))}: give a Liberty file with cells for it"
            )
        memory = sum(srams[kind].area_um2 * n for kind, n in cells.items() if kind in srams)
        logic = sum(library.areas[kind] * n for kind, n in cells.items() if kind not in srams)
        gates = {} if library.nand2 is None else {"NAND2": round(logic / library.nand2)}
        flops = sum(n for kind, n in cells.items() if kind in library.flip_flops)
        return {
            "um2": round(memory + logic, 1),
            "SRAM um2": round(memory, 1),
            "logic um2": round(logic, 1),
            **gates,
            "flip-flops": flops,
            "logic mW": round(milliwatts, 4),
        }

    def listed(node: Node, path: tuple[str, ...]) -> list[Unit]:
        ordered = sorted(node.inside.items())
        inside = [listed(child, (*path, name)) for name, child in ordered]
        unit = Unit(
            name=node.name,
            depth=len(path),
            count=max(1, node.count),
            figures=figures(whole(node), milliwatts(node, path)),
        )
        return [unit, *(item for part in inside for item in part)]

    def whole(node: Node) -> Counter[str]:
        total = Counter(node.cells)
        for child in node.inside.values():
            total.update(whole(child))
        return total

    def milliwatts(node: Node, path: tuple[str, ...]) -> float:
        inside = (milliwatts(child, (*path, name)) for name, child in node.inside.items())
        return power.milliwatts(node.cells, path) + sum(inside)

    return tuple(listed(root, ()))
