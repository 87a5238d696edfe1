"""Signals that cross the borders of modules without being ports of a signature."""

import importlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from amaranth.hdl import Instance, Value
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import Flow, In, Out

from zskip.hw.common.ports import signals

# The types of Amaranth that come with its stubs leave these out.
_transformers: Any = importlib.import_module("amaranth.hdl._xfrm")


class Port(NamedTuple):
    """A port of a module: its name, direction and value."""

    name: str
    flow: Flow
    value: Value


class Crossings:
    """The ports that each module of a design needs.

    Besides those of its signature, these are the signals that it shares with what is around it:
    the control of a ``ResetInserter``, a signal of a submodule that is read from outside, or all
    connections of an ``Elaboratable`` without a signature.

    Parameters
    ----------
    component : amaranth.lib.wiring.Component
        The design.
    fragment : amaranth.hdl.Fragment
        What it has become; it stays as it is.
    """

    def __init__(self, component: wiring.Component, fragment: Any) -> None:
        self._shared: dict[int, list[Any]] = {}
        if fragment.subfragments:
            copy = _transformers.FragmentTransformer()(fragment)
            self._design = copy.prepare(
                [(name, value, None) for name, _, value in signals(component)]
            )
            self._clocks = {id(domain.clk) for domain in copy.domains.values()}
            self._clocks |= {id(domain.rst) for domain in copy.domains.values()}
            self._visit(fragment, self._design.fragment)

    def _visit(self, fragment: Any, lowered: Any) -> None:
        """Note what each part shares with the fragment around it."""
        used = self._design.fragments
        around = {id(signal) for signal in used[lowered].used_signals}
        parts = zip(fragment.subfragments, lowered.subfragments, strict=True)
        for (part, _, _), (lowered_part, _, _) in parts:
            self._shared[id(part)] = [
                signal
                for signal in used[lowered_part].used_signals
                if len(signal) and id(signal) in around and id(signal) not in self._clocks
            ]
            self._visit(part, lowered_part)

    def ports(self, component: object, fragment: Any) -> list[Port]:
        """Return the ports of a module.

        Parameters
        ----------
        component : object
            What it was made from; a component gives the signature.
        fragment : amaranth.hdl.Fragment
            What it has become.
        """
        ports = []
        if isinstance(component, wiring.Component):
            ports = [Port(name, member.flow, value) for name, member, value in signals(component)]
        known = {id(port.value) for port in ports}
        extra = [signal for signal in self._shared.get(id(fragment), ()) if id(signal) not in known]
        if extra and not isinstance(fragment, Instance):
            driven = {id(signal) for signal in _driven(fragment)}
            names = {port.name for port in ports}
            for signal in extra:
                name, number = signal.name, 0
                while name in names:
                    number += 1
                    name = f"{signal.name}_{number}"
                names.add(name)
                ports.append(Port(name, Out if id(signal) in driven else In, signal))
        return ports


def _driven(fragment: Any) -> Iterator[Any]:
    """Yield the signals that something inside drives."""
    for statements in fragment.statements.values():
        yield from statements._lhs_signals()
    for value, kind in getattr(fragment, "ports", {}).values():
        if kind == "o":
            yield from value._lhs_signals()
    for port in getattr(fragment, "_read_ports", ()):
        yield from port._data._lhs_signals()
    for part, _, _ in fragment.subfragments:
        yield from _driven(part)


def origin(fragment: Any) -> Any:
    """Return the component, or else the first object, that a fragment was made from."""
    origins = [item for item in fragment.origins or () if not isinstance(item, memory.Memory)]
    components = [item for item in origins if isinstance(item, wiring.Component)]
    return next(iter(components or origins), None)
