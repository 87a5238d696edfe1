"""Unpacking: a floating-point word becomes sign, exponent and significand."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.model.common.floats import FloatFormat


class Unpack(wiring.Component):
    """Take a word apart; zeros and subnormal numbers have exponent 1 and no hidden one.

    Latency: none.

    Parameters
    ----------
    number : FloatFormat
        The format.

    Members
    -------
    word : In(bits)
        The word.
    negative : Out(1)
        Its sign.
    exponent : Out(exponent_bits)
        Its exponent field; 1 for a field of 0.
    significand : Out(significand_bits)
        Its fraction with the hidden one in front.
    special : Out(1)
        It is a NaN or an infinity.
    """

    word: Signal
    negative: Signal
    exponent: Signal
    significand: Signal
    special: Signal

    def __init__(self, number: FloatFormat) -> None:
        self.number = number
        super().__init__(
            {
                "word": In(number.bits),
                "negative": Out(1),
                "exponent": Out(number.exponent_bits),
                "significand": Out(number.significand_bits),
                "special": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        fraction = self.word[: self.number.fraction_bits]
        field = self.word[self.number.fraction_bits : -1]
        normal = field.any()
        m.d.comb += [
            self.negative.eq(self.word[-1]),
            self.exponent.eq(Mux(normal, field, 1)),
            self.significand.eq(Cat(fraction, normal)),
            self.special.eq(field.all()),
        ]
        return m
