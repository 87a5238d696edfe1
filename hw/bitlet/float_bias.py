"""Biases in floating point: what a row starts from."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.bitlet.unpack import Unpack, narrow_bits
from zskip.model.common.floats import FLOAT16, FloatFormat


class FloatBias(wiring.Component):
    """Make the start of a row of a bias: its product with 1.

    Latency: none.

    Parameters
    ----------
    number : FloatFormat
        The format.
    lanes : int
        Bits of a magnitude.

    Members
    -------
    word : In(bits)
        The bias.
    narrow : In(1)
        It is one of float16, in the lowest bits; only with a wider format.
    exponent : Out(exponent_bits + 1)
        Exponent of the product; 0 for a bias of 0.
    special : Out(1)
        It is a NaN or an infinity.
    start : Out(signed(lanes + fraction_bits + 1))
        What the accumulator starts from, aligned with that exponent.
    """

    word: Signal
    narrow: Signal
    exponent: Signal
    special: Signal
    start: Signal

    def __init__(self, number: FloatFormat, *, lanes: int) -> None:
        self.number = number
        self.lanes = lanes
        super().__init__(
            {
                "word": In(number.bits),
                "narrow": In(narrow_bits(number)),
                "exponent": Out(number.exponent_bits + 1),
                "special": Out(1),
                "start": Out(signed(lanes + number.fraction_bits + 1)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.unpack = unpack = Unpack(self.number)
        magnitude = Signal(len(self.start) - 1)
        m.d.comb += [
            unpack.word.eq(self.word),
            unpack.narrow.eq(self.narrow),
            self.special.eq(unpack.special),
            self.start.eq(Mux(unpack.negative, -magnitude, magnitude)),
        ]
        self._multiply(m, unpack, magnitude, self.number)
        if len(self.narrow):
            with m.If(self.narrow):
                self._multiply(m, unpack, magnitude, FLOAT16)
        return m

    def _multiply(self, m: Module, unpack: Unpack, magnitude: Signal, number: FloatFormat) -> None:
        """Multiply by the 1 of a format, with the hidden one of the bias in the last lane."""
        significand = unpack.significand[: number.significand_bits]
        aligned = significand << self.lanes >> number.significand_bits
        m.d.comb += magnitude.eq(aligned << number.fraction_bits)
        m.d.comb += self.exponent.eq(Mux(significand.any(), unpack.exponent + number.bias, 0))
