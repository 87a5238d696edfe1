"""Parity guard: ends the results of a run in which a memory was found wrong."""

from collections.abc import Iterable

from amaranth import Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.emitter import Emitter
from zskip.hw.common.run_guard import RunGuard
from zskip.model.common.stream import ErrorCode


class ParityGuard(wiring.Component):
    """Tell from a wrong parity on that nothing of the run is to be sent.

    Latency: none from `faulty` to `stop`. Throughput: a run may begin in every cycle.

    Members
    -------
    faulty : In(1)
        A word was used whose parity is wrong.
    begins : In(1)
        A run begins; a wrong parity in the same cycle counts for it.
    stop : Out(1)
        A word of the run that began last was wrong.
    """

    faulty: Signal
    begins: Signal
    stop: Signal

    def __init__(self) -> None:
        super().__init__({"faulty": In(1), "begins": In(1), "stop": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        held = Signal()
        m.d.comb += self.stop.eq(held | self.faulty)
        with m.If(self.faulty):
            m.d.sync += held.eq(1)
        with m.Elif(self.begins):
            m.d.sync += held.eq(0)
        return m


def guard_parity(
    m: Module, guard: RunGuard, emitter: Emitter, control: Value, units: Iterable[Value]
) -> None:
    """Report wrong words of a block, and keep its emitter from sending what comes of them.

    Parameters
    ----------
    m : amaranth.Module
        Module of the block.
    guard : RunGuard
        Keeps the errors.
    emitter : Emitter
        Sends the results.
    control : amaranth.Value
        A word of the program is wrong.
    units : iterable of amaranth.Value
        Whether a word of each other unit was wrong, as registers.
    """
    m.submodules.parity = parity = ParityGuard()
    found = Signal()
    m.d.sync += found.eq(control | emitter.faulty)
    m.d.comb += [
        parity.faulty.eq(Cat(found, *units).any()),
        parity.begins.eq(guard.go),
        emitter.stop.eq(parity.stop),
    ]
    with m.If(parity.faulty):
        m.d.comb += guard.run_error.eq(ErrorCode.PARITY)
