"""Drivers and readers of each wire of a netlist."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from zskip.hw.common.backend import processes
from zskip.hw.common.backend.logic import Expression, Logic
from zskip.hw.common.backend.memories import Memory, memories
from zskip.hw.common.backend.netlist import (
    Assign,
    Body,
    Cell,
    Chunk,
    Netlist,
    Spec,
    Wire,
)
from zskip.hw.common.backend.specs import in_order, part

_LOW_BITS_STAND_ALONE = {**dict.fromkeys(("+", "-", "*", "&", "|", "^", "~", "<<", ""), 0), "?": 1}
"""Operators whose low bits depend on low bits only: of which operand on, by operator."""


class Design:
    """A netlist by the wires that are driven, without what nobody reads.

    Parameters
    ----------
    netlist : Netlist
        The module.

    Attributes
    ----------
    wires : dict of str to Wire
        All wires.
    expressions : dict of str to Expression
        Operators by the wire they drive.
    choices : dict of str to list of Assign or Switch
        Combinational processes by the wire they assign.
    registers : dict of str to list of Assign or Switch
        What each register does at the clock's edge.
    memories : list of Memory
        Memories with their ports.
    reads : dict of str to Read
        Read ports of memories by the wire they drive.
    instances : list of Cell
        Instances.
    outputs : dict of str to Spec
        Ports that stand for other bits.
    clocked : list of Assign or Switch
        The same for all registers together.
    uses : Counter of str
        How often each wire is read.
    whole : set of str
        Wires that are never read in parts.
    next_of : dict of str to str
        Register by the wire without a name that holds its next value.
    """

    def __init__(self, netlist: Netlist) -> None:
        logic = Logic(netlist)
        self.wires = netlist.wires
        self.expressions = logic.expressions
        for cell in netlist.cells:
            cell.ports = {name: logic.resolve(spec) for name, spec in cell.ports.items()}
        self.choices = {
            processes.target(body): processes.resolved(body, logic.resolve)
            for body in netlist.processes
        }
        self._split()
        self.memories: list[Memory] = memories(netlist)
        self.reads = {read.wire: read for memory in self.memories for read in memory.reads}
        self.instances = [cell for cell in netlist.cells if cell.kind[0] == "\\"]
        self.outputs = {
            connected[0].wire: logic.resolve(spec)
            for connected, spec in netlist.connections
            if self.wires[connected[0].wire].direction == "output"
        }
        self.next_of: dict[str, str] = {}
        flops = {cell.ports["Q"][0].wire: cell for cell in netlist.cells if cell.kind == "$dff"}
        self.registers = self._registers(flops)
        self.inner_names = self._inner_names(netlist)
        self.uses: Counter[str] = Counter()
        self.whole: set[str] = set()
        self._count()
        while self._narrow():
            self._count()
        self.clocked = self._merged()

    def is_driven(self, wire: str) -> bool:
        """Return whether something but an instance drives a wire."""
        drivers = (self.expressions, self.choices, self.registers, self.reads)
        return self.wires[wire].direction == "input" or any(wire in group for group in drivers)

    def _split(self) -> None:
        """Let no process read what it assigns, which `always @*` would not notice."""
        for wire in [wire for wire in self.choices if self._reads_itself(wire)]:
            body = self.choices.pop(wire)
            operands = [spec for item in self.expressions.values() for spec in item.operands]
            chunks = list(processes.assigned(body))
            chunks += [chunk for spec in (*processes.read(body), *operands) for chunk in spec]
            edges = {0, self.wires[wire].width}
            for chunk in chunks:
                if chunk.wire == wire:
                    edges |= {chunk.low, chunk.low + chunk.width}
            places = sorted(edges)
            parts: list[Chunk] = []
            for low, end in pairwise(places):
                piece = Wire(f"{wire}${low}", end - low)
                self.wires[piece.name] = piece
                self.choices[piece.name] = processes.cut(body, low, end - low, piece.name)
                parts.append(Chunk(piece.name, 0, end - low))
            self.expressions[wire] = Expression("", [tuple(parts)])

    def _reads_itself(self, wire: str) -> bool:
        """Return whether a process reads its target, straight or through operators."""
        behind = in_order(
            (chunk.wire for spec in processes.read(self.choices[wire]) for chunk in spec),
            lambda name: self.expressions[name].operands if name in self.expressions else (),
        )
        return wire in behind

    def _registers(self, flops: dict[str, Cell]) -> dict[str, Body]:
        """Let a process that only makes the next value of a register assign the register."""
        readers = Counter(chunk.wire for spec in self._everything_read(flops) for chunk in spec)
        registers = {}
        for register, cell in flops.items():
            bits = self.wires[register].width
            following = cell.ports["D"][0].wire
            whole = cell.ports["D"] == (Chunk(following, 0, bits),)
            if (
                whole
                and following in self.choices
                and readers[following] == 1
                and following[0] == "$"
            ):
                body = processes.rename(self.choices.pop(following), register)
                default = body[0]
                if isinstance(default, Assign) and default.value == (Chunk(register, 0, bits),):
                    del body[0]
            else:
                body = [Assign(Chunk(register, 0, bits), cell.ports["D"])]
                if following[:1] == "$" and len(cell.ports["D"]) == 1:
                    self.next_of[following] = register
            registers[register] = body
        return registers

    def _inner_names(self, netlist: Netlist) -> dict[str, str]:
        """Return the first signal that each register is called by, where it is an output too."""
        names: dict[str, str] = {}
        for connected, spec in netlist.connections:
            name, wire = connected[0].wire, spec[0].wire if len(spec) == 1 else ""
            if self.wires[name].direction or wire not in self.registers or "." in name:
                continue
            if self.wires[wire].direction and spec[0].width == self.wires[wire].width:
                names.setdefault(wire, name)
        return names

    def _narrow(self) -> bool:
        """Take off the highest bits of results of which nobody reads them; return whether any."""
        narrowed = False
        for wire, expression in self.expressions.items():
            used = self._used[wire]
            if wire[0] != "$" or not 0 < used < self.wires[wire].width:
                continue
            if expression.operator not in _LOW_BITS_STAND_ALONE:
                continue
            narrowed = True
            self.wires[wire].width = used
            first = _LOW_BITS_STAND_ALONE[expression.operator]
            last = 1 if expression.operator == "<<" else len(expression.operands)
            for number in range(first, last):
                expression.operands[number] = part(expression.operands[number], 0, used)
        return narrowed

    def _merged(self) -> Body:
        """Return the statements of all registers; what they read together is read once."""
        merged: Body = []
        for register, body in self.registers.items():
            if self.uses[register]:
                self.uses.subtract(chunk.wire for spec in processes.read(body) for chunk in spec)
                processes.merge(merged, body)
        self.uses.update(chunk.wire for spec in processes.read(merged) for chunk in spec)
        return merged

    def _everything_read(self, flops: dict[str, Cell]) -> Iterator[Spec]:
        yield from self.outputs.values()
        for expression in self.expressions.values():
            yield from expression.operands
        for body in self.choices.values():
            yield from processes.read(body)
        for memory in self.memories:
            yield from memory.read_specs()
        for cell in self.instances:
            yield from cell.ports.values()
        for cell in flops.values():
            yield cell.ports["D"]

    def _count(self) -> None:
        """Count the uses of every wire that an output, an instance or a memory needs."""
        specs = [spec for memory in self.memories for spec in memory.written_specs()]
        specs += [spec for cell in self.instances for spec in cell.ports.values()]
        specs += self.outputs.values()
        specs += [
            (Chunk(name, 0, wire.width),)
            for name, wire in self.wires.items()
            if wire.direction == "output" and name not in self.outputs
        ]
        self.uses, self.whole = Counter(), set(self.wires)
        self._used: Counter[str] = Counter()
        seen: set[str] = set()
        while specs:
            for chunk in specs.pop():
                if not chunk.wire:
                    continue
                self.uses[chunk.wire] += 1
                self._used[chunk.wire] = max(self._used[chunk.wire], chunk.low + chunk.width)
                if chunk.width != self.wires[chunk.wire].width:
                    self.whole.discard(chunk.wire)
                if chunk.wire not in seen:
                    seen.add(chunk.wire)
                    specs += self._behind(chunk.wire)

    def _behind(self, wire: str) -> list[Spec]:
        """Return what the driver of a wire reads."""
        if wire in self.expressions:
            expression = self.expressions[wire]
            if expression.operator == "[]":
                self.whole.discard(expression.operands[0][0].wire)
            return list(expression.operands)
        if wire in self.reads:
            return list(self.reads[wire].specs())
        if wire in self.registers:
            return [*processes.read(self.registers[wire]), (Chunk("\\clk", 0, 1),)]
        return list(processes.read(self.choices.get(wire, [])))
