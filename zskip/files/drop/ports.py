"""Ports of a component as they stand in its Verilog."""

from typing import NamedTuple

from amaranth.hdl import Shape
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In

from zskip.files.drop.docstrings import section


class Port(NamedTuple):
    """A port of a Verilog module.

    Parameters
    ----------
    name : str
        Its name.
    direction : str
        ``input`` or ``output``.
    bits : int
        Its width.
    meaning : str
        What it is for.
    """

    name: str
    direction: str
    bits: int
    meaning: str


CLOCK_AND_RESET = [
    Port("clk", "input", 1, "Clock; everything happens at its rising edge."),
    Port("rst", "input", 1, "Synchronous reset, active high."),
]
"""Ports that every module gets; its signature does not list them."""

_STREAM_PARTS = {
    "valid": "The payload is offered; it stays until it is taken.",
    "ready": "The payload is taken in this cycle, if it is offered.",
    "payload": "What is transferred in a cycle in which valid and ready are high.",
}


def module_ports(component: type[wiring.Component], signature: wiring.Signature) -> list[Port]:
    """Return the ports of a component, clock and reset first.

    Parameters
    ----------
    component : type of amaranth.lib.wiring.Component
        Its docstring describes the members in a section ``Members``.
    signature : amaranth.lib.wiring.Signature
        Its members.

    Returns
    -------
    list of Port
    """
    members = section(component, "Members")
    ports = list(CLOCK_AND_RESET)
    for path, member in signature.members.flatten():
        if not member.is_port:
            continue
        first, *rest = [str(part) for part in path]
        meaning = members.get(first, "")
        if rest:
            meaning = f"{meaning} {_STREAM_PARTS[rest[-1]]}{_fields(member.shape)}"
        ports.append(
            Port(
                name="__".join([first, *rest]),
                direction="input" if member.flow is In else "output",
                bits=Shape.cast(member.shape).width,
                meaning=meaning,
            )
        )
    return ports


def _fields(shape: object) -> str:
    """Say where the fields of a layout stand."""
    if not isinstance(shape, data.Layout):
        return ""
    places = []
    for name, field in shape:
        top = field.offset + field.width - 1
        where = f"bit {top}" if field.width == 1 else f"bits {top}:{field.offset}"
        places.append(f"`{name}` in {where}")
    return f" It has {' and '.join(places)}."
