"""Expressions and statements as Verilog text."""

import re
from collections.abc import Iterator

from zskip.hw.common.backend.design import Design
from zskip.hw.common.backend.names import Names
from zskip.hw.common.backend.netlist import Assign, Body, Case, Chunk, Spec, Switch
from zskip.hw.common.backend.specs import part

LONGEST = 80
"""Characters of an expression that is written in place of a wire without a name."""

LONGEST_REPEATED = 40
"""The same for a single bit that is read several times."""

INDENT = "  "

Condition = tuple[Spec, bool] | tuple[()]
"""A bit and its value; nothing where there is no condition."""


class Text:
    """Writes what a design holds.

    A wire that has no name and is read once, as a whole, gives way to its expression. Every
    operand has the width of its result, so nothing depends on the width of its context.

    Parameters
    ----------
    design : Design
        The module.
    names : Names
        Names of its wires.
    """

    def __init__(self, design: Design, names: Names) -> None:
        self.design = design
        self.names = names
        self._texts: dict[str, str] = {}

    def bits(self, spec: Spec) -> str:
        """Return bits side by side, the highest first."""
        if len(spec) < 2:
            return self._chunk(spec[0]) if spec else constant("0")
        parts: list[tuple[str, int]] = []
        for chunk in reversed(spec):
            text = bare(self._chunk(chunk))
            if parts and parts[-1][0] == text and chunk.wire:
                parts[-1] = (text, parts[-1][1] + 1)
            else:
                parts.append((text, 1))
        texts = [text if count == 1 else f"{{{count}{{{text}}}}}" for text, count in parts]
        return texts[0] if len(texts) == 1 else "{" + ", ".join(texts) + "}"

    def _chunk(self, chunk: Chunk) -> str:
        if not chunk.wire:
            return constant(chunk.bits)
        if self.gives_way(chunk.wire):
            text = self.expression(chunk.wire)
            return text if _stands_alone(text) else f"({text})"
        name = self.names[chunk.wire]
        if chunk.width == self.design.wires[chunk.wire].width:
            return name
        high = chunk.low + chunk.width - 1
        return f"{name}[{high}]" if chunk.width == 1 else f"{name}[{high}:{chunk.low}]"

    def gives_way(self, wire: str) -> bool:
        """Return whether a wire is written as its expression."""
        design = self.design
        if wire[0] != "$" or wire not in design.expressions or wire in design.next_of:
            return False
        if wire not in design.whole:
            return False
        # A signed operand makes its whole context signed.
        expression = design.expressions[wire]
        if expression.signed and expression.operator in ("*", "/", "%", ">>>"):
            return False
        often = design.uses[wire] > 1
        if often and design.wires[wire].width > 1:
            return False
        return len(self.expression(wire)) <= (LONGEST_REPEATED if often else LONGEST)

    def expression(self, wire: str) -> str:
        """Return what drives a wire."""
        if wire not in self._texts:
            self._texts[wire] = self._write(wire)
        return self._texts[wire]

    def _write(self, wire: str) -> str:
        expression = self.design.expressions[wire]
        operator = expression.operator
        texts = [self.bits(operand) for operand in expression.operands]
        if operator == "[]":
            bits = self.design.wires[wire].width
            return f"{texts[0]}[{self.index(expression.operands[1])}{f' +: {bits}' * (bits > 1)}]"
        if operator == "?":
            return f"{texts[0]} ? {texts[1]} : {texts[2]}"
        if len(texts) == 1:
            operand = f"({texts[0]})" if operator and texts[0][0] == "~" else texts[0]
            return f"{operator}{operand}"
        left, right = texts
        if operator in "&|^" and self._operator(expression.operands[0]) == operator:
            left = bare(left)
        if expression.signed:
            left = f"$signed({bare(left)})"
            right = right if operator == ">>>" else f"$signed({bare(right)})"
        return f"{left} {operator} {right}"

    def index(self, spec: Spec) -> str:
        """Return an index, in braces where Icarus would not cut its carry off."""
        text = bare(self.bits(spec))
        return f"{{{text}}}" if len(spec) == 1 and re.search(r"[-+*/%~]|<<", text) else text

    def _operator(self, operand: Spec) -> str:
        """Return the operator that is written in place of an operand."""
        wire = operand[0].wire if len(operand) == 1 else ""
        if not wire or not self.gives_way(wire):
            return ""
        expression = self.design.expressions[wire]
        return expression.operator if len(expression.operands) == 2 else ""

    def statements(self, body: Body, equals: str, indent: str) -> Iterator[str]:
        """Yield the lines of statements."""
        for item in body:
            if isinstance(item, Assign):
                target = self._chunk(item.target)
                yield f"{indent}{target} {equals} {bare(self.bits(item.value))};"
            else:
                yield from self._switch(item, equals, indent)

    def _switch(self, switch: Switch, equals: str, indent: str) -> Iterator[str]:
        cases = list(switch.cases)
        while cases and not cases[-1].body:
            cases.pop()
        conditions = [_condition(switch.selector, case) for case in cases]
        if None in conditions:
            yield from self._cases(switch.selector, cases, equals, indent)
        elif len(cases) == 2 and not cases[0].body and conditions[0] and not conditions[1]:
            bit, value = conditions[0]
            yield f"{indent}if ({self._test(bit, not value)}) begin"
            yield from self.statements(cases[1].body, equals, indent + INDENT)
            yield f"{indent}end"
        elif cases:
            yield from self._chain(cases, conditions, equals, indent)

    def _chain(
        self, cases: list[Case], conditions: list[Condition | None], equals: str, indent: str
    ) -> Iterator[str]:
        """Yield cases that one bit each selects."""
        opening = ""
        for case, condition in zip(cases, conditions, strict=True):
            lines = list(self.statements(case.body, equals, indent + INDENT))
            if not condition and len(case.body) == 1 and lines[0].lstrip().startswith("if "):
                yield f"{indent}{opening}{lines[0].strip()}"
                yield from (line.removeprefix(INDENT) for line in lines[1:])
                return
            test = f"if ({self._test(*condition)}) " if condition else ""
            yield f"{indent}{opening}{test}begin"
            yield from lines
            opening = "end else "
        yield f"{indent}end"

    def _test(self, bit: Spec, value: bool) -> str:
        """Return a condition: that a bit has a value."""
        text = self.bits(bit)
        return bare(text) if value else f"~{text}".removeprefix("~~")

    def _cases(self, selector: Spec, cases: list[Case], equals: str, indent: str) -> Iterator[str]:
        open_bits = any("-" in pattern for case in cases for pattern in case.patterns)
        if not open_bits and cases[-1].patterns:
            cases = _needed(cases)
        yield f"{indent}{'casez' if open_bits else 'case'} ({bare(self.bits(selector))})"
        for case in cases:
            values = [constant(pattern.replace("-", "?")) for pattern in case.patterns]
            lines = list(self.statements(case.body, equals, indent + 2 * INDENT))
            choice = f"{indent}{INDENT}{', '.join(values) or 'default'}:"
            if len(lines) == 1:
                yield f"{choice} {lines[0].strip()}"
            else:
                yield from (f"{choice} begin", *lines, f"{indent}{INDENT}end")
        if cases[-1].patterns:
            yield f"{indent}{INDENT}default: ;"
        yield f"{indent}endcase"


def _needed(cases: list[Case]) -> list[Case]:
    """Return the cases that do something, or keep a later one from doing it."""
    later: set[str] = set()
    needed = []
    for case in reversed(cases):
        if case.body or not later.isdisjoint(case.patterns):
            needed.insert(0, case)
            later |= {*case.patterns}
    return needed


def _condition(selector: Spec, case: Case) -> Condition | None:
    """Return the bit that selects a case and its value; () for the default, None for others."""
    if not case.patterns:
        return ()
    pattern = case.patterns[0]
    asked = pattern.replace("-", "")
    if len(case.patterns) > 1 or len(asked) != 1:
        return None
    place = len(pattern) - 1 - pattern.index(asked)
    return part(selector, place, 1), asked == "1"


def _stands_alone(text: str) -> bool:
    """Return whether an expression needs no parentheses: a name, or its inverse."""
    return re.fullmatch(r"~?\w+(\[[\w:]+\])?", text) is not None


def constant(bits: str) -> str:
    """Return a constant, in binary where some bits are open."""
    if bits.strip("01"):
        return f"{len(bits)}'b{bits}"
    return f"{len(bits)}'h{int(bits, 2):x}"


def bare(text: str) -> str:
    """Return an expression without the parentheses around all of it."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for place, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if not depth:
            return text[1:-1] if place == len(text) - 1 else text
    return text
