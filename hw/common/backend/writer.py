"""Verilog of a module."""

import textwrap
from collections.abc import Iterator, Mapping

from zskip.hw.common.backend.design import Design, memory_of
from zskip.hw.common.backend.names import KEYWORDS, Names
from zskip.hw.common.backend.netlist import Cell, Netlist
from zskip.hw.common.backend.text import INDENT, Text, bare, constant

COLUMNS = 100
"""Length of a line."""

FIRST = "first_evaluation"
"""Register that lets Icarus evaluate every ``always @*`` once."""


class Writer:
    """Writes a netlist as a Verilog module.

    Parameters
    ----------
    netlist : Netlist
        The module.
    """

    def __init__(self, netlist: Netlist) -> None:
        self.design = design = Design(netlist)
        self._memories = netlist.memories
        names = Names(frozenset({FIRST}))
        for wire in sorted(design.wires.values(), key=lambda wire: not wire.direction):
            if wire.name[0] == "\\" and (wire.direction or design.uses[wire.name]):
                names[wire.name]
        for wire, register in design.next_of.items():
            names.give(wire, f"{register[1:]}_next")
        self._ports = {
            names[name]: wire
            for name, wire in design.wires.items()
            if wire.direction and (name not in ("\\clk", "\\rst") or design.uses[name])
        }
        for wire, inner in design.inner_names.items():
            names.give(wire, inner[1:])
        for cell in design.instances:
            for port, spec in cell.ports.items():
                wire = spec[0].wire if spec else ""
                if wire and not design.is_driven(wire) and design.uses[wire] == 1:
                    names.give(wire, f"unused_{cell.name[1:]}__{port}")
        self._names = names
        self._text = Text(design, names)

    def ports(self) -> list[str]:
        """Return the names of the ports; clock and reset only where they are used."""
        return list(self._ports)

    def module(
        self, name: str, meanings: Mapping[str, str], values: Mapping[str, str]
    ) -> Iterator[str]:
        """Yield the lines of the module.

        Parameters
        ----------
        name : str
            Its name.
        meanings : mapping of str to str
            Comment of each port, lines of which are indented.
        values : mapping of str to str
            What the values of some registers mean.
        """
        yield f"module {name} ("
        ports = sorted(self._ports.items(), key=lambda item: item[0] not in ("clk", "rst"))
        for number, (port, wire) in enumerate(ports):
            kind = (
                "reg" if self._is_assigned(wire.name) and port == self._names[wire.name] else "wire"
            )
            comma = "," if number < len(ports) - 1 else ""
            yield from meanings.get(port, "").splitlines()
            yield f"{INDENT}{wire.direction} {kind} {_range(wire.width)}{port}{comma}"
        yield ");"
        statements = [
            *self._assignments(),
            *self._memory_lines(),
            *self._choices(),
            *self._clocked(),
            *self._instances(),
        ]
        yield from self._declarations(values)
        yield ""
        for line in statements:
            yield from _wrapped(line)
        yield "endmodule"

    def _is_assigned(self, wire: str) -> bool:
        return wire in self.design.registers or wire in self.design.choices

    def _declarations(self, values: Mapping[str, str]) -> Iterator[str]:
        """Yield the declarations of what is left of the wires inside."""
        if any(self.design.uses[wire] for wire in self.design.choices):
            yield f"{INDENT}// Its change lets Icarus evaluate every `always @*` once."
            yield "`ifdef __ICARUS__"
            yield f"{INDENT}reg {FIRST};"
            yield f"{INDENT}initial #0 {FIRST} = 0;"
            yield "`else"
            yield f"{INDENT}reg {FIRST} = 0;"
            yield "`endif"
        for name, (width, depth) in self._memories.items():
            yield f"{INDENT}reg {_range(width)}{self._names[name]} [0:{depth - 1}];"
        for name, wire in self.design.wires.items():
            is_port = wire.direction and name not in self.design.inner_names
            if is_port or not self.design.uses[name] or self._text.gives_way(name):
                continue
            kind = "reg" if self._is_assigned(name) else "wire"
            said = f" // {values[name[1:]]}" if name[1:] in values else ""
            yield f"{INDENT}{kind} {_range(wire.width)}{self._names[name]};{said}"

    def _assignments(self) -> Iterator[str]:
        for wire in self.design.expressions:
            if self.design.uses[wire] and not self._text.gives_way(wire):
                yield f"{INDENT}assign {self._names[wire]} = {self._text.expression(wire)};"
        for wire, cell in self.design.reads.items():
            if self.design.uses[wire]:
                yield f"{INDENT}assign {self._names[wire]} = {self._place(cell)};"
        for wire, spec in self.design.outputs.items():
            yield f"{INDENT}assign {self._names[wire]} = {self._text.bits(spec)};"
        for port, wire in self._ports.items():
            if wire.name in self.design.inner_names:
                yield f"{INDENT}assign {port} = {self._names[wire.name]};"

    def _place(self, port: Cell) -> str:
        """Return the word of a memory that a port addresses."""
        return f"{self._names[memory_of(port)]}[{self._text.bits(port.ports['ADDR'])}]"

    def _memory_lines(self) -> Iterator[str]:
        for name, (width, depth) in self._memories.items():
            contents = self.design.memories[name].ports["DATA"]
            assert not contents[0].bits.strip("0"), "memories must begin with zeros"
            yield f"{INDENT}integer {self._names[name]}_word;"
            word = f"{self._names[name]}_word"
            yield f"{INDENT}initial"
            yield f"{INDENT * 2}for ({word} = 0; {word} < {depth}; {word} = {word} + 1)"
            yield f"{INDENT * 3}{self._names[name]}[{word}] = {constant('0' * width)};"
        for cell in self.design.writes:
            enable = cell.ports["EN"]
            assert len(set(enable)) == 1, "a word must be written as a whole"
            yield f"{INDENT}always @(posedge clk)"
            yield f"{INDENT * 2}if ({self._text.bits(enable[:1])})"
            yield f"{INDENT * 3}{self._place(cell)} <= {self._text.bits(cell.ports['DATA'])};"

    def _choices(self) -> Iterator[str]:
        for wire, body in self.design.choices.items():
            if self.design.uses[wire]:
                yield f"{INDENT}always @* begin"
                yield f"{INDENT * 2}if ({FIRST}) begin end"
                yield from self._text.statements(body, "=", INDENT * 2)
                yield f"{INDENT}end"

    def _clocked(self) -> Iterator[str]:
        registers = [wire for wire in self.design.registers if self.design.uses[wire]]
        if not registers:
            return
        yield f"{INDENT}initial begin"
        for wire in registers:
            value = constant(self.design.wires[wire].init)
            yield f"{INDENT * 2}{self._names[wire]} = {value};"
        yield f"{INDENT}end"
        yield f"{INDENT}always @(posedge clk) begin"
        yield from self._text.statements(self.design.clocked, "<=", INDENT * 2)
        yield f"{INDENT}end"

    def _instances(self) -> Iterator[str]:
        for cell in self.design.instances:
            label = cell.name[1:]
            assert label.isidentifier(), f"the name of {label} is taken by a port"
            assert label not in KEYWORDS, f"{label} is a word of Verilog"
            values = [f".{name}({value})" for name, value in cell.parameters.items()]
            parameters = f" #({', '.join(values)})" if values else ""
            yield f"{INDENT}{cell.kind[1:]}{parameters} {label} ("
            for number, (name, spec) in enumerate(cell.ports.items()):
                comma = "," if number < len(cell.ports) - 1 else ""
                yield f"{INDENT * 2}.{name}({bare(self._text.bits(spec))}){comma}"
            yield f"{INDENT});"


def _wrapped(line: str) -> list[str]:
    """Return a line, or as many as it takes not to be too long."""
    if len(line) <= COLUMNS:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.wrap(
        line,
        COLUMNS,
        initial_indent=indent,
        subsequent_indent=indent + 2 * INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _range(width: int) -> str:
    return "" if width == 1 else f"[{width - 1}:0] "
