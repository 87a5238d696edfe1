"""Ports of a component as they stand in its Verilog."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from amaranth.hdl import Const, Shape, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Member

from zskip.hw.common.docstrings import section


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


def port_name(path: tuple[str | int, ...]) -> str:
    """Return the name of the port at a path of a signature."""
    return "__".join(map(str, path))


def signals(component: wiring.Component) -> Iterator[tuple[str, Member, Value]]:
    """Yield name, member and value of each port that has bits and is not constant."""
    for path, member, port in component.signature.flatten(component):
        assert isinstance(member, Member)
        value = Value.cast(port)
        if len(value) and not isinstance(value, Const):
            yield port_name(path), member, value


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
    ports = list(CLOCK_AND_RESET)
    for path, member, _ in signature.flatten(signature.create()):
        assert isinstance(member, Member)
        bits = Shape.cast(member.shape).width
        if bits:
            names = [part for part in path if isinstance(part, str)]
            direction = "input" if member.flow is In else "output"
            meaning = " ".join(_meanings(component, signature, names))
            ports.append(Port(port_name(path), direction, bits, meaning))
    return ports


def _meanings(owner: type, signature: Any, names: list[str]) -> list[str]:
    """Return what is said of a member, and of the member inside it that is meant."""
    first, *rest = names
    said = (section(parent, "Members").get(first) for parent in owner.__mro__)
    meanings = [meaning for meaning in said if meaning][:1]
    member = signature.members[first]
    if member.is_port:
        return [*meanings, *_fields(member.shape)]
    inner = member.signature
    if isinstance(inner, wiring.FlippedSignature):
        inner = inner.flip()
    if isinstance(inner, stream.Signature):
        return [*meanings, _STREAM_PARTS[rest[0]], *_fields(inner.members[rest[0]].shape)]
    return [*meanings, *_meanings(type(inner), inner, rest)]


def _fields(shape: object) -> list[str]:
    """Say where the fields of a layout stand."""
    if not isinstance(shape, data.Layout):
        return []
    places = []
    for name, field in shape:
        top = field.offset + field.width - 1
        where = f"bit {top}" if field.width == 1 else f"bits {top}:{field.offset}"
        if field.width:
            places.append(f"`{name}` in {where}")
    return [f"It has {' and '.join(places)}."]
