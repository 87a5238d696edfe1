"""Serializer: the accumulators of rows side by side, one after the other."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class Serializer(wiring.Component):
    """Give the accumulators of the rows of a round in consecutive cycles, rounded.

    Latency: one cycle to the first row. Throughput: one row a cycle. Stall rule: none; a round
    comes no sooner than as many cycles behind another one as that has rows.

    Parameters
    ----------
    rows : int
        Rows side by side.
    acc_bits : int
        Width of an accumulator.

    Members
    -------
    valid : In(1)
        The rows are complete.
    joined : In(1)
        There is row 0 alone; only with several rows.
    accumulators : In(rows * acc_bits)
        Accumulator of each row, that of row 0 in the lowest bits; with `valid`.
    rounding : In(acc_bits)
        What is added to each.
    o_valid : Out(1)
        There is a row.
    o : Out(signed(acc_bits + 1))
        Its accumulator, rounded.
    """

    valid: Signal
    joined: Signal
    accumulators: Signal
    rounding: Signal
    o_valid: Signal
    o: Signal

    def __init__(self, *, rows: int, acc_bits: int) -> None:
        self.rows = rows
        self.acc_bits = acc_bits
        super().__init__(
            {
                "valid": In(1),
                "joined": In(int(rows > 1)),
                "accumulators": In(rows * acc_bits),
                "rounding": In(acc_bits),
                "o_valid": Out(1),
                "o": Out(signed(acc_bits + 1)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bits, others = self.acc_bits, self.rows - 1
        left = Signal(others)
        waiting = Signal(others * bits, reset_less=True)
        m.d.sync += [left.eq(left >> 1), waiting.eq(waiting >> bits)]
        with m.If(self.valid):
            m.d.sync += [
                left.eq(Mux(self.joined, 0, (1 << others) - 1)),
                waiting.eq(self.accumulators[bits:]),
            ]
        shown = Mux(self.valid, self.accumulators[:bits], waiting[:bits])
        m.d.sync += [
            self.o_valid.eq(self.valid | left[:1].any()),
            self.o.eq(shown.as_signed() + self.rounding),
        ]
        return m
