"""Accumulator of a row: sums of cycles, from the bias on."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class Accumulator(wiring.Component):
    """Add up the sums of the cycles of a row, from its bias on, and wrap around.

    Latency: one cycle to `o`, `o_valid` and `overflow`. Throughput: one sum a cycle. Stall rule:
    none.

    Parameters
    ----------
    acc_bits : int
        Width of the accumulator.
    sum_bits : int
        Width of a sum.

    Members
    -------
    valid : In(1)
        There is a sum.
    first : In(1)
        It is the first of its row: the accumulator starts from the bias.
    last : In(1)
        It is the last of its row.
    bias : In(signed(acc_bits))
        Bias of the row; counts with its first sum.
    sum : In(signed(sum_bits))
        The sum.
    o_valid : Out(1)
        The row is complete.
    o : Out(signed(acc_bits))
        The accumulator.
    overflow : Out(1)
        The addition left the accumulator's range, and wrapped around.
    """

    valid: Signal
    first: Signal
    last: Signal
    bias: Signal
    sum: Signal
    o_valid: Signal
    o: Signal
    overflow: Signal

    def __init__(self, *, acc_bits: int, sum_bits: int) -> None:
        self.acc_bits = acc_bits
        self.sum_bits = sum_bits
        super().__init__(
            {
                "valid": In(1),
                "first": In(1),
                "last": In(1),
                "bias": In(signed(acc_bits)),
                "sum": In(signed(sum_bits)),
                "o_valid": Out(1),
                "o": Out(signed(acc_bits)),
                "overflow": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        total = Signal(signed(max(self.acc_bits, self.sum_bits) + 1))
        above = total[self.acc_bits - 1 :]
        m.d.comb += total.eq(Mux(self.first, self.bias, self.o) + self.sum)
        m.d.sync += [
            self.o_valid.eq(self.valid & self.last),
            self.overflow.eq(self.valid & above.any() & ~above.all()),
        ]
        with m.If(self.valid):
            m.d.sync += self.o.eq(total)
        return m
