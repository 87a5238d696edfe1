"""Commands of a host: from received bytes to the ports of a block."""

from amaranth import Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.model.common.stream import STREAM_BITS
from zskip.model.common.uart import WORD_BYTES, Command


class UartCommands(wiring.Component):
    """Understand the messages of `zskip.model.common.uart.Command`.

    Latency: a cycle from the last byte of a message. Throughput: a byte a cycle. Stall rule: none;
    a word that comes while the one in front of it waits is lost.

    Members
    -------
    octet : In(8)
        A received byte.
    valid : In(1)
        There is a byte.
    broken : In(1)
        A byte was received wrong: the message that it belongs to is dropped.
    o : Out(stream)
        Words to load.
    start : Out(1)
        High for one cycle: begin a run.
    query : Out(1)
        High for one cycle: send the status.
    reset : Out(1)
        High for one cycle: reset the block. A word that waits is dropped.
    lost : Out(1)
        Since the reset, a byte was broken or no command, or a word was lost.
    """

    octet: Signal
    valid: Signal
    broken: Signal
    o: stream.Interface
    start: Signal
    query: Signal
    reset: Signal
    lost: Signal

    def __init__(self) -> None:
        super().__init__(
            {
                "octet": In(8),
                "valid": In(1),
                "broken": In(1),
                "o": Out(stream.Signature(STREAM_BITS)),
                "start": Out(1),
                "query": Out(1),
                "reset": Out(1),
                "lost": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        word = Signal(STREAM_BITS)
        left = Signal(range(WORD_BYTES + 1))
        whole = Cat(word[8:], self.octet)
        m.d.sync += [self.start.eq(0), self.query.eq(0), self.reset.eq(0)]
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(self.broken):
            m.d.sync += [left.eq(0), self.lost.eq(1)]
        with m.Elif(self.valid & (left != 0)):
            m.d.sync += [word.eq(whole), left.eq(left - 1)]
            with m.If(left == 1):
                with m.If(self.o.valid & ~self.o.ready):
                    m.d.sync += self.lost.eq(1)
                with m.Else():
                    m.d.sync += [self.o.valid.eq(1), self.o.payload.eq(whole)]
        with m.Elif(self.valid):
            with m.Switch(self.octet):
                with m.Case(Command.LOAD):
                    m.d.sync += left.eq(WORD_BYTES)
                with m.Case(Command.START):
                    m.d.sync += self.start.eq(1)
                with m.Case(Command.STATUS):
                    m.d.sync += self.query.eq(1)
                with m.Case(Command.RESET):
                    m.d.sync += [self.reset.eq(1), self.lost.eq(0), self.o.valid.eq(0)]
                with m.Default():
                    m.d.sync += self.lost.eq(1)
        return m
