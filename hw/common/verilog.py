"""Verilog text of a component and of the components inside it."""

import importlib
import re
import textwrap
from typing import Any

from amaranth.hdl import Elaboratable, Fragment, Instance, Module, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import Member

from zskip.hw.common.backend.netlist import parse
from zskip.hw.common.backend.writer import COLUMNS, Writer
from zskip.hw.common.docstrings import contract
from zskip.hw.common.ports import module_ports, signals
from zskip.hw.common.shared_module import instance

# The types of Amaranth that come with its stubs leave this module out.
_rtlil: Any = importlib.import_module("amaranth.back.rtlil")


def convert(component: wiring.Component, name: str) -> str:
    """Convert a component to Verilog: a module for it and one for each component inside.

    The modules inside are named after the instances: instance ``b`` of module ``a`` is of module
    ``a_b``. Ports are those of the signatures, and clock and reset where they are used; ports and
    signals of no bits are left out. The comments are the contracts of the docstrings.

    Parameters
    ----------
    component : amaranth.lib.wiring.Component
        The component.
    name : str
        Name of its Verilog module.

    Returns
    -------
    str
        Verilog-2005, the same text for the same component. Icarus, which does not evaluate an
        ``always @*`` whose inputs never change, gets an event at the beginning.
    """
    modules: list[str] = []
    _convert(component, Fragment.get(component, None), name, modules)
    return "\n".join(modules)


class _Block(Elaboratable):
    """An elaborated component with its ports under their Verilog names."""

    def __init__(self, component: wiring.Component, fragment: Fragment) -> None:
        self._fragment = fragment
        members = {}
        for name, member, value in signals(component):
            members[name] = Member(member.flow, member.shape)
            setattr(self, name, value)
        self.signature = wiring.Signature(members)

    def elaborate(self, platform: object) -> Fragment | Module:
        if not isinstance(self._fragment, Instance):
            return self._fragment
        m = Module()
        m.submodules.inner = self._fragment
        return m


def _convert(component: wiring.Component, fragment: Any, name: str, modules: list[str]) -> set[str]:
    """Add the modules inside a component and its own; return the names of its ports."""
    for number, (part, label, location) in enumerate(fragment.subfragments):
        inner = next(
            (item for item in part.origins or () if isinstance(item, wiring.Component)), None
        )
        if inner is None or isinstance(inner, memory.Memory):
            continue
        if not isinstance(part, Instance):
            module = f"{name}_{label}"
            ports = _convert(inner, part, module, modules)
            part = instance(module, inner, clocked={"clk", "rst"} & ports)
            fragment.subfragments[number] = (part, label, location)
        for port, _, value in signals(inner):
            if isinstance(value, Signal):
                value.name = f"{label}__{port}"
    text = _rtlil.convert(_Block(component, fragment), name=name, emit_src=False)
    writer = Writer(parse(text))
    ports = module_ports(type(component), component.signature)
    meanings = {port.name: _comment(port.meaning, "  ") for port in ports}
    lines = writer.module(name, meanings, _states(fragment))
    modules.append(f"{_comment(contract(type(component)))}\n" + "\n".join(lines) + "\n")
    return set(writer.ports())


def _states(fragment: Any) -> dict[str, str]:
    """Return what the values of each state register mean."""
    return {
        machine.state.name: ", ".join(f"{code} {state}" for state, code in machine.encoding.items())
        for machine in fragment.generated.values()
    }


def _comment(text: str, indent: str = "") -> str:
    """Return lines of comment."""
    paragraphs = re.split(r"\n\n", text)
    prefix = f"{indent}// "
    wrapped = [
        textwrap.fill(part, COLUMNS, initial_indent=prefix, subsequent_indent=prefix)
        for part in paragraphs
        if part
    ]
    return f"\n{indent}//\n".join(wrapped)
