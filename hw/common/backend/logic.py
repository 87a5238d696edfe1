"""Operators of a netlist as expressions whose operands have the width of their result."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from zskip.hw.common.backend.netlist import Assign, Body, Cell, Chunk, Netlist, Spec, Wire
from zskip.hw.common.backend.specs import (
    constant,
    extend,
    in_order,
    join,
    part,
    value_of,
    width,
)

_UNARY = {"$not": "~", "$neg": "-", "$reduce_or": "|", "$reduce_and": "&", "$reduce_xor": "^"}
_UNARY["$reduce_bool"] = "|"
_ARITHMETIC = {"$add": "+", "$sub": "-", "$and": "&", "$or": "|", "$xor": "^"}
_COMPARISONS = {"$eq": "==", "$ne": "!=", "$lt": "<", "$le": "<=", "$gt": ">", "$ge": ">="}
_SHIFTS = ("$shl", "$shr", "$sshr", "$shift")
_DIVISIONS = {"$divfloor": "/", "$modfloor": "%"}


@dataclass
class Expression:
    """Operator that drives a wire, and its operands.

    ``[]`` takes as many bits of its first operand, a wire, as the wire is wide, from the second
    one on. `signed` operands count as two's complement.
    """

    operator: str
    operands: list[Spec]
    signed: bool = False


def _assignments(body: Body) -> list[Assign]:
    """Return the statements of a process without a choice, nothing of any other."""
    found = [item for item in body if isinstance(item, Assign)]
    return found if len(found) == len(body) else []


class Logic:
    """The operators of a netlist by the wires that they drive.

    Parameters
    ----------
    netlist : Netlist
        Its operators are taken out of its cells.
    """

    def __init__(self, netlist: Netlist) -> None:
        self.netlist = netlist
        self.expressions: dict[str, Expression] = {}
        self._aliases: dict[str, Spec] = {}
        self._builders: dict[str, Callable[[Cell, Wire], Expression | Spec]] = {
            **dict.fromkeys(_UNARY, self._unary),
            **dict.fromkeys(_ARITHMETIC, self._arithmetic),
            **dict.fromkeys(_COMPARISONS, self._comparison),
            **dict.fromkeys(_SHIFTS, self._shift),
            **dict.fromkeys(_DIVISIONS, self._division),
            "$mul": self._product,
            "$mux": self._choice,
        }
        # An operator may stand behind one that reads it.
        self._waiting = {
            cell.ports["Y"][0].wire: cell for cell in netlist.cells if cell.kind in self._builders
        }
        netlist.cells = [cell for cell in netlist.cells if cell.kind not in self._builders]
        plain = [_assignments(body) for body in netlist.processes]
        self._plain = {body[0].target.wire: body for body in plain if body}
        netlist.processes = [
            body for body, kept in zip(netlist.processes, plain, strict=True) if not kept
        ]
        for wire in in_order([*self._waiting, *self._plain], self._read):
            self._build(wire)
        # What was read while it was built may stand for other bits by now.
        for expression in self.expressions.values():
            if any(chunk.wire in self._aliases for spec in expression.operands for chunk in spec):
                expression.operands = [self.resolve(spec) for spec in expression.operands]

    def resolve(self, spec: Spec) -> Spec:
        """Return bits without wires that only stand for other bits."""
        return join(list(self._resolved(spec)))

    def _resolved(self, spec: Spec) -> Iterator[Chunk]:
        for chunk in spec:
            self._build(chunk.wire)
            if chunk.wire in self._aliases:
                yield from self._resolved(part(self._aliases[chunk.wire], chunk.low, chunk.width))
            else:
                yield chunk

    def _read(self, wire: str) -> list[Spec]:
        """Return what drives a wire that is not built yet."""
        if wire in self._plain:
            return [item.value for item in self._plain[wire]]
        cell = self._waiting.get(wire)
        if cell is None:
            return []
        ports = "BA" if cell.kind in _SHIFTS else "SBA" if cell.kind == "$mux" else "AB"
        return [cell.ports[name] for name in ports if name in cell.ports]

    def _build(self, wire: str) -> None:
        if wire in self._plain:
            self._side_by_side(wire, self._plain.pop(wire))
        cell = self._waiting.pop(wire, None)
        if cell is None:
            return
        result = self._builders[cell.kind](cell, self.netlist.wires[wire])
        if isinstance(result, Expression):
            self.expressions[wire] = result
        elif self.netlist.wires[wire].direction:
            self.expressions[wire] = Expression("", [result])
        else:
            self._aliases[wire] = result

    def _side_by_side(self, wire: str, body: list[Assign]) -> None:
        """Let a wire stand for the bits that a process without a choice assigns to its parts."""
        bits: Spec = ()
        for item in body:
            low, end = item.target.low, item.target.low + item.target.width
            above = part(bits, end, width(bits) - end)
            bits = join([*part(bits, 0, low), *self.resolve(item.value), *above])
        if wire[0] == "$":
            self._aliases[wire] = bits
        else:
            self.expressions[wire] = Expression("", [bits])

    def _operand(self, cell: Cell, name: str, bits: int | None = None) -> Spec:
        spec = self.resolve(cell.ports[name])
        signed = cell.parameters.get(f"{name}_SIGNED") == "1"
        return spec if bits is None else extend(spec, bits, signed=signed)

    def _unary(self, cell: Cell, result: Wire) -> Expression | Spec:
        value = value_of(self._operand(cell, "A"))
        if cell.kind == "$reduce_bool" and value is not None:
            return constant(value != 0, 1)
        bits = max(1, width(cell.ports["A"])) if "reduce" in cell.kind else result.width
        return Expression(_UNARY[cell.kind], [self._operand(cell, "A", bits)])

    def _arithmetic(self, cell: Cell, result: Wire) -> Expression:
        operands = [self._operand(cell, name, result.width) for name in "AB"]
        return Expression(_ARITHMETIC[cell.kind], operands)

    def _comparison(self, cell: Cell, result: Wire) -> Expression:
        bits = max(1, *(width(cell.ports[name]) for name in "AB"))
        signed = cell.parameters["A_SIGNED"] == "1" and cell.kind not in ("$eq", "$ne")
        operands = [self._operand(cell, name, bits) for name in "AB"]
        return Expression(_COMPARISONS[cell.kind], operands, signed)

    def _choice(self, cell: Cell, result: Wire) -> Expression | Spec:
        test, chosen, other = (self._operand(cell, name) for name in "SBA")
        if value_of(test) is not None:
            return chosen if value_of(test) else other
        return Expression("?", [test, chosen, other])

    def _product(self, cell: Cell, result: Wire) -> Expression | Spec:
        left, right = (self._operand(cell, name) for name in "AB")
        factor = value_of(right)
        signed = cell.parameters["A_SIGNED"] == "1"
        if factor is not None and factor.bit_count() == 1 and not signed:
            zeros = constant(0, factor.bit_length() - 1)
            return extend(join([*zeros, *left]), result.width)
        if signed:
            return Expression(
                "*", [part(left, 0, result.width), part(right, 0, result.width)], True
            )
        return Expression("*", [extend(left, result.width), extend(right, result.width)])

    def _shift(self, cell: Cell, result: Wire) -> Expression | Spec:
        amount = self._operand(cell, "B")
        while amount and not amount[-1].wire and amount[-1].bits.strip("0") == "":
            amount = amount[:-1]
        # Behind the highest bit, a part of a signed value has copies of it.
        signed = cell.kind != "$shl" and cell.parameters["A_SIGNED"] == "1"
        left = cell.kind == "$shl"
        bits = result.width if left else max(result.width, width(cell.ports["A"]))
        shifted = self._operand(cell, "A", bits)
        places = value_of(amount)
        if places is not None:
            if left:
                return extend(join([*constant(0, places), *shifted]), bits)
            places = min(places, bits - 1) if signed else places
            return extend(part(shifted, places, bits - places), result.width, signed=signed)
        if cell.kind != "$sshr" and not left and self._stays_inside(shifted, amount, result):
            amount = extend(amount, max(1, (bits - 1).bit_length()))
            return Expression("[]", [self._named(shifted), amount])
        operator = "<<" if left else ">>>" if signed else ">>"
        expression = Expression(operator, [shifted, amount], signed)
        if bits == result.width:
            return expression
        return part(self._wire(f"{result.name}$whole", bits, expression), 0, result.width)

    def _division(self, cell: Cell, result: Wire) -> Expression | Spec:
        """Return a quotient that is rounded down, or the remainder that it leaves.

        Verilog rounds towards zero, which is one too many where a remainder that is not zero and
        the divisor have different signs.
        """
        signed = cell.parameters["A_SIGNED"] == "1"
        bits = max(width(cell.ports["A"]), width(cell.ports["B"]), result.width) + signed
        operands = [self._operand(cell, name, bits) for name in "AB"]
        operator = _DIVISIONS[cell.kind]
        if not signed:
            whole = self._wire(f"{result.name}$whole", bits, Expression(operator, operands))
            return part(whole, 0, result.width)
        rest = self._wire(f"{result.name}$rest", bits, Expression("%", operands, signed=True))
        signs = [part(spec, bits - 1, 1) for spec in (rest, operands[1])]
        differ = self._wire(f"{result.name}$differ", 1, Expression("^", signs))
        left = self._wire(f"{result.name}$left", 1, Expression("|", [rest]))
        more = self._wire(f"{result.name}$more", 1, Expression("&", [differ, left]))
        if operator == "%":
            added = self._wire(
                f"{result.name}$added", bits, Expression("&", [more * bits, operands[1]])
            )
            return Expression("+", [part(spec, 0, result.width) for spec in (rest, added)])
        whole = self._wire(f"{result.name}$whole", bits, Expression("/", operands, signed=True))
        return Expression("-", [part(whole, 0, result.width), extend(more, result.width)])

    def _wire(self, name: str, bits: int, expression: Expression) -> Spec:
        """Return a new wire that an expression drives."""
        self.netlist.wires[name] = Wire(name, bits)
        self.expressions[name] = expression
        return (Chunk(name, 0, bits),)

    def _stays_inside(self, shifted: Spec, amount: Spec, result: Wire) -> bool:
        """Return whether no amount reaches beyond the bits."""
        most = "".join(
            "1" * chunk.width if chunk.wire else chunk.bits for chunk in reversed(amount)
        )
        return int(most, 2) + result.width <= width(shifted)

    def _named(self, spec: Spec) -> Spec:
        """Return a whole wire of these bits."""
        wire = spec[0].wire if len(spec) == 1 else ""
        if wire and spec[0].width == self.netlist.wires[wire].width:
            return spec
        name = f"$whole${len(self.netlist.wires)}"
        return self._wire(name, width(spec), Expression("", [spec]))
