"""Netlists: modules as Amaranth describes them in RTLIL, the language of Yosys."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

_TOKEN = re.compile(r"\{|\}|\[\d+(?::\d+)?\]|\d+'[01x-]*|[\\$][^\s]+|\d+")


class Chunk(NamedTuple):
    """Consecutive bits of a wire, or constant bits.

    Parameters
    ----------
    wire : str
        Name of the wire; empty for a constant.
    low : int
        First bit in the wire.
    width : int
        Number of bits.
    bits : str
        Bits of a constant, the highest first.
    """

    wire: str
    low: int
    width: int
    bits: str = ""


Spec = tuple[Chunk, ...]
"""Bits side by side, the lowest chunk first."""


@dataclass
class Wire:
    """A wire of a module: its name, width, direction ("" inside the module) and initial bits."""

    name: str
    width: int
    direction: str = ""
    init: str = ""


@dataclass
class Cell:
    """An operator, a flip-flop, a memory port or an instance, with its parameters and ports."""

    kind: str
    name: str
    parameters: dict[str, str] = field(default_factory=dict)
    ports: dict[str, Spec] = field(default_factory=dict)


@dataclass
class Assign:
    """An assignment in a process."""

    target: Chunk
    value: Spec


@dataclass
class Case:
    """A part of a `Switch`: the patterns that select it, none for the default; what it does."""

    patterns: tuple[str, ...]
    body: list["Assign | Switch"] = field(default_factory=list)


@dataclass
class Switch:
    """A choice between cases by the value of some bits; the first that matches counts."""

    selector: Spec
    cases: list[Case] = field(default_factory=list)


Body = list[Assign | Switch]
"""Statements of a process, one after the other; the last assignment counts."""


@dataclass
class Netlist:
    """A module: its wires by name, memories (width and depth), cells, processes, connections."""

    name: str = ""
    wires: dict[str, Wire] = field(default_factory=dict)
    memories: dict[str, tuple[int, int]] = field(default_factory=dict)
    cells: list[Cell] = field(default_factory=list)
    processes: list[Body] = field(default_factory=list)
    connections: list[tuple[Spec, Spec]] = field(default_factory=list)


def parse(text: str) -> Netlist:
    """Return the only module of an RTLIL text.

    Parameters
    ----------
    text : str
        As `amaranth.back.rtlil.convert` writes it, without source locations.

    Returns
    -------
    Netlist
    """
    return _Parser(text).module()


def memory_of(cell: Cell) -> str:
    """Return the memory of a port."""
    return cell.parameters["MEMID"].strip('"').replace("\\\\", "\\")


class _Parser:
    """Reads RTLIL line by line."""

    def __init__(self, text: str) -> None:
        self.netlist = Netlist()
        self._lines = iter([line.strip() for line in text.splitlines()])
        self._init = ""

    def module(self) -> Netlist:
        """Read everything."""
        for line in self._lines:
            keyword, _, rest = line.partition(" ")
            if keyword == "module":
                self.netlist.name = rest[1:]
            elif keyword == "wire":
                self._wire(rest)
            elif keyword == "memory":
                _, width, _, depth, name = rest.split()
                if int(width) and int(depth):
                    self.netlist.memories[name] = int(width), int(depth)
            elif keyword == "cell":
                self._cell(rest)
            elif keyword == "process":
                body = self._body()
                if body:
                    self.netlist.processes.append(body)
            elif keyword == "connect":
                self.netlist.connections += self._pairs(rest)
            elif line.startswith("attribute \\init "):
                self._init = rest.partition("'")[2]
        return self.netlist

    def _wire(self, text: str) -> None:
        *options, name = text.split()
        direction = next((word for word in ("input", "output", "inout") if word in options), "")
        width = int(options[options.index("width") + 1])
        self.netlist.wires[name] = Wire(name, width, direction, self._init)
        self._init = ""

    def _cell(self, text: str) -> None:
        kind, name = text.split()
        cell = Cell(kind, name)
        for line in self._lines:
            keyword, _, rest = line.partition(" ")
            if keyword == "end":
                break
            kind, _, rest = rest.partition("\\")
            port, _, value = rest.partition(" ")
            if keyword == "parameter":
                cell.parameters[port] = _parameter(kind, value)
            elif keyword == "connect":
                cell.ports[port] = self._spec(value)
        # What has no bits does nothing.
        if cell.kind[0] == "\\" or all(cell.ports.get(name, True) for name in ("Y", "Q", "DATA")):
            self.netlist.cells.append(cell)

    def _body(self) -> Body:
        """Read statements up to the end of a process or case."""
        body: Body = []
        for line in self._lines:
            keyword, _, rest = line.partition(" ")
            if keyword == "assign":
                body += [Assign(target[0], value) for target, value in self._pairs(rest)]
            elif keyword == "switch":
                body.append(self._switch(rest))
            elif keyword == "end":
                break
        return body

    def _switch(self, text: str) -> Switch:
        switch = Switch(self._spec(text))
        body: Body = []
        for line in self._lines:
            keyword, _, rest = line.partition(" ")
            if keyword == "case":
                patterns = re.findall(r"\d+'([01-]*)", rest)
                case = Case(() if "" in patterns else tuple(patterns))
                body = case.body
                # Behind a default, nothing is ever chosen.
                if not switch.cases or switch.cases[-1].patterns:
                    switch.cases.append(case)
            elif keyword == "assign":
                body += [Assign(target[0], value) for target, value in self._pairs(rest)]
            elif keyword == "switch":
                body.append(self._switch(rest))
            elif keyword == "end":
                break
        return switch

    def _pairs(self, text: str) -> Iterator[tuple[Spec, Spec]]:
        """Read a target and a value; nothing where they have no bits."""
        chunks = self._chunks(text)
        if chunks:
            yield (chunks[0],), tuple(reversed(chunks[1:]))

    def _spec(self, text: str) -> Spec:
        return tuple(reversed(self._chunks(text)))

    def _chunks(self, text: str) -> list[Chunk]:
        """Return the parts of one or two specifications, the highest first."""
        chunks: list[Chunk] = []
        for token in _TOKEN.findall(text):
            if token[0] == "[":
                high, _, low = token[1:-1].partition(":")
                low = low or high
                chunks[-1] = Chunk(chunks[-1].wire, int(low), int(high) - int(low) + 1)
            elif token[0] in "\\$":
                chunks.append(Chunk(token, 0, self.netlist.wires[token].width))
            elif "'" in token:
                bits = token.partition("'")[2]
                chunks.append(Chunk("", 0, len(bits), bits))
        return [chunk for chunk in chunks if chunk.width]


def _parameter(kind: str, value: str) -> str:
    """Return a parameter as Verilog writes it."""
    if value[0] == '"':
        return value.strip('"') if kind == "real " else value
    return value.replace("'", "'sb" if kind == "signed " else "'b")
