"""Products: the pairs of a beat in floating point, taken apart, with the exponents they have."""

from amaranth import Cat, Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.bitlet.unpack import Unpack, narrow_bits
from zskip.model.common.floats import FLOAT16, FloatFormat


def products_layout(number: FloatFormat, pairs: int) -> data.StructLayout:
    """Return the layout of some pairs, the first in the lowest bits of each field.

    Parameters
    ----------
    number : FloatFormat
        Format of weights and activations.
    pairs : int
        How many.

    Returns
    -------
    amaranth.lib.data.StructLayout
        `negatives`, signs of the products; `exponents`, sums of the biased exponents, 0 where a
        product is 0; `weights`, significands of the weights, those of float16 moved up to the
        highest bits; `activations`, significands of the activations.
    """
    return data.StructLayout(
        {
            "negatives": pairs,
            "exponents": pairs * (number.exponent_bits + 1),
            "weights": pairs * number.significand_bits,
            "activations": pairs * number.significand_bits,
        }
    )


class Products(wiring.Component):
    """Take the words of a beat apart, and add the exponents of each pair.

    A product of 0 has exponent 0, below all others.

    Latency: none.

    Parameters
    ----------
    number : FloatFormat
        Format of weights and activations.
    pairs : int
        Pairs of a beat.

    Members
    -------
    weights : In(pairs * bits)
        Words of the weights, the first in the lowest bits.
    activations : In(pairs * bits)
        Words of the activations.
    narrow : In(1)
        All words are of float16, in the lowest bits; only with a wider format.
    o : Out
        The pairs, of `products_layout`.
    special : Out(1)
        A word is a NaN or an infinity.
    """

    weights: Signal
    activations: Signal
    narrow: Signal
    o: data.View
    special: Signal

    def __init__(self, number: FloatFormat, *, pairs: int) -> None:
        self.number = number
        self.pairs = pairs
        super().__init__(
            {
                "weights": In(pairs * number.bits),
                "activations": In(pairs * number.bits),
                "narrow": In(narrow_bits(number)),
                "o": Out(products_layout(number, pairs)),
                "special": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lefts = self._unpack(m, "weight", self.weights)
        rights = self._unpack(m, "activation", self.activations)
        top = self.number.significand_bits - FLOAT16.significand_bits
        exponents: list[Value] = []
        for pair, (left, right) in enumerate(zip(lefts, rights, strict=True)):
            total = Signal(self.number.exponent_bits + 1, name=f"exponent_{pair}")
            with m.If(left.significand.any() & right.significand.any()):
                m.d.comb += total.eq(left.exponent + right.exponent)
            exponents.append(total)
        m.d.comb += [
            self.o.negatives.eq(
                Cat(
                    left.negative ^ right.negative
                    for left, right in zip(lefts, rights, strict=True)
                )
            ),
            self.o.exponents.eq(Cat(exponents)),
            self.o.weights.eq(
                Cat(
                    Mux(self.narrow, left.significand << top, left.significand)[
                        : self.number.significand_bits
                    ]
                    for left in lefts
                )
            ),
            self.o.activations.eq(Cat(right.significand for right in rights)),
            self.special.eq(Cat(word.special for word in [*lefts, *rights]).any()),
        ]
        return m

    def _unpack(self, m: Module, name: str, words: Value) -> list[Unpack]:
        """Take words apart."""
        parts: list[Unpack] = []
        for pair in range(self.pairs):
            m.submodules[f"{name}_{pair}"] = unpack = Unpack(self.number)
            m.d.comb += [
                unpack.word.eq(words.word_select(pair, self.number.bits)),
                unpack.narrow.eq(self.narrow),
            ]
            parts.append(unpack)
        return parts
