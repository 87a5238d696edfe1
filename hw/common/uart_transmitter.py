"""UART transmitter: bytes to a serial line."""

from amaranth import Cat, Const, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out


class UartTransmitter(wiring.Component):
    """Send bytes as 8 data bits, the lowest first, one stop bit and no parity.

    Latency: the start bit begins in the cycle behind the one in which a byte is taken. Throughput:
    a byte in ten bits. Stall rule: `i` waits while a byte is sent.

    Parameters
    ----------
    divisor : int
        Cycles of a bit, at least 2.

    Members
    -------
    i : In(stream)
        Bytes.
    tx : Out(1)
        The line; high without a byte.
    """

    i: stream.Interface
    tx: Signal

    def __init__(self, *, divisor: int) -> None:
        self.divisor = divisor
        super().__init__({"i": In(stream.Signature(8)), "tx": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        line = Signal(init=1)
        timer = Signal(range(self.divisor))
        bits = Signal(9)
        left = Signal(range(11))
        last = (left <= 1) & (timer == 0)
        m.d.comb += [self.i.ready.eq((left == 0) | last), self.tx.eq(line)]
        with m.If(self.i.ready):
            m.d.sync += left.eq(0)
            with m.If(self.i.valid):
                m.d.sync += [
                    line.eq(0),
                    bits.eq(Cat(self.i.payload, Const(1, 1))),
                    left.eq(10),
                    timer.eq(self.divisor - 1),
                ]
        with m.Elif(timer == 0):
            m.d.sync += [
                line.eq(bits[0]),
                bits.eq(Cat(bits[1:], Const(1, 1))),
                left.eq(left - 1),
                timer.eq(self.divisor - 1),
            ]
        with m.Else():
            m.d.sync += timer.eq(timer - 1)
        return m
