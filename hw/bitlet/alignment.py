"""Alignment: the significands of a beat, shifted by the exponents of their products."""

from amaranth import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.model.common.floats import FloatFormat


class Alignment(wiring.Component):
    """Shift significands so that those of the common exponent begin in the last lane.

    Bits that fall below lane 0 are dropped. A product of 0 has exponent 0, and no ones.

    Latency: none.

    Parameters
    ----------
    number : FloatFormat
        Format of the weights.
    lanes : int
        Bits of a magnitude.
    pairs : int
        Weights of a beat.

    Members
    -------
    significands : In(pairs * significand_bits)
        Significands of the weights, the first in the lowest bits.
    exponents : In(pairs * (exponent_bits + 1))
        Exponents of their products.
    common : In(exponent_bits + 1)
        The common exponent, none of the others above it.
    magnitudes : Out(pairs * lanes)
        The magnitudes.
    """

    significands: Signal
    exponents: Signal
    common: Signal
    magnitudes: Signal

    def __init__(self, number: FloatFormat, *, lanes: int, pairs: int) -> None:
        self.number = number
        self.lanes = lanes
        self.pairs = pairs
        exponent_bits = number.exponent_bits + 1
        super().__init__(
            {
                "significands": In(pairs * number.significand_bits),
                "exponents": In(pairs * exponent_bits),
                "common": In(exponent_bits),
                "magnitudes": Out(pairs * lanes),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bits, lanes = self.number.significand_bits, self.lanes
        # A shift that is too far for these bits of it leaves nothing.
        near = (lanes - 1).bit_length()
        aligned = []
        for pair in range(self.pairs):
            significand = self.significands.word_select(pair, bits)
            exponent = self.exponents.word_select(pair, len(self.common))
            below = Signal(len(self.common), name=f"below_{pair}")
            shifted = Signal(lanes, name=f"shifted_{pair}")
            top = significand << lanes - bits if lanes > bits else significand[bits - lanes :]
            m.d.comb += below.eq(self.common - exponent)
            m.d.comb += shifted.eq(top >> below[:near])
            kept = exponent.any() & ~below[near:].any()
            aligned.append(shifted & kept.replicate(lanes))
        m.d.comb += self.magnitudes.eq(Cat(aligned))
        return m
