"""Write-back: an accumulator becomes an activation."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.eie.interfaces import PassSettings, PassSettingsInterface
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.eie.config import Config


class WriteBack(wiring.Component):
    """Round, shift, saturate and rectify (design section 3).

    Latency: `LATENCY` cycles. Throughput: one row a cycle. Stall rule: none.

    Parameters
    ----------
    config : Config
        Gives the accumulator's width.

    Members
    -------
    settings : In(PassSettings)
        Shift and ReLU; constant while rows are on their way.
    i_valid : In(1)
        A row comes in.
    i_row : In(row_bits)
        Its number.
    i_accumulator : In(signed(acc_bits))
        Its accumulator.
    o_valid : Out(1)
        A row goes out.
    o_row : Out(row_bits)
        Its number.
    o_activation : Out(signed(16))
        Its activation.
    o_saturated : Out(1)
        It was clipped to 16 bits; 0 where `o_valid` is 0.
    """

    LATENCY = 4

    settings: PassSettingsInterface
    i_valid: Signal
    i_row: Signal
    i_accumulator: Signal
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
                "i_accumulator": In(signed(config.acc_bits)),
                "o_valid": Out(1),
                "o_row": Out(config.row_bits),
                "o_activation": Out(signed(ACTIVATION_BITS)),
                "o_saturated": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        valid, row = self.i_valid, self.i_row
        for stage in range(self.LATENCY - 1):
            next_valid = Signal(name=f"valid_{stage}")
            next_row = Signal(config.row_bits, name=f"row_{stage}")
            m.d.sync += [next_valid.eq(valid), next_row.eq(row)]
            valid, row = next_valid, next_row

        accumulator = Signal(signed(config.acc_bits))
        half = Signal(config.acc_bits)
        rounded = Signal(signed(config.acc_bits + 1))
        scaled = Signal(signed(config.acc_bits + 1))
        m.d.comb += half.eq((1 << self.settings.shift) >> 1)
        m.d.sync += [
            accumulator.eq(self.i_accumulator),
            rounded.eq(accumulator + half.as_signed()),
            scaled.eq(rounded >> self.settings.shift),
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
