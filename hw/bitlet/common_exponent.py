"""Common exponent: the largest of the products of a row, group by group."""

from collections.abc import Sequence

from amaranth import Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.bitlet.accumulator import RISE_BITS
from zskip.model.bitlet.alignment import MOST_SHIFTED


def group_layout(exponent_bits: int) -> data.StructLayout:
    """Return the layout of what lanes and outputs need to know of a group in floating point.

    Parameters
    ----------
    exponent_bits : int
        Bits of the exponent of a product.

    Returns
    -------
    amaranth.lib.data.StructLayout
        `common`, the largest exponent of the row so far; `rise`, by how much the group raised it,
        at most `MOST_SHIFTED`; `special`, whether a NaN or an infinity was in the row so far.
    """
    return data.StructLayout({"common": exponent_bits, "rise": RISE_BITS, "special": 1})


class CommonExponent(wiring.Component):
    """Find the largest exponent of each group and of those in front of it in its row.

    The row begins with the exponent of its bias.

    Latency: one cycle from the last beat of a group to `o`, which holds until the last beat of the
    next one. Throughput: one beat a cycle. Stall rule: nothing changes while `valid` is 0.

    Parameters
    ----------
    exponent_bits : int
        Bits of the exponent of a product.
    pairs : int
        Pairs of a beat.

    Members
    -------
    valid : In(1)
        There is a beat.
    opens : In(1)
        It is the first of its group.
    closes : In(1)
        It is the last of its group.
    first : In(1)
        The group is the first of its row; counts in the last beat.
    start : In(exponent_bits)
        Exponent of the bias; counts with `first`, as `start_special`.
    start_special : In(1)
        The bias is a NaN or an infinity.
    exponents : In(pairs * exponent_bits)
        Exponents of the products of the beat.
    special : In(1)
        A NaN or an infinity is in the beat.
    o : Out
        The group, of `group_layout`.
    """

    valid: Signal
    opens: Signal
    closes: Signal
    first: Signal
    start: Signal
    start_special: Signal
    exponents: Signal
    special: Signal
    o: data.View

    def __init__(self, *, exponent_bits: int, pairs: int) -> None:
        self.exponent_bits = exponent_bits
        self.pairs = pairs
        super().__init__(
            {
                "valid": In(1),
                "opens": In(1),
                "closes": In(1),
                "first": In(1),
                "start": In(exponent_bits),
                "start_special": In(1),
                "exponents": In(pairs * exponent_bits),
                "special": In(1),
                "o": Out(group_layout(exponent_bits)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bits = self.exponent_bits
        running = Signal(bits, reset_less=True)
        tainted = Signal(reset_less=True)
        common = Signal(bits, reset_less=True)
        before = Signal(bits, reset_less=True)
        special = Signal(reset_less=True)

        given = [self.exponents.word_select(pair, bits) for pair in range(self.pairs)]
        group = largest(m, [*given, Mux(self.opens, 0, running)])
        is_special = self.special | (tainted & ~self.opens)
        history = Mux(self.first, self.start, common)
        with m.If(self.valid):
            m.d.sync += [running.eq(group), tainted.eq(is_special)]
        with m.If(self.valid & self.closes):
            m.d.sync += [
                before.eq(history),
                common.eq(Mux(group > history, group, history)),
                special.eq(is_special | Mux(self.first, self.start_special, special)),
            ]
        rise = Signal(bits)
        m.d.comb += [
            rise.eq(common - before),
            self.o.common.eq(common),
            self.o.rise.eq(
                Mux(rise > MOST_SHIFTED, MOST_SHIFTED, rise) if bits > RISE_BITS else rise
            ),
            self.o.special.eq(special),
        ]
        return m


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
