"""Accumulator of a row: sums of cycles, from the bias on."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.model.bitlet.alignment import MOST_SHIFTED

RISE_BITS = MOST_SHIFTED.bit_length()
"""Width of a shift between groups."""


class Accumulator(wiring.Component):
    """Add up the sums of the cycles of a row, from its bias on, and wrap around.

    One that is wide enough for floating point serves integers too, and wraps as one of their width
    does. In floating point, it is shifted right where a group raises the common exponent.

    Latency: one cycle to `o`, `o_valid` and `overflow`. Throughput: one sum a cycle. Stall rule:
    none.

    Parameters
    ----------
    acc_bits : int
        Width of the accumulator.
    sum_bits : int
        Width of a sum.
    wide_bits : int, optional
        Width in floating point, in which no sum leaves the range; 0 for integers alone.

    Members
    -------
    valid : In(1)
        There is a sum.
    first : In(1)
        It is the first of its row: the accumulator starts from the bias.
    last : In(1)
        It is the last of its row.
    bias : In(signed(max(acc_bits, wide_bits)))
        Bias of the row; counts with its first sum.
    floating : In(1)
        Do not wrap around; only with `wide_bits`.
    rise : In(RISE_BITS)
        Bits by which the accumulator, or the bias, is shifted right before the sum is added; only
        with `wide_bits`.
    sum : In(signed(sum_bits))
        The sum.
    o_valid : Out(1)
        The row is complete.
    o : Out(signed(max(acc_bits, wide_bits)))
        The accumulator.
    overflow : Out(1)
        The addition left the accumulator's range, and wrapped around.
    """

    valid: Signal
    first: Signal
    last: Signal
    bias: Signal
    floating: Signal
    rise: Signal
    sum: Signal
    o_valid: Signal
    o: Signal
    overflow: Signal

    def __init__(self, *, acc_bits: int, sum_bits: int, wide_bits: int = 0) -> None:
        self.acc_bits = acc_bits
        self.sum_bits = sum_bits
        self.bits = max(acc_bits, wide_bits)
        super().__init__(
            {
                "valid": In(1),
                "first": In(1),
                "last": In(1),
                "bias": In(signed(self.bits)),
                "floating": In(int(wide_bits > 0)),
                "rise": In(RISE_BITS if wide_bits else 0),
                "sum": In(signed(sum_bits)),
                "o_valid": Out(1),
                "o": Out(signed(self.bits)),
                "overflow": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        front = Signal(signed(self.bits))
        total = Signal(signed(max(self.bits, self.sum_bits) + 1))
        above = total[self.acc_bits - 1 :]
        leaves = above.any() & ~above.all()
        m.d.comb += front.eq(Mux(self.first, self.bias, self.o))
        if len(self.floating):
            m.d.comb += total.eq((front >> self.rise) + self.sum)
            leaves &= ~self.floating
        else:
            m.d.comb += total.eq(front + self.sum)
        m.d.sync += [
            self.o_valid.eq(self.valid & self.last),
            self.overflow.eq(self.valid & leaves),
        ]
        with m.If(self.valid):
            m.d.sync += self.o.eq(total[: self.acc_bits].as_signed())
            if len(self.floating):
                with m.If(self.floating):
                    m.d.sync += self.o.eq(total)
        return m
