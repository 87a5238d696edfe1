"""Verilog text of a component and of the components inside it."""

import importlib
import re
import textwrap
from typing import Any

from amaranth.hdl import (
    ClockSignal,
    Elaboratable,
    Fragment,
    Instance,
    Module,
    ResetSignal,
    Signal,
)
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Member

from zskip.hw.common.backend.checks import check
from zskip.hw.common.backend.crossings import Crossings, Port, origin
from zskip.hw.common.backend.netlist import parse
from zskip.hw.common.backend.writer import COLUMNS, Writer
from zskip.hw.common.docstrings import contract
from zskip.hw.common.ports import module_ports, signals
from zskip.model.common.errors import InputError

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
        ``always @*`` whose inputs never change, gets an event at the beginning. What a memory
        reads from behind its last word is undefined; a synchronous read port begins with zero and
        has no reset.

    Raises
    ------
    InputError
        If a module uses more than one clock domain, ``sync`` at the rising edge of ``clk`` with a
        synchronous reset, or has something else that has no Verilog here.
    """
    fragment = Fragment.get(component, None)
    converter = _Converter(component, fragment)
    converter.convert(fragment, component, name)
    return "\n".join(converter.modules.values())


def instances(verilog: str) -> list[tuple[str, str]]:
    """Return the module and the name of each instance, as `convert` writes them."""
    return re.findall(r"^  (\w+) (\w+) \($", verilog, re.MULTILINE)


class _Block(Elaboratable):
    """An elaborated component with its ports under their Verilog names."""

    def __init__(self, fragment: Fragment, ports: list[Port]) -> None:
        self._fragment = fragment
        self.signature = wiring.Signature(
            {port.name: Member(port.flow, port.value.shape()) for port in ports}
        )
        for port in ports:
            setattr(self, port.name, port.value)

    def elaborate(self, platform: object) -> Fragment | Module:
        if not isinstance(self._fragment, Instance):
            return self._fragment
        m = Module()
        m.submodules.inner = self._fragment
        return m


class _Converter:
    """Collects the Verilog of modules, the innermost first."""

    def __init__(self, component: wiring.Component, fragment: Any) -> None:
        self.modules: dict[str, str] = {}
        self._crossings = Crossings(component, fragment)

    def convert(self, fragment: Any, component: Any, name: str) -> Instance:
        """Add the modules inside a component and its own; return an instance of its own."""
        if fragment.domains:
            raise InputError(
                f"Verilog module {name} must use the clock domain sync that it is given, but "
                f"makes {', '.join(fragment.domains)}: take it out of m.domains"
            )
        ports = self._crossings.ports(component, fragment)
        for number, (part, label, location) in enumerate(fragment.subfragments):
            inner = origin(part)
            if type(part) is not Fragment and not (isinstance(part, Instance) and inner):
                continue
            label = label or f"part_{number}"
            if not isinstance(part, Instance):
                part = self.convert(part, inner, f"{name}_{label}")
            fragment.subfragments[number] = (part, label, location)
            for port, _, value in signals(inner) if isinstance(inner, wiring.Component) else ():
                if isinstance(value, Signal):
                    value.name = f"{label}__{port}"
        clocked = self._write(fragment, component, name, ports)
        given = {"clk": ClockSignal(), "rst": ResetSignal()}
        connected = {f"i_{port}": given[port] for port in sorted(clocked)}
        connected |= {f"{'i' if p.flow is In else 'o'}_{p.name}": p.value for p in ports}
        return Instance(name, **connected)

    def _write(self, fragment: Any, component: Any, name: str, ports: list[Port]) -> set[str]:
        """Add a module whose modules inside are instances; return which clock and reset it has."""
        if name in self.modules:
            raise InputError(
                f"every Verilog module must have a name of its own, but there are two {name}: "
                "rename a submodule"
            )
        netlist = parse(_rtlil.convert(_Block(fragment, ports), name=name, emit_src=False))
        check(netlist, {port.name for port in ports})
        writer = Writer(netlist)
        meanings = {}
        if isinstance(component, wiring.Component):
            known = module_ports(type(component), component.signature)
            meanings = {port.name: _comment(port.meaning, "  ") for port in known}
        lines = writer.module(name, meanings, _states(fragment))
        said = _comment(contract(type(component))) if type(component).__doc__ else ""
        self.modules[name] = "\n".join([*([said] if said else []), *lines, ""])
        return {"clk", "rst"} & set(writer.ports())


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
