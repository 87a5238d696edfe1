"""Replies to a host: from the ports of a block to bytes to send."""

from amaranth import Cat, Const, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.block import result_layout
from zskip.model.common.stream import STREAM_BITS
from zskip.model.common.uart import WORD_BYTES, Reply


class UartReplies(wiring.Component):
    """Send the messages of `zskip.model.common.uart.Reply`.

    A word that waits goes before a status that was asked for, so that the status of the end of a
    run comes behind its results; asked for again before it is sent, it is sent once.

    Latency: a cycle from a word, or from `query`, to the first byte. Throughput: a byte a cycle,
    and one more for each message. Stall rule: `i` waits while a message is sent.

    Members
    -------
    i : In(stream)
        Words of results.
    query : In(1)
        Send the status.
    status : In(8)
        The status; that of the cycle in which its message begins is sent.
    o : Out(stream)
        Bytes.
    """

    i: stream.Interface
    query: Signal
    status: Signal
    o: stream.Interface

    def __init__(self) -> None:
        super().__init__(
            {
                "i": In(stream.Signature(result_layout())),
                "query": In(1),
                "status": In(8),
                "o": Out(stream.Signature(8)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        message = Signal(8 + STREAM_BITS)
        left = Signal(range(WORD_BYTES + 2))
        asked = Signal()
        word, last, status = (Const(kind, 8) for kind in (Reply.WORD, Reply.LAST, Reply.STATUS))
        m.d.comb += [
            self.i.ready.eq(left == 0),
            self.o.valid.eq(left != 0),
            self.o.payload.eq(message[:8]),
        ]
        with m.If(left != 0):
            with m.If(self.o.ready):
                m.d.sync += [message.eq(message >> 8), left.eq(left - 1)]
        with m.Elif(self.i.valid):
            m.d.sync += [
                message.eq(Cat(Mux(self.i.payload.last, last, word), self.i.payload.data)),
                left.eq(1 + WORD_BYTES),
            ]
        with m.Elif(asked):
            m.d.sync += [
                message.eq(Cat(status, self.status)),
                left.eq(2),
                asked.eq(0),
            ]
        with m.If(self.query):
            m.d.sync += asked.eq(1)
        return m
