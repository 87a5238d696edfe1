"""UART receiver: bytes from a serial line."""

from amaranth import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class UartReceiver(wiring.Component):
    """Receive bytes of 8 data bits, the lowest first, one stop bit and no parity.

    A start bit that is gone in its middle is none. A byte whose stop bit is low is dropped, and
    what follows it until the line is high again, so that a break is one error.

    Latency: a byte is there in the middle of its stop bit, and 3 cycles. Stall rule: none; a byte
    that is not taken in its cycle is gone.

    Parameters
    ----------
    divisor : int
        Cycles of a bit, at least 4.

    Members
    -------
    rx : In(1)
        The line; high without a byte. It need not belong to the clock.
    octet : Out(8)
        The byte.
    valid : Out(1)
        There is a byte.
    broken : Out(1)
        A byte had no stop bit.
    """

    rx: Signal
    octet: Signal
    valid: Signal
    broken: Signal

    def __init__(self, *, divisor: int) -> None:
        self.divisor = divisor
        super().__init__({"rx": In(1), "octet": Out(8), "valid": Out(1), "broken": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # Two registers, so that an edge at a bad moment is settled before it is used.
        settling = Signal(init=1)
        line = Signal(init=1)
        timer = Signal(range(self.divisor))
        left = Signal(range(9))
        m.d.sync += [
            settling.eq(self.rx),
            line.eq(settling),
            timer.eq(timer - 1),
            self.valid.eq(0),
            self.broken.eq(0),
        ]
        with m.FSM():
            with m.State("Idle"):
                with m.If(~line):
                    m.d.sync += timer.eq(self.divisor // 2 - 1)
                    m.next = "Start"
            with m.State("Start"), m.If(timer == 0):
                m.d.sync += [timer.eq(self.divisor - 1), left.eq(8)]
                with m.If(line):
                    m.next = "Idle"
                with m.Else():
                    m.next = "Bits"
            with m.State("Bits"), m.If(timer == 0):
                m.d.sync += [timer.eq(self.divisor - 1), left.eq(left - 1)]
                with m.If(left == 0):
                    m.d.sync += [self.valid.eq(line), self.broken.eq(~line)]
                    with m.If(line):
                        # Not later: the next byte of a faster sender begins soon.
                        m.next = "Idle"
                    with m.Else():
                        m.next = "Rest"
                with m.Else():
                    m.d.sync += self.octet.eq(Cat(self.octet[1:], line))
            with m.State("Rest"), m.If(line):
                m.next = "Idle"
        return m
