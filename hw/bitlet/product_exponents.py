"""Exponents of products: those of a beat, and the largest so far."""

from collections.abc import Sequence

from amaranth import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.bitlet.unpack import Unpack
from zskip.model.common.floats import FloatFormat


class ProductExponents(wiring.Component):
    """Add the exponents of the pairs of a beat, and keep the largest sum of a row.

    A product of 0 has exponent 0, below all others.

    Latency: none to `exponents` and `special`; one cycle to `common`, which after the last beat of
    a group is what its weights are aligned with. Throughput: one beat a cycle. Stall rule: nothing
    is kept while `valid` is 0.

    Parameters
    ----------
    number : FloatFormat
        Format of weights and activations.
    pairs : int
        Pairs of a beat.

    Members
    -------
    valid : In(1)
        There is a beat.
    first : In(1)
        It is the first of its row.
    weights : In(pairs * bits)
        Words of the weights, the first in the lowest bits.
    activations : In(pairs * bits)
        Words of the activations.
    exponents : Out(pairs * (exponent_bits + 1))
        Sums of the biased exponents.
    special : Out(1)
        A word is a NaN or an infinity; whatever `valid` is.
    common : Out(exponent_bits + 1)
        The largest exponent of the row so far.
    """

    valid: Signal
    first: Signal
    weights: Signal
    activations: Signal
    exponents: Signal
    special: Signal
    common: Signal

    def __init__(self, number: FloatFormat, *, pairs: int) -> None:
        self.number = number
        self.pairs = pairs
        bits = number.exponent_bits + 1
        super().__init__(
            {
                "valid": In(1),
                "first": In(1),
                "weights": In(pairs * number.bits),
                "activations": In(pairs * number.bits),
                "exponents": Out(pairs * bits),
                "special": Out(1),
                "common": Out(bits),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bits = len(self.common)
        sums: list[Value] = []
        specials: list[Value] = []
        for pair in range(self.pairs):
            left = self._unpack(m, f"weight_{pair}", self.weights, pair)
            right = self._unpack(m, f"activation_{pair}", self.activations, pair)
            total = Signal(bits, name=f"exponent_{pair}")
            with m.If(left.significand.any() & right.significand.any()):
                m.d.comb += total.eq(left.exponent + right.exponent)
            sums.append(total)
            specials += [left.special, right.special]
        m.d.comb += [self.exponents.eq(Cat(sums)), self.special.eq(Cat(specials).any())]
        before = Mux(self.first, 0, self.common)
        with m.If(self.valid):
            m.d.sync += self.common.eq(largest(m, [*sums, before]))
        return m

    def _unpack(self, m: Module, name: str, words: Value, pair: int) -> Unpack:
        """Take a word apart."""
        m.submodules[name] = unpack = Unpack(self.number)
        m.d.comb += unpack.word.eq(words.word_select(pair, self.number.bits))
        return unpack


def largest(m: Module, values: Sequence[Value]) -> Value:
    """Return the largest of some values of equal width, by a tree of comparisons."""
    level = 0
    while len(values) > 1:
        winners: list[Value] = []
        for place in range(0, len(values) - 1, 2):
            one, other = values[place : place + 2]
            winner = Signal(len(one), name=f"largest_{level}_{place // 2}")
            m.d.comb += winner.eq(Mux(one > other, one, other))
            winners.append(winner)
        values = [*winners, *values[len(winners) * 2 :]]
        level += 1
    return values[0]
