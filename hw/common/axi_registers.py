"""Registers of a block behind AXI4-Lite, made of the register map."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from amaranth import Cat, Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Member, Out

from zskip.hw.common.axi_lite import STROBES
from zskip.hw.common.bitfields import word_layout
from zskip.model.common.register import REGISTER_BITS, Access, Register
from zskip.model.common.registers import MAP_BITS, REGISTERS

WRITABLE = {Access.WRITE, Access.PULSE, Access.CLEAR}
"""Registers that a write does something to."""

CAUSE = "set_"
"""In front of the name of a register that events set: the port of these events."""


def _layout(register: Register) -> Any:
    """Return the shape of a register's port."""
    return word_layout(register.fields, REGISTER_BITS) if register.fields else register.bits


def _members() -> Iterator[tuple[str, Member]]:
    """Yield the ports of the registers."""
    for register in REGISTERS:
        name, layout = register.name.lower(), _layout(register)
        if register.access is Access.READ:
            yield name, In(layout)
        elif register.access in WRITABLE:
            yield name, Out(layout)
        if register.access is Access.CLEAR:
            yield CAUSE + name, In(layout)


class AxiRegisters(wiring.Component):
    """Hold the registers of `zskip.model.common.registers`, and answer for them.

    Each register but the constants is a port of its name in small letters: what software only
    reads is an input, what it writes an output. Bits that it pulses are high for one cycle. Of a
    register that it clears, the port `set_...` has the events that set its bits; they go before
    a write that clears them.

    Latency: none from `r_word` to `r_data` and from `w_word` to `refused`; a cycle from a write to
    the register's port. Throughput: one read and one write a cycle.

    Parameters
    ----------
    values : mapping of str to sequence of int
        Values of the constant registers, as `zskip.model.common.identity.constants` gives them.

    Members
    -------
    write : In(1)
        Write a register.
    w_word : In(MAP_BITS - 2)
        Its address, in words.
    w_data : In(32)
        What to write.
    w_strobe : In(4)
        Bytes to write.
    refused : Out(1)
        The register at `w_word` cannot be written.
    read : In(1)
        A register is read.
    r_word : In(MAP_BITS - 2)
        Its address, in words.
    r_data : Out(32)
        Its value.
    """

    write: Signal
    w_word: Signal
    w_data: Signal
    w_strobe: Signal
    refused: Signal
    read: Signal
    r_word: Signal
    r_data: Signal
    control: data.View
    status: data.View
    settings: data.View
    irq_enable: data.View
    irq_cause: data.View
    set_irq_cause: data.View
    error: data.View
    error_beat: Signal
    error_header: Signal

    def __init__(self, values: Mapping[str, Sequence[int]]) -> None:
        self.values = values
        super().__init__(
            {
                "write": In(1),
                "w_word": In(MAP_BITS - 2),
                "w_data": In(REGISTER_BITS),
                "w_strobe": In(STROBES),
                "refused": Out(1),
                "read": In(1),
                "r_word": In(MAP_BITS - 2),
                "r_data": Out(REGISTER_BITS),
                **dict(_members()),
            }
        )

    def port(self, name: str) -> Value:
        """Return the bits of a register's port, or of one with the events that set it."""
        return Value.cast(getattr(self, name))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        self._read(m)
        m.d.comb += self.refused.eq(1)
        for register in REGISTERS:
            if register.access in WRITABLE:
                self._write(m, register)
        return m

    def _read(self, m: Module) -> None:
        """Select the register that is read; of 64 bits, keep the high half for the next read."""
        high = Signal(REGISTER_BITS)
        with m.Switch(self.r_word):
            for register in REGISTERS:
                word = register.offset // 4
                if register.access is Access.PULSE:
                    continue
                if register.access is Access.CONSTANT:
                    for number, value in enumerate(self.values[register.name]):
                        with m.Case(word + number):
                            m.d.comb += self.r_data.eq(value)
                    continue
                port = self.port(register.name.lower())
                with m.Case(word):
                    m.d.comb += self.r_data.eq(port[:REGISTER_BITS])
                    if register.words == 2:
                        with m.If(self.read):
                            m.d.sync += high.eq(port[REGISTER_BITS:])
                if register.words == 2:
                    with m.Case(word + 1):
                        m.d.comb += self.r_data.eq(high)

    def _write(self, m: Module, register: Register) -> None:
        """Add a register that software writes, or that it clears."""
        port = self.port(register.name.lower())
        mask = Signal(REGISTER_BITS, name=f"mask_{register.name.lower()}")
        here = Signal(name=f"at_{register.name.lower()}")
        strobes = Cat(strobe.replicate(8) for strobe in self.w_strobe)
        m.d.comb += here.eq(self.w_word == register.offset // 4)
        with m.If(here):
            m.d.comb += self.refused.eq(0)
        m.d.comb += mask.eq(Mux(self.write & here, strobes, 0) & register.mask)
        if register.access is Access.WRITE:
            m.d.sync += port.eq(port & ~mask | self.w_data & mask)
        elif register.access is Access.PULSE:
            m.d.sync += port.eq(self.w_data & mask)
        else:
            events = self.port(CAUSE + register.name.lower())
            m.d.sync += port.eq(port & ~(self.w_data & mask) | events)
