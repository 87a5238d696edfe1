"""Cursor: goes through the words of a memory in their order."""

from amaranth import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.write_port import address_bits


class Cursor(wiring.Component):
    """Read a memory so that it shows one word after the other, and after the last one the first.

    Latency: one cycle from `rewind` or `go` to the word, if the memory has one. Throughput: one
    word a cycle. Stall rule: the memory is not read where neither is 1.

    Parameters
    ----------
    depth : int
        Words.

    Members
    -------
    rewind : In(1)
        Show the first word next.
    go : In(1)
        Show the word behind the one that is shown.
    read : Out(1)
        Read the memory.
    address : Out
        Where.
    """

    rewind: Signal
    go: Signal
    read: Signal
    address: Signal

    def __init__(self, *, depth: int) -> None:
        self.depth = depth
        super().__init__(
            {
                "rewind": In(1),
                "go": In(1),
                "read": Out(1),
                "address": Out(address_bits(depth)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        following = Signal.like(self.address)
        m.d.comb += [
            self.read.eq(self.rewind | self.go),
            self.address.eq(Mux(self.rewind, 0, following)),
        ]
        with m.If(self.read):
            m.d.sync += following.eq(Mux(self.address == self.depth - 1, 0, self.address + 1))
        return m
