"""Ports of a design as registers, as other logic on the chip has them, in place of pins."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from zskip.files.atomic import write_file

CLOCK, RESET = "clk", "rst"
"""Ports that stay pins."""

SCAN = "scan"
"""Pin that the registers in front of the inputs are a chain behind."""

REGISTER = {
    "GSR": "DISABLED",
    "CEMUX": "1 ",
    "CLKMUX": "CLK",
    "LSRMUX": "LSR",
    "REGSET": "RESET",
    "SRMODE": "LSR_OVER_CE",
}
"""Parameters of ``TRELLIS_FF`` without enable and reset; a text of digits ends with a space."""


def register_ports(netlist: Path, top: str) -> None:
    """Give every port but clock and reset a register, in a netlist that is not placed yet.

    Pins are at the edge of a part and would pull apart what stands in its middle, and a block has
    more ports than a package may have pins.

    Parameters
    ----------
    netlist : pathlib.Path
        JSON of Yosys, of cells of ECP5; it is written anew.
    top : str
        The module at the top.
    """
    design = json.loads(netlist.read_text(encoding="utf-8"))
    module = design["modules"][top]
    ports, cells = module["ports"], module["cells"]
    nets = count(1 + max(_nets(module)))
    clock = ports[CLOCK]["bits"][0]
    kept = {name: ports[name] for name in (CLOCK, RESET)}
    pin = ahead = next(nets)
    for name, port in ports.items():
        if name in kept:
            continue
        for index, net in enumerate(port["bits"]):
            if isinstance(net, str):
                # A constant output.
                continue
            register = f"{name}_{index}_port"
            if port["direction"] == "input":
                cells[register] = _register(clock, ahead, net)
                ahead = net
            else:
                cells[register] = _register(clock, net, next(nets))
    module["ports"] = {**kept, SCAN: {"direction": "input", "bits": [pin]}}
    write_file(netlist, json.dumps(design).encode())


def _nets(module: dict[str, Any]) -> Iterator[int]:
    """Return the numbers of all nets of a module."""
    for cell in module["cells"].values():
        for bits in cell["connections"].values():
            yield from (bit for bit in bits if isinstance(bit, int))
    for port in module["ports"].values():
        yield from (bit for bit in port["bits"] if isinstance(bit, int))


def _register(clock: int, data: int, output: int) -> dict[str, Any]:
    """Return a register between two nets."""
    return {
        "hide_name": 0,
        "type": "TRELLIS_FF",
        "parameters": REGISTER,
        "attributes": {},
        "port_directions": {"CLK": "input", "DI": "input", "LSR": "input", "Q": "output"},
        "connections": {"CLK": [clock], "DI": [data], "LSR": ["0"], "Q": [output]},
    }
