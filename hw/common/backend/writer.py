"""Verilog of a module."""

import textwrap
from collections.abc import Iterator, Mapping

from zskip.hw.common.backend.design import Design
from zskip.hw.common.backend.memories import Memory, Read, Write
from zskip.hw.common.backend.names import Names
from zskip.hw.common.backend.netlist import Netlist, Spec
from zskip.hw.common.backend.specs import width
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
        names = Names()
        for wire in design.wires.values():
            if wire.direction:
                names.keep(wire.name)
        names.give(FIRST, FIRST)
        for wire in design.wires.values():
            if wire.name[0] == "\\" and design.uses[wire.name]:
                names[wire.name]
        for cell in design.instances:
            names.give(f"instance {cell.name}", cell.name[1:])
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
        design = self.design
        if wire in design.reads:
            return bool(design.reads[wire].enable)
        return wire in design.registers or wire in design.choices

    def _declarations(self, values: Mapping[str, str]) -> Iterator[str]:
        """Yield the declarations of what is left of the wires inside."""
        if any(self.design.uses[wire] for wire in self.design.choices):
            yield f"{INDENT}// Its change lets Icarus evaluate every `always @*` once."
            yield "`ifdef __ICARUS__"
            yield f"{INDENT}reg {self._names[FIRST]};"
            yield f"{INDENT}initial #0 {self._names[FIRST]} = 0;"
            yield "`else"
            yield f"{INDENT}reg {self._names[FIRST]} = 0;"
            yield "`endif"
        for memory in self.design.memories:
            name, last = self._names[memory.name], len(memory.words) - 1
            yield f"{INDENT}reg {_range(memory.width)}{name} [0:{last}];"
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
        for wire, read in self.design.reads.items():
            if self.design.uses[wire] and not read.enable:
                place = self._place(read.memory, read.address)
                yield f"{INDENT}assign {self._names[wire]} = {place};"
        for wire, spec in self.design.outputs.items():
            yield f"{INDENT}assign {self._names[wire]} = {self._text.bits(spec)};"
        for port, wire in self._ports.items():
            if wire.name in self.design.inner_names:
                yield f"{INDENT}assign {port} = {self._names[wire.name]};"

    def _place(self, memory: str, address: Spec) -> str:
        """Return a word of a memory."""
        return f"{self._names[memory]}[{self._text.index(address)}]"

    def _memory_lines(self) -> Iterator[str]:
        for memory in self.design.memories:
            name = self._names[memory.name]
            self._names.give(f"{memory.name}_word", f"{name}_word")
            word = self._names[f"{memory.name}_word"]
            yield f"{INDENT}integer {word};"
            yield f"{INDENT}initial{' begin' if _values(memory) else ''}"
            depth = len(memory.words)
            yield f"{INDENT * 2}for ({word} = 0; {word} < {depth}; {word} = {word} + 1)"
            yield f"{INDENT * 3}{name}[{word}] = {constant('0' * memory.width)};"
            yield from (
                f"{INDENT * 2}{name}[{place}] = {value};" for place, value in _values(memory)
            )
            if _values(memory):
                yield f"{INDENT}end"
            for write in memory.writes:
                yield from self._written(memory, write)
            for read in memory.reads:
                if read.enable and self.design.uses[read.wire]:
                    yield from self._read(read)

    def _written(self, memory: Memory, write: Write) -> Iterator[str]:
        """Yield what a write port does at the clock's edge."""
        several = len(write.lanes) > 1
        yield f"{INDENT}always @(posedge clk){' begin' if several else ''}"
        place = self._place(memory.name, write.address)
        for lane in write.lanes:
            yield f"{INDENT * 2}if ({bare(self._text.bits(lane.enable))})"
            target = f"{place}{_part(lane.low, width(lane.data), memory.width)}"
            yield f"{INDENT * 3}{target} <= {bare(self._text.bits(lane.data))};"
        if several:
            yield f"{INDENT}end"

    def _read(self, read: Read) -> Iterator[str]:
        """Yield what a read port with a clock does."""
        target = self._names[read.wire]
        bits = self.design.wires[read.wire].width
        address = self._text.bits(read.address)
        yield f"{INDENT}initial {target} = {constant('0' * bits)};"
        yield f"{INDENT}always @(posedge clk)"
        yield f"{INDENT * 2}if ({bare(self._text.bits(read.enable))}) begin"
        yield f"{INDENT * 3}{target} <= {self._place(read.memory, read.address)};"
        for write in read.transparent:
            same = f"{address} == {self._text.bits(write.address)}"
            for lane in write.lanes:
                yield f"{INDENT * 3}if ({self._text.bits(lane.enable)} & ({same}))"
                place = f"{target}{_part(lane.low, width(lane.data), bits)}"
                yield f"{INDENT * 4}{place} <= {bare(self._text.bits(lane.data))};"
        yield f"{INDENT * 2}end"

    def _choices(self) -> Iterator[str]:
        for wire, body in self.design.choices.items():
            if self.design.uses[wire]:
                yield f"{INDENT}always @* begin"
                yield f"{INDENT * 2}if ({self._names[FIRST]}) begin end"
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
            label = self._names[f"instance {cell.name}"]
            values = [f".{name}({value})" for name, value in cell.parameters.items()]
            parameters = f" #({', '.join(values)})" if values else ""
            yield f"{INDENT}{cell.kind[1:]}{parameters} {label} ("
            for number, (name, spec) in enumerate(cell.ports.items()):
                comma = "," if number < len(cell.ports) - 1 else ""
                yield f"{INDENT * 2}.{name}({bare(self._text.bits(spec))}){comma}"
            yield f"{INDENT});"


def _values(memory: Memory) -> list[tuple[int, str]]:
    """Return the words that do not begin with zero."""
    return [(place, constant(word)) for place, word in enumerate(memory.words) if "1" in word]


def _part(low: int, bits: int, whole: int) -> str:
    """Return the selection of some bits; nothing where they are all."""
    if bits == whole:
        return ""
    return f"[{low}]" if bits == 1 else f"[{low + bits - 1}:{low}]"


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
