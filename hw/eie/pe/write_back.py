"""Write-back: a rounded sum becomes an activation."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.eie.interfaces import PassSettings, PassSettingsInterface
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.eie.config import Config


class WriteBack(wiring.Component):
    """Shift, saturate and rectify (design section 3).

    Latency: `LATENCY` cycles. Throughput: one row a cycle. Stall rule: none.

    Parameters
    ----------
    config : Config
        Gives the accumulator's width.

    Members
    -------
    settings : In(PassSettings)
        First row, shift and ReLU; constant while rows are on their way.
    i_valid : In(1)
        A row comes in.
    i_row : In(row_bits)
        Its number, counted from the first of the pass.
    i_rounded : In(signed(acc_bits + 1))
        Its accumulator with half of the shift's unit added.
    o_valid : Out(1)
        A row goes out.
    o_row : Out(activation_row_bits)
        Its number.
    o_activation : Out(signed(16))
        Its activation.
    o_saturated : Out(1)
        It was clipped to 16 bits; 0 where `o_valid` is 0.
    """

    LATENCY = 2

    settings: PassSettingsInterface
    i_valid: Signal
    i_row: Signal
    i_rounded: Signal
    o_valid: Signal
    o_row: Signal
    o_activation: Signal
    o_saturated: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "settings": In(PassSettings(config)),
                "i_valid": In(1),
                "i_row": In(config.row_bits),
                "i_rounded": In(signed(config.acc_bits + 1)),
                "o_valid": Out(1),
                "o_row": Out(config.activation_row_bits),
                "o_activation": Out(signed(ACTIVATION_BITS)),
                "o_saturated": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        valid = Signal()
        row = Signal(self.config.activation_row_bits)
        scaled = Signal(signed(self.config.acc_bits + 1))
        m.d.sync += [
            valid.eq(self.i_valid),
            row.eq(self.settings.row_base + self.i_row),
            scaled.eq(self.i_rounded >> self.settings.shift),
        ]

        sign = scaled[-1]
        above = scaled[ACTIVATION_BITS - 1 :]
        saturated = above.any() & ~above.all()
        clipped = Mux(sign, -(1 << (ACTIVATION_BITS - 1)), (1 << (ACTIVATION_BITS - 1)) - 1)
        m.d.sync += [
            self.o_valid.eq(valid),
            self.o_row.eq(row),
            self.o_saturated.eq(valid & saturated),
            self.o_activation.eq(
                Mux(
                    sign & self.settings.relu,
                    0,
                    Mux(saturated, clipped, scaled[:ACTIVATION_BITS].as_signed()),
                )
            ),
        ]
        return m
