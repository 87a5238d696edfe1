"""Write-back: a rounded sum becomes an activation."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.model.common.fixed import ACTIVATION_BITS, limits
from zskip.model.common.latencies import WRITE_BACK


class WriteBack(wiring.Component):
    """Shift a rounded sum, saturate it to an activation and rectify it.

    Computes `zskip.model.common.fixed.write_back`, of which the rounding stands in front.

    Latency: two cycles. Throughput: one row a cycle. Stall rule: none.

    Parameters
    ----------
    acc_bits : int
        Width of an accumulator.
    shift_bits : int
        Width of the shift.
    row_bits, output_row_bits : int
        Widths of a row of a pass and of an output row; 0 where rows have no numbers.
    output_bits : int, optional
        Width of an activation.

    Members
    -------
    row_base : In(output_row_bits)
        Output row of the first row of the pass; constant while rows are on their way.
    shift : In(shift_bits)
        Bits to shift by; constant while rows are on their way.
    relu : In(1)
        Whether negative outputs become 0; constant while rows are on their way.
    i_valid : In(1)
        A row comes in.
    i_row : In(row_bits)
        Its number, counted from the first of the pass.
    i_rounded : In(signed(acc_bits + 1))
        Its accumulator with half of the shift's unit added.
    o_valid : Out(1)
        A row goes out.
    o_row : Out(output_row_bits)
        Its number.
    o_activation : Out(signed(output_bits))
        Its activation.
    o_saturated : Out(1)
        It was clipped to `output_bits`; 0 where `o_valid` is 0.
    """

    LATENCY = WRITE_BACK

    row_base: Signal
    shift: Signal
    relu: Signal
    i_valid: Signal
    i_row: Signal
    i_rounded: Signal
    o_valid: Signal
    o_row: Signal
    o_activation: Signal
    o_saturated: Signal

    def __init__(
        self,
        *,
        acc_bits: int,
        shift_bits: int,
        row_bits: int,
        output_row_bits: int,
        output_bits: int = ACTIVATION_BITS,
    ) -> None:
        super().__init__(
            {
                "row_base": In(output_row_bits),
                "shift": In(shift_bits),
                "relu": In(1),
                "i_valid": In(1),
                "i_row": In(row_bits),
                "i_rounded": In(signed(acc_bits + 1)),
                "o_valid": Out(1),
                "o_row": Out(output_row_bits),
                "o_activation": Out(signed(output_bits)),
                "o_saturated": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bits = len(self.o_activation)
        valid = Signal()
        row = Signal.like(self.o_row)
        scaled = Signal.like(self.i_rounded)
        m.d.sync += [
            valid.eq(self.i_valid),
            row.eq(self.row_base + self.i_row),
            scaled.eq(self.i_rounded >> self.shift),
        ]

        sign = scaled[-1]
        above = scaled[bits - 1 :]
        saturated = Signal()
        low, high = limits(bits)
        m.d.comb += saturated.eq(above.any() & ~above.all())
        m.d.sync += [
            self.o_valid.eq(valid),
            self.o_row.eq(row),
            self.o_saturated.eq(valid & saturated),
            self.o_activation.eq(scaled[:bits].as_signed()),
        ]
        with m.If(sign & self.relu):
            m.d.sync += self.o_activation.eq(0)
        with m.Elif(saturated):
            m.d.sync += self.o_activation.eq(Mux(sign, low, high))
        return m
