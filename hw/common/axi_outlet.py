"""Outlet of result packets to AXI4-Stream."""

from amaranth import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.block import result_layout


class AxiOutlet(wiring.Component):
    """Hand the beats of a block on, and end the packet that the end of the block cuts.

    Latency: none. Throughput: one beat a cycle. Stall rule: `i` waits while `o` does, and while a
    packet that was cut is ended, by one beat of 0.

    Attributes
    ----------
    ending : amaranth.Signal
        The end of a packet that was cut is handed on; properties that are proven speak of it.

    Members
    -------
    i : In(stream)
        Beats of the block.
    cut : In(1)
        High while the block is reset: no beat of `i` counts, and what is behind it begins anew.
    o : Out(stream)
        Beats; each packet ends with one that is marked as the last.
    open : Out(1)
        A packet has begun and its end was not handed on yet.
    """

    i: stream.Interface
    cut: Signal
    o: stream.Interface
    open: Signal

    def __init__(self) -> None:
        super().__init__(
            {
                "i": In(stream.Signature(result_layout())),
                "cut": In(1),
                "o": Out(stream.Signature(result_layout())),
                "open": Out(1),
            }
        )
        self.ending = Signal()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        ending = self.ending
        with m.If(ending):
            m.d.comb += [self.o.valid.eq(1), self.o.payload.last.eq(1)]
            with m.If(self.o.ready):
                m.d.sync += [ending.eq(0), self.open.eq(0)]
        with m.Elif(self.cut):
            m.d.sync += ending.eq(self.open)
        with m.Else():
            m.d.comb += [
                self.o.valid.eq(self.i.valid),
                self.o.payload.eq(self.i.payload),
                self.i.ready.eq(self.o.ready),
            ]
            with m.If(self.i.valid & self.o.ready):
                m.d.sync += self.open.eq(~self.i.payload.last)
        return m
