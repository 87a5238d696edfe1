"""Instances of a Verilog module that is generated once."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from amaranth import ClockSignal, Instance, ResetSignal, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from zskip.hw.common.ports import signals


def instance(
    module: str,
    component: wiring.Component,
    *,
    clocked: Collection[str] = ("clk", "rst"),
    reset: Signal | None = None,
) -> Instance:
    """Return an instance of the Verilog module that was made from a component like this one.

    Parameters
    ----------
    module : str
        Name of the Verilog module.
    component : amaranth.lib.wiring.Component
        Gives the ports.
    clocked : collection of str
        Which of ``clk`` and ``rst`` the module has.
    reset : amaranth.Signal, optional
        Its reset; that of the domain by default.

    Returns
    -------
    amaranth.Instance
    """
    given = {"clk": ClockSignal(), "rst": ResetSignal() if reset is None else reset}
    ports: dict[str, object] = {f"i_{name}": given[name] for name in sorted(clocked)}
    for name, member, value in signals(component):
        ports[f"{'i' if member.flow is In else 'o'}_{name}"] = value
    return Instance(module, **ports)


class SharedModule(wiring.Component):
    """Stand for a component that is converted to Verilog once and instantiated many times.

    Amaranth writes a copy of a component for each time it is used; this one refers to the Verilog
    module instead.

    Parameters
    ----------
    name : str
        Name of the Verilog module.
    signature : amaranth.lib.wiring.Signature
        Signature of the component that the Verilog module was made from.
    reset : amaranth.Signal, optional
        Its reset; that of the domain by default.
    """

    def __init__(
        self, name: str, signature: wiring.Signature, *, reset: Signal | None = None
    ) -> None:
        self.name = name
        self.reset = reset
        super().__init__(signature)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Return a port of the signature, which only the caller knows."""

    def elaborate(self, platform: object) -> Instance:
        return instance(self.name, self, reset=self.reset)
