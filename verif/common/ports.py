"""Ports of a unit under the names and shapes of its Amaranth signature."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from amaranth import Shape
from amaranth.hdl import ShapeLike
from amaranth.lib import data, wiring
from cocotb.handle import HierarchyObject

Fields = dict[str, int]
"""Value of a port with fields, by the names of its layout."""


def pack(shape: ShapeLike, value: int | Mapping[str, int]) -> int:
    """Return the bits that stand for a value.

    Parameters
    ----------
    shape : amaranth.hdl.ShapeLike
        A plain shape, or a layout of fields with plain shapes.
    value : int or mapping of str to int
        A number for a plain shape, a number for each field of a layout.

    Returns
    -------
    int
        A non-negative pattern.

    Raises
    ------
    ValueError
        A number does not fit, or the fields are not those of the layout.
    """
    return _Packing(shape).bits(value)


def unpack(layout: data.Layout, bits: int) -> Fields:
    """Return the fields that bits stand for; the opposite of `pack`.

    Parameters
    ----------
    layout : amaranth.lib.data.Layout
        A layout of fields with plain shapes.
    bits : int
        A non-negative pattern.

    Returns
    -------
    dict of str to int
    """
    return _Packing(layout).fields(bits)


def _fields(shape: ShapeLike) -> dict[str, data.Field]:
    """Return the fields of a layout by name."""
    assert isinstance(shape, data.Layout), "only a layout has fields"
    return {str(name): field for name, field in shape}


class _Number:
    """Numbers of a plain shape, at a place among the bits of a port.

    Parameters
    ----------
    shape : amaranth.hdl.ShapeLike
        The shape.
    offset : int
        Lowest of the bits.
    """

    def __init__(self, shape: ShapeLike, offset: int = 0) -> None:
        plain = Shape.cast(shape)
        self._offset = offset
        self._mask = (1 << plain.width) - 1
        self._low = -(1 << (plain.width - 1)) if plain.signed else 0
        self._high = self._low + self._mask

    def bits(self, value: int) -> int:
        """Return the bits that stand for a number; one that does not fit raises ValueError."""
        if not self._low <= value <= self._high:
            raise ValueError(f"the value must be from {self._low} to {self._high}, not {value}")
        return (int(value) & self._mask) << self._offset

    def value(self, bits: int) -> int:
        """Return the number that stands among bits."""
        value = bits >> self._offset & self._mask
        return value - self._mask - 1 if value > self._high else value


class _Packing:
    """How values of a shape stand in bits.

    Parameters
    ----------
    shape : amaranth.hdl.ShapeLike
        A plain shape, or a layout of fields with plain shapes.
    """

    def __init__(self, shape: ShapeLike) -> None:
        self._whole = _Number(shape)
        self._fields: dict[str, _Number] = {}
        if isinstance(shape, data.Layout):
            self._fields = {
                name: _Number(field.shape, field.offset) for name, field in _fields(shape).items()
            }

    def bits(self, value: int | Mapping[str, int]) -> int:
        """Return the bits that stand for a value; see `pack`."""
        if not isinstance(value, Mapping):
            return self._whole.bits(value)
        fields = self._fields
        if value.keys() != fields.keys():
            raise ValueError(f"the fields must be {list(fields)}, not {list(value)}")
        return sum(fields[name].bits(number) for name, number in value.items())

    def number(self, bits: int) -> int:
        """Return the number that bits of a plain shape stand for."""
        return self._whole.value(bits)

    def fields(self, bits: int) -> Fields:
        """Return the fields that bits of a layout stand for."""
        assert self._fields, "only a layout has fields"
        return {name: field.value(bits) for name, field in self._fields.items()}

    def value(self, bits: int) -> int | Fields:
        """Return the fields of a layout, the number of any other shape."""
        return self.fields(bits) if self._fields else self.number(bits)


def random_values(layout: data.Layout, rng: np.random.Generator, count: int) -> list[Fields]:
    """Return random values; a quarter of the numbers are the smallest, the largest, 0 or -1.

    Parameters
    ----------
    layout : amaranth.lib.data.Layout
        A layout of fields with plain shapes.
    rng : numpy.random.Generator
        Where randomness comes from.
    count : int
        How many.

    Returns
    -------
    list of dict of str to int
    """
    fields = _fields(layout)
    return [
        {name: random_number(field.shape, rng) for name, field in fields.items()}
        for _ in range(count)
    ]


def random_number(shape: ShapeLike, rng: np.random.Generator) -> int:
    """Return a random number of a plain shape, see `random_values`."""
    number, width = _Number(shape), Shape.cast(shape).width
    half = (1 << width) >> 1
    corners = (0, half - 1, half, -1)
    if rng.random() < 0.25:
        return number.value(corners[rng.integers(len(corners))])
    return number.value(int.from_bytes(rng.bytes(-(-width // 8))))


class Port:
    """A port of the design.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    name : str
        Name of the port.
    shape : amaranth.hdl.ShapeLike
        Its shape.
    """

    def __init__(self, dut: HierarchyObject, name: str, shape: ShapeLike) -> None:
        self.name = name
        self.shape = shape
        self.width = Shape.cast(shape).width
        self._packing = _Packing(shape)
        self._handle: Any = getattr(dut, name) if self.width else None
        self._driven: int | None = None

    def __repr__(self) -> str:
        return self.name

    def set(self, value: int | Mapping[str, int]) -> None:
        """Drive an input with a number, or with the fields of its layout."""
        self.set_bits(self._packing.bits(value))

    def set_bits(self, bits: int) -> None:
        """Drive an input with a bit pattern."""
        # A write takes long, and most inputs keep their value for many cycles.
        if self._handle is not None and bits != self._driven:
            self._handle.value = bits
            self._driven = bits

    @property
    def fields(self) -> Fields:
        """Value of a port with a layout."""
        return self._packing.fields(self.bits)

    @property
    def number(self) -> int:
        """Value of a port with a plain shape."""
        return self._packing.number(self.bits)

    @property
    def value(self) -> int | Fields:
        """Fields of a port with a layout, the number of any other."""
        return self._packing.value(self.bits)

    @property
    def bits(self) -> int:
        """Bit pattern; an unknown bit raises ValueError."""
        return 0 if self._handle is None else int(self._handle.value)


class JoinedPort(Port):
    """Ports of the design that are driven and looked at as the fields of one.

    Parameters
    ----------
    name : str
        Their common name.
    parts : mapping of str to Port
        The ports by field, with plain shapes; the first has the lowest bits.
    """

    def __init__(self, name: str, parts: Mapping[str, Port]) -> None:
        self.name = name
        self.shape = data.StructLayout({field: part.shape for field, part in parts.items()})
        self.width = self.shape.size
        self._packing = _Packing(self.shape)
        self._parts = [(part, self.shape[field].offset) for field, part in parts.items()]

    def set_bits(self, bits: int) -> None:
        """Drive the inputs with a bit pattern."""
        for part, offset in self._parts:
            part.set_bits(bits >> offset & ((1 << part.width) - 1))

    @property
    def bits(self) -> int:
        """Bit pattern; an unknown bit raises ValueError."""
        return sum(part.bits << offset for part, offset in self._parts)


def ports(dut: HierarchyObject, signature: wiring.Signature) -> tuple[list[Port], list[Port]]:
    """Return the ports of a design.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    signature : amaranth.lib.wiring.Signature
        Signature of the component that it was converted from.

    Returns
    -------
    inputs, outputs : list of Port
    """
    directions: tuple[list[Port], list[Port]] = ([], [])
    for path, member, _ in signature.flatten(signature.create()):
        assert isinstance(member, wiring.Member)
        port = Port(dut, "__".join(map(str, path)), member.shape)
        directions[member.flow is wiring.Out].append(port)
    return directions
