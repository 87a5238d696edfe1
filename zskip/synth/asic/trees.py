"""Trees of buffers in front of modules that a design has many times."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any

from zskip.synth.asic.liberty import Buffer

FAN_OUT = 16
"""Loads that a cell drives at most, as far as they are not in one module."""

CLOCK = "clk"
"""Port that the clock tree drives."""

Load = tuple[dict[str, Any], str, int]
"""Cell of a netlist, name of a port, and number of its bit."""


def plant_trees(module: dict[str, Any], repeated: Collection[str], buffer: Buffer) -> int:
    """Put a tree of buffers behind every wire that drives more than `FAN_OUT` repeated modules.

    ABC maps a module without what its outputs drive in others, and buffers only what it sees.

    Parameters
    ----------
    module : dict
        A module of a netlist as Yosys writes it in JSON; it gets the buffers.
    repeated : collection of str
        Modules whose inputs count as loads, but for the clock.
    buffer : Buffer
        What the trees are made of.

    Returns
    -------
    int
        Number of trees.
    """
    loads: dict[int, list[Load]] = defaultdict(list)
    for cell in module["cells"].values():
        if cell["type"] in repeated:
            for port, index, bit in _inputs(cell):
                loads[bit].append((cell, port, index))
    bits = (bit for net in module["netnames"].values() for bit in net["bits"])
    free = 1 + max((bit for bit in bits if isinstance(bit, int)), default=0)
    many = {bit: driven for bit, driven in loads.items() if len(driven) > FAN_OUT}
    for number, (bit, driven) in enumerate(many.items()):
        trunk, free = free, free + 1
        _add(module, f"fan_out_{number}", buffer, bit, trunk)
        for first in range(0, len(driven), FAN_OUT):
            branch, free = free, free + 1
            _add(module, f"fan_out_{number}_{first // FAN_OUT}", buffer, trunk, branch)
            for cell, port, index in driven[first : first + FAN_OUT]:
                cell["connections"][port][index] = branch
    return len(many)


def _inputs(cell: dict[str, Any]) -> Iterator[tuple[str, int, int]]:
    """Yield the bits of a cell's inputs that are driven by a wire, but for the clock."""
    for port, bits in cell["connections"].items():
        if port != CLOCK and cell["port_directions"][port] == "input":
            for index, bit in enumerate(bits):
                if isinstance(bit, int):
                    yield port, index, bit


def _add(module: dict[str, Any], name: str, buffer: Buffer, i: int, o: int) -> None:
    """Add a buffer, and its output under its name."""
    module["netnames"][name] = {"hide_name": 0, "bits": [o], "attributes": {}}
    module["cells"][f"{name}_buffer"] = {
        "hide_name": 0,
        "type": buffer.name,
        "parameters": {},
        "attributes": {},
        "port_directions": {buffer.i: "input", buffer.o: "output"},
        "connections": {buffer.i: [i], buffer.o: [o]},
    }
