"""Instances of a Verilog module that is generated once."""

from typing import TYPE_CHECKING, Any

from amaranth import ClockSignal, Instance, Module, ResetSignal, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In


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

    def elaborate(self, platform: object) -> Module:
        m = Module()
        reset = ResetSignal() if self.reset is None else self.reset
        ports: dict[str, object] = {"i_clk": ClockSignal(), "i_rst": reset}
        for path, member, value in self.signature.flatten(self):
            signal = Value.cast(value)
            if len(signal):
                direction = "i" if member.flow is In else "o"
                ports[f"{direction}_{'__'.join(map(str, path))}"] = signal
        m.submodules.shared = Instance(self.name, **ports)
        return m
