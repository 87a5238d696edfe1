"""Packing: an exact sum becomes a floating-point word."""

from amaranth import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.bitlet.unpack import narrow_bits
from zskip.model.common.floats import FLOAT16, FloatFormat


class Pack(wiring.Component):
    """Truncate the magnitude of a sum to a word, and rectify it.

    Below the normal numbers the word is a subnormal one, truncated too; above them an infinity.
    The sign is that of the sum, also where its magnitude becomes 0.

    Latency: three cycles. Throughput: one sum a cycle. Stall rule: none.

    Parameters
    ----------
    number : FloatFormat
        The format.
    sum_bits : int
        Width of a sum, more than a significand has.
    unit_bits : int
        Width of the exponent of its lowest bit.

    Members
    -------
    narrow : In(1)
        Words are of float16, in the lowest bits; only with a wider format. Constant while sums are
        on their way, as `relu`.
    relu : In(1)
        Whether words with a sign become 0.
    sum : In(signed(sum_bits))
        The sum.
    unit : In(signed(unit_bits))
        It stands for ``sum * 2**unit``.
    word : Out(bits)
        The word.
    overflow : Out(1)
        The sum is too large, so that the word is an infinity if it is not rectified.
    """

    LATENCY = 3

    narrow: Signal
    relu: Signal
    sum: Signal
    unit: Signal
    word: Signal
    overflow: Signal

    def __init__(self, number: FloatFormat, *, sum_bits: int, unit_bits: int) -> None:
        self.number = number
        self.sum_bits = sum_bits
        self.field_bits = max(unit_bits, (sum_bits + number.bias).bit_length() + 1) + 1
        super().__init__(
            {
                "narrow": In(narrow_bits(number)),
                "relu": In(1),
                "sum": In(signed(sum_bits)),
                "unit": In(signed(unit_bits)),
                "word": Out(number.bits),
                "overflow": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        number, bits = self.number, self.sum_bits

        # Cycle 1: the magnitude.
        magnitude = Signal(bits, reset_less=True)
        signs = Signal(2, reset_less=True)
        unit = Signal.like(self.unit, reset_less=True)
        m.d.sync += [
            magnitude.eq(Mux(self.sum[-1], -self.sum, self.sum)),
            signs.eq(Cat(self.sum[-1], signs)),
            unit.eq(self.unit),
        ]

        # Cycle 2: the leading one becomes the highest bit; the field says where it was.
        normal, shifted = normalized(m, magnitude)
        significand = Signal(number.significand_bits, reset_less=True)
        field = Signal(signed(self.field_bits), reset_less=True)
        highest = bits - 1 + self._either(number.bias, FLOAT16.bias)
        m.d.sync += [
            significand.eq(normal[bits - number.significand_bits :]),
            field.eq(unit + highest - shifted),
        ]

        # Cycle 3: a field below 1 is that of a subnormal number, whose leading one moves down.
        word = Signal(number.bits)
        large = Signal()
        special_field = self._either(number.special_field, FLOAT16.special_field)
        m.d.comb += large.eq(significand[-1] & (field >= special_field))
        finite = self._finite(m, significand, field)
        m.d.comb += word.eq(self._word(finite, large, signs[1], number))
        if len(self.narrow):
            with m.If(self.narrow):
                m.d.comb += word.eq(self._word(finite, large, signs[1], FLOAT16))
        m.d.sync += [
            self.word.eq(Mux(self.relu & signs[1], 0, word)),
            self.overflow.eq(large),
        ]
        return m

    def _finite(self, m: Module, significand: Signal, field: Signal) -> Value:
        """Return field and fraction of a word that is no infinity.

        A narrow fraction is in the highest bits of the wide one.
        """
        number = self.number
        below = Signal(self.field_bits)
        near = number.significand_bits.bit_length()
        kept = Signal(number.significand_bits)
        m.d.comb += below.eq(Mux(field < 1, 1 - field, 0))
        with m.If(~below[near:].any()):
            m.d.comb += kept.eq(significand >> below[:near])
        # The hidden one of a normal number adds the last 1 of its field.
        base = Mux((field < 1) | ~significand[-1], 0, field - 1)[: number.exponent_bits]
        return Cat(Const(0, number.fraction_bits), base) + kept

    def _word(self, finite: Value, large: Value, negative: Value, number: FloatFormat) -> Value:
        """Return a word of a format."""
        dropped = self.number.fraction_bits - number.fraction_bits
        infinity = Const(number.special_field << number.fraction_bits, number.bits - 1)
        return Cat(Mux(large, infinity, finite[dropped:])[: number.bits - 1], negative)

    def _either(self, wide: int, narrow: int) -> Value:
        """Return a number that depends on the format."""
        return Mux(self.narrow, narrow, wide) if len(self.narrow) else Const(wide)


def normalized(m: Module, magnitude: Value) -> tuple[Value, Value]:
    """Return a magnitude shifted left until its highest bit is 1, and how far; 0 stays as it is."""
    stages = (len(magnitude) - 1).bit_length()
    steps: list[Value] = []
    for stage in reversed(range(stages)):
        step = 1 << stage
        empty = Signal(name=f"empty_{step}")
        shifted = Signal(len(magnitude), name=f"shifted_{step}")
        m.d.comb += empty.eq(~magnitude[-step:].any())
        m.d.comb += shifted.eq(Mux(empty, magnitude << step, magnitude))
        steps.insert(0, empty)
        magnitude = shifted
    return magnitude, Cat(steps)
