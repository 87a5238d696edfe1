"""Accumulator of a row: sums of beats, from the bias to the rounded output."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.sram import Sram
from zskip.hw.common.write_port import WritePort, WritePortInterface, address_bits
from zskip.hw.nm.dot_product import sum_bits
from zskip.model.common.stream import STREAM_BITS
from zskip.model.nm.config import Config


class Accumulator(wiring.Component):
    """Add up the sums of the beats of an output, from its bias on, and round it.

    The biases stand in the order of the outputs of a run, so that the first beat of an output takes
    the next one. A beat is announced one cycle in front of its sum.

    Latency: three cycles from the announcement of the last beat to `o_rounded`, two from any to
    `overflow`. Throughput: one beat a cycle, one output after the other without a gap. Stall rule:
    none.

    Parameters
    ----------
    config : Config
        Gives depth and widths.

    Members
    -------
    w_bias : In(WritePort)
        Writes a bias; between runs only.
    rewind : In(1)
        The next bias is the first one; between outputs only.
    valid : In(1)
        A beat is announced.
    first : In(1)
        It is the first of its output.
    last : In(1)
        It is the last of its output.
    sum : In(signed)
        Sum of the beat announced one cycle ago.
    rounding : In(acc_bits)
        What to add to an output at its end.
    o_valid : Out(1)
        An output is complete.
    o_rounded : Out(signed(acc_bits + 1))
        Its accumulator, rounded.
    overflow : Out(1)
        An addition left the accumulator's range, and wrapped around.
    faulty : Out(parity)
        The parity of the bias that is added is wrong.
    """

    w_bias: WritePortInterface
    rewind: Signal
    valid: Signal
    first: Signal
    last: Signal
    sum: Signal
    rounding: Signal
    o_valid: Signal
    o_rounded: Signal
    overflow: Signal
    faulty: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        bias_port = WritePort(address_bits=address_bits(config.bias_depth), data_bits=STREAM_BITS)
        super().__init__(
            {
                "w_bias": In(bias_port),
                "rewind": In(1),
                "valid": In(1),
                "first": In(1),
                "last": In(1),
                "sum": In(signed(sum_bits(config))),
                "rounding": In(config.acc_bits),
                "o_valid": Out(1),
                "o_rounded": Out(signed(config.acc_bits + 1)),
                "overflow": Out(1),
                "faulty": Out(config.parity),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bits = self.config.acc_bits
        m.submodules.bias = bias = Sram(
            width=bits, depth=self.config.bias_depth, parity=self.config.parity
        )
        number = Signal.like(self.w_bias.address)
        begins = Signal()
        m.d.comb += [
            begins.eq(self.valid & self.first),
            bias.en.eq(begins | self.w_bias.en),
            bias.we.eq(self.w_bias.en),
            bias.address.eq(Mux(self.w_bias.en, self.w_bias.address, number)),
            bias.w_data.eq(self.w_bias.data),
        ]
        with m.If(begins):
            m.d.sync += number.eq(number + 1)
        with m.If(self.rewind):
            m.d.sync += number.eq(0)

        adding = Signal()
        from_bias = Signal()
        ending = Signal()
        complete = Signal()
        value = Signal(signed(bits), reset_less=True)
        total = Signal(signed(max(bits, len(self.sum)) + 1))
        above = total[bits - 1 :]
        m.d.comb += total.eq(Mux(from_bias, bias.word.as_signed(), value) + self.sum)
        m.d.sync += [
            adding.eq(self.valid),
            from_bias.eq(self.first),
            ending.eq(self.valid & self.last),
            complete.eq(ending),
            self.overflow.eq(adding & above.any() & ~above.all()),
            self.o_valid.eq(complete),
            self.o_rounded.eq(value + self.rounding),
        ]
        if self.config.parity:
            m.d.comb += self.faulty.eq(adding & from_bias & bias.faulty)
        with m.If(adding):
            m.d.sync += value.eq(total)
        return m
