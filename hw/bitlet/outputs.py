"""Outputs of an engine: accumulators become activations."""

from amaranth import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.bitlet.intake import format_bits, is_narrow
from zskip.hw.bitlet.lane_format import LaneFormat
from zskip.hw.bitlet.pack import Pack
from zskip.hw.bitlet.serializer import Serializer
from zskip.hw.common.write_back import WriteBack
from zskip.model.bitlet.config import RANGES
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.floats import FLOAT16, FloatFormat

SHIFT_BITS = (RANGES["acc_bits"][1] - 1).bit_length()
"""Width of the write-back shift, which is below the bits of any accumulator."""


class Outputs(wiring.Component):
    """Write integers back, one row after the other, or pack a sum in floating point.

    Latency: `LATENCY` cycles to the output of row 0. Throughput: one output a cycle. Stall rule:
    none; a round comes no sooner than as many cycles behind another one as that has rows.

    Parameters
    ----------
    lanes : LaneFormat
        Gives lanes and widths.

    Members
    -------
    format : In
        Numbers of the pass: 0 integers, 1 float16, 2 float32; as far as the array has them.
        Constant while anything is under way, as are all inputs up to `relu`.
    joined : In(1)
        There is row 0 alone, as always in floating point; only with several segments.
    shift : In(SHIFT_BITS)
        Write-back shift of integers.
    rounding : In(acc_bits)
        Half of the shift's unit.
    relu : In(1)
        Whether negative outputs become 0.
    valid : In(1)
        The rows are complete.
    accumulators : In(rows * acc_bits)
        Accumulator of each row, with `valid`, as all that follows.
    float_sum : In(LaneFormat.wide)
        That of the row in floating point.
    group : In(LaneFormat.group)
        Its last group.
    o_valid : Out(1)
        An output is complete.
    o : Out(16 * places)
        The output, in the lowest bits, with zeros above it.
    o_saturated : Out(1)
        It is an integer that was clipped.
    o_overflow : Out(1)
        It is an infinity because it was too large, or `o_special`.
    o_special : Out(1)
        A NaN or an infinity went into it.
    """

    LATENCY = Pack.LATENCY

    format: Signal
    joined: Signal
    shift: Signal
    rounding: Signal
    relu: Signal
    valid: Signal
    accumulators: Signal
    float_sum: Signal
    group: Signal
    o_valid: Signal
    o: Signal
    o_saturated: Signal
    o_overflow: Signal
    o_special: Signal

    def __init__(self, lanes: LaneFormat) -> None:
        self.lanes = lanes
        config = lanes.config
        super().__init__(
            {
                "format": In(format_bits(config)),
                "joined": In(int(lanes.rows > 1)),
                "shift": In(SHIFT_BITS),
                "rounding": In(config.acc_bits),
                "relu": In(1),
                "valid": In(1),
                "accumulators": In(lanes.rows * config.acc_bits),
                "float_sum": In(lanes.wide),
                "group": In(lanes.group.size),
                "o_valid": Out(1),
                "o": Out(config.places * ACTIVATION_BITS),
                "o_saturated": Out(1),
                "o_overflow": Out(1),
                "o_special": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lanes, config = self.lanes, self.lanes.config
        m.submodules.serializer = serializer = Serializer(rows=lanes.rows, acc_bits=config.acc_bits)
        m.submodules.write_back = write_back = WriteBack(
            acc_bits=config.acc_bits, shift_bits=SHIFT_BITS, row_bits=0, output_row_bits=0
        )
        m.d.comb += [
            serializer.valid.eq(self.valid),
            serializer.joined.eq(self.joined.any() | self.format.any()),
            serializer.accumulators.eq(self.accumulators),
            serializer.rounding.eq(self.rounding),
            write_back.shift.eq(self.shift),
            write_back.relu.eq(self.relu),
            write_back.i_valid.eq(serializer.o_valid),
            write_back.i_rounded.eq(serializer.o),
            self.o_valid.eq(write_back.o_valid),
            self.o.eq(write_back.o_activation.as_unsigned()),
            self.o_saturated.eq(write_back.o_saturated),
        ]
        if lanes.number:
            self._pack(m, lanes.number)
        return m

    def _pack(self, m: Module, number: FloatFormat) -> None:
        """Pack the sum in floating point, whose pipeline is as long as that of integers."""
        group = data.View(self.lanes.group, self.group)
        bits = self.lanes.config.float_acc_bits
        m.submodules.pack = pack = Pack(number, sum_bits=bits, unit_bits=number.exponent_bits + 2)
        special = Signal(Pack.LATENCY)
        lowest = self._lowest(number)
        if len(pack.narrow):
            lowest = Mux(pack.narrow, self._lowest(FLOAT16), lowest)
        m.d.comb += [
            pack.narrow.eq(is_narrow(self.format)),
            pack.relu.eq(self.relu),
            pack.sum.eq(self.float_sum),
            pack.unit.eq(group.common - lowest),
        ]
        m.d.sync += special.eq((special << 1) | (self.valid & group.special))
        with m.If(self.format.any()):
            m.d.comb += [
                self.o.eq(pack.word),
                self.o_saturated.eq(0),
                self.o_special.eq(special[-1]),
                self.o_overflow.eq(self.o_valid & (pack.overflow | special[-1])),
            ]

    def _lowest(self, number: FloatFormat) -> int:
        """Return what the exponent of the lowest bit of a sum is below the common exponent."""
        return 2 * number.bias + number.fraction_bits + self.lanes.lanes - 1
