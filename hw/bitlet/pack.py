"""Packing: an exact sum becomes a floating-point word."""

from amaranth import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.model.common.floats import FloatFormat


class Pack(wiring.Component):
    """Truncate the magnitude of a sum to a word.

    Below the normal numbers the word is a subnormal one, truncated too; above them an infinity.
    The sign is that of the sum, also where its magnitude becomes 0.

    Latency: two cycles. Throughput: one sum a cycle. Stall rule: none.

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
    sum : In(signed(sum_bits))
        The sum.
    unit : In(signed(unit_bits))
        It stands for ``sum * 2**unit``.
    word : Out(bits)
        The word.
    overflow : Out(1)
        The sum is too large, so that the word is an infinity.
    """

    sum: Signal
    unit: Signal
    word: Signal
    overflow: Signal

    def __init__(self, number: FloatFormat, *, sum_bits: int, unit_bits: int) -> None:
        self.number = number
        self.sum_bits = sum_bits
        self.unit_bits = unit_bits
        super().__init__(
            {
                "sum": In(signed(sum_bits)),
                "unit": In(signed(unit_bits)),
                "word": Out(number.bits),
                "overflow": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        number, bits = self.number, self.sum_bits
        field_bits = max(self.unit_bits, (bits + number.bias).bit_length() + 1) + 1
        magnitude = Signal(bits)
        m.d.comb += magnitude.eq(Mux(self.sum[-1], -self.sum, self.sum))
        normal, shifted = normalized(m, magnitude)
        highest = bits - 1 + number.bias

        # Cycle 1: the leading one becomes the highest bit; the field says where it was.
        negative = Signal(reset_less=True)
        significand = Signal(number.significand_bits, reset_less=True)
        field = Signal(signed(field_bits), reset_less=True)
        m.d.sync += [
            negative.eq(self.sum[-1]),
            significand.eq(normal[bits - number.significand_bits :]),
            field.eq(self.unit + highest - shifted),
        ]

        # Cycle 2: a field below 1 is that of a subnormal number, whose leading one moves down.
        below = Signal(field_bits)
        near = number.significand_bits.bit_length()
        kept = Signal(number.significand_bits)
        special = Const(number.special_field << number.fraction_bits, number.bits - 1)
        large = significand[-1] & (field >= number.special_field)
        m.d.comb += below.eq(Mux(field < 1, 1 - field, 0))
        with m.If(~below[near:].any()):
            m.d.comb += kept.eq(significand >> below[:near])
        # The hidden one of a normal number adds the last 1 of its field.
        base = Mux((field < 1) | ~significand[-1], 0, field - 1)[: number.exponent_bits]
        finite = Cat(Const(0, number.fraction_bits), base) + kept
        m.d.sync += [
            self.word.eq(Cat(Mux(large, special, finite)[: number.bits - 1], negative)),
            self.overflow.eq(large),
        ]
        return m


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
