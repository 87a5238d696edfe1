"""Unpacking: a floating-point word becomes sign, exponent and significand."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.model.common.floats import FLOAT16, FloatFormat


def narrow_bits(number: FloatFormat) -> int:
    """Return the width of a flag that words are of float16: 0 where no others are known."""
    return int(number.bits > FLOAT16.bits)


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
    narrow : In(1)
        The word is one of float16, in the lowest bits; only with a wider format.
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
    narrow: Signal
    negative: Signal
    exponent: Signal
    significand: Signal
    special: Signal

    def __init__(self, number: FloatFormat) -> None:
        self.number = number
        super().__init__(
            {
                "word": In(number.bits),
                "narrow": In(narrow_bits(number)),
                "negative": Out(1),
                "exponent": Out(number.exponent_bits),
                "significand": Out(number.significand_bits),
                "special": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        self._take_apart(m, self.number)
        if len(self.narrow):
            with m.If(self.narrow):
                self._take_apart(m, FLOAT16)
        return m

    def _take_apart(self, m: Module, number: FloatFormat) -> None:
        """Read the word as one of a format."""
        fraction = self.word[: number.fraction_bits]
        field = self.word[number.fraction_bits : number.bits - 1]
        m.d.comb += [
            self.negative.eq(self.word[number.bits - 1]),
            self.exponent.eq(Mux(field.any(), field, 1)),
            self.significand.eq(Cat(fraction, field.any())),
            self.special.eq(field.all()),
        ]
