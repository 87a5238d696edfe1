"""Access of the arithmetic to the accumulators."""

from amaranth import Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.typed_signature import TypedSignature
from zskip.model.eie.config import Config


class AccumulatorPortInterface(wiring.PureInterface):
    """Ports of an `AccumulatorPort`."""

    r_en: Signal
    r_row: Signal
    r_data: Signal
    w_en: Signal
    w_row: Signal
    w_data: Signal
    w_clear: Signal


class AccumulatorPort(TypedSignature[AccumulatorPortInterface]):
    """Access of the arithmetic unit to the accumulators.

    A row presented in one cycle gives its accumulator in the next, with the writes up to the cycle
    in which it was presented. A row must not be cleared in the cycle in which it is presented.

    Parameters
    ----------
    config : Config

    Members
    -------
    r_en : Out(1)
        Read in this cycle.
    r_row : Out(row_bits)
        Row to read.
    r_data : In(signed(acc_bits))
        Accumulator of the row presented one cycle ago.
    w_en : Out(1)
        Write in this cycle.
    w_row : Out(row_bits)
        Row to write or to clear.
    w_data : Out(signed(acc_bits))
        Its new accumulator.
    w_clear : Out(1)
        Let the row stand for its bias again.
    """

    ports = AccumulatorPortInterface

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "r_en": Out(1),
                "r_row": Out(config.row_bits),
                "r_data": In(signed(config.acc_bits)),
                "w_en": Out(1),
                "w_row": Out(config.row_bits),
                "w_data": Out(signed(config.acc_bits)),
                "w_clear": Out(1),
            }
        )
