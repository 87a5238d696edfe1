"""Drivers and readers of each wire of a netlist."""

from collections import Counter
from collections.abc import Iterator

from zskip.hw.common.backend import processes
from zskip.hw.common.backend.logic import Logic, part
from zskip.hw.common.backend.netlist import Assign, Body, Case, Cell, Chunk, Netlist, Spec, Switch

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
    reads : dict of str to Cell
        Read ports of memories by the wire they drive.
    writes, instances : list of Cell
        Write ports of memories, and instances.
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
        self._resolve = logic.resolve
        for cell in netlist.cells:
            cell.ports = {name: logic.resolve(spec) for name, spec in cell.ports.items()}
        self.choices = {processes.target(body): self._body(body) for body in netlist.processes}
        kinds = {"$memrd_v2": "DATA", "$dff": "Q"}
        driven = {
            kind: {cell.ports[port][0].wire: cell for cell in netlist.cells if cell.kind == kind}
            for kind, port in kinds.items()
        }
        self.reads = driven["$memrd_v2"]
        self.writes = [cell for cell in netlist.cells if cell.kind == "$memwr_v2"]
        self.instances = [cell for cell in netlist.cells if cell.kind[0] == "\\"]
        self.memories = {
            name: next(cell for cell in netlist.cells if _is_contents(cell, name))
            for name in netlist.memories
        }
        self.outputs = {
            connected[0].wire: logic.resolve(spec)
            for connected, spec in netlist.connections
            if self.wires[connected[0].wire].direction == "output"
        }
        self._check(netlist)
        self.next_of: dict[str, str] = {}
        self.registers = self._registers(driven["$dff"])
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

    def _check(self, netlist: Netlist) -> None:
        """Refuse what this hardware never has."""
        known = {"$memrd_v2", "$memwr_v2", "$meminit_v2", "$dff"}
        strange = {cell.kind for cell in netlist.cells} - known
        strange = {kind for kind in strange if kind[0] == "$"}
        assert not strange, f"cells must be those that the writer knows, not {strange}"
        assert all(cell.parameters["CLK_ENABLE"] == "0" for cell in self.reads.values())
        clocks = {cell.ports["CLK"] for cell in netlist.cells if cell.kind in ("$dff", "$memwr_v2")}
        assert clocks <= {(Chunk("\\clk", 0, 1),)}, "every register must have the only clock"

    def _body(self, body: Body) -> Body:
        changed: Body = []
        for item in body:
            if isinstance(item, Assign):
                changed.append(Assign(item.target, self._resolve(item.value)))
            else:
                cases = [Case(case.patterns, self._body(case.body)) for case in item.cases]
                changed.append(Switch(self._resolve(item.selector), cases))
        return changed

    def _registers(self, flops: dict[str, Cell]) -> dict[str, Body]:
        """Let a process that only makes the next value of a register assign the register."""
        readers = Counter(chunk.wire for spec in self._everything_read(flops) for chunk in spec)
        registers = {}
        for register, cell in flops.items():
            bits = self.wires[register].width
            following = cell.ports["D"][0].wire
            if following in self.choices and readers[following] == 1 and following[0] == "$":
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
        for cell in (*self.reads.values(), *self.writes, *self.instances):
            yield from cell.ports.values()
        for cell in flops.values():
            yield cell.ports["D"]

    def _count(self) -> None:
        """Count the uses of every wire that an output, an instance or a memory needs."""
        specs = [spec for cell in (*self.writes, *self.instances) for spec in cell.ports.values()]
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
            return [self.reads[wire].ports["ADDR"]]
        if wire in self.registers:
            return [*processes.read(self.registers[wire]), (Chunk("\\clk", 0, 1),)]
        return list(processes.read(self.choices.get(wire, [])))


def _is_contents(cell: Cell, memory: str) -> bool:
    return cell.kind == "$meminit_v2" and memory_of(cell) == memory


def memory_of(cell: Cell) -> str:
    """Return the memory of a port."""
    return cell.parameters["MEMID"].strip('"').replace("\\\\", "\\")
