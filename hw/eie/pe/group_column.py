"""Column of a group of pointers: where its entries stand, from the word of its group."""

from collections.abc import Mapping

from amaranth import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.eie.interfaces import column_layout
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.eie.config import COUNT_BITS, LARGEST_GROUP, Config
from zskip.model.eie.passes import GROUP_BITS
from zskip.model.eie.pointers import PAIR

PIECE = COUNT_BITS >> LARGEST_GROUP
"""Bits of the narrowest counts; the others are some of these pieces."""

SHARED = range(PAIR + 1, LARGEST_GROUP + 1)
"""Sizes of groups, as powers of two, whose counts are narrower than those of pairs."""


class GroupColumn(wiring.Component):
    """Follow a column through the grouped pointer read, and tell where its entries stand.

    The counts of the columns in front are added up by a tree.

    Latency: from the activation to `o` two steps, `accept` and `leaves`, which the grouped pointer
    read gives. Throughput: one column a cycle. Stall rule: nothing changes without a step.

    Parameters
    ----------
    config : Config
        Gives the widths.

    Members
    -------
    group_bits : In(GROUP_BITS)
        Columns of a group, as a power of two from 2 to 16; constant while columns are read.
    accept : In(1)
        Take a column.
    leaves : In(1)
        Show the column that was taken.
    i_value : In(signed(16))
        Its activation.
    i_place : In(LARGEST_GROUP)
        Lowest bits of its number.
    word : In(pointer_word_bits)
        The word of its group, from the cycle behind `leaves` on.
    o : Out(column_layout)
        The column that is shown.
    arriving : In(pointer_word_bits)
        The word of the column that was taken, from the cycle behind `accept` on; where broadcasts
        are of groups only, as is the following.
    some : Out(1)
        That column has entries.
    """

    group_bits: Signal
    accept: Signal
    leaves: Signal
    i_value: Signal
    i_place: Signal
    word: Signal
    o: data.View
    arriving: Signal
    some: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "group_bits": In(GROUP_BITS),
                "accept": In(1),
                "leaves": In(1),
                "i_value": In(signed(ACTIVATION_BITS)),
                "i_place": In(LARGEST_GROUP),
                "word": In(config.pointer_word_bits),
                "o": Out(column_layout(config)),
                **(
                    {"arriving": In(config.pointer_word_bits), "some": Out(1)}
                    if config.in_groups
                    else {}
                ),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        value = Signal(ACTIVATION_BITS, reset_less=True)
        place = Signal(LARGEST_GROUP, reset_less=True)
        piece = Signal.like(place)
        o_value = Signal.like(value)
        # The first piece of the column's count, and which pieces are in front of it.
        o_piece = Signal.like(place)
        o_before = Signal((1 << LARGEST_GROUP) - 1, reset_less=True)
        m.d.comb += piece.eq((place << LARGEST_GROUP) >> self.group_bits)
        with m.If(self.accept):
            m.d.sync += [value.eq(self.i_value), place.eq(self.i_place)]
        with m.If(self.leaves):
            m.d.sync += [
                o_value.eq(value),
                o_piece.eq(piece),
                o_before.eq(Cat(piece > column for column in range(len(o_before)))),
            ]
        bits = self.config.pointer_bits
        first, counts = self.word[:bits], self.word[bits:]
        own = Signal(COUNT_BITS >> PAIR)
        before = Signal(COUNT_BITS)
        m.d.comb += [
            self.o.value.eq(o_value),
            own.eq(counts >> (o_piece * PIECE)),
            before.eq(counts & Cat(flag.replicate(PIECE) for flag in o_before)),
        ]
        # Settings come from afar.
        at_least = {size: Signal(name=f"groups_of_{1 << size}", reset_less=True) for size in SHARED}
        m.d.sync += [known.eq(self.group_bits >= size) for size, known in at_least.items()]
        self._start(m, first, before, at_least)
        count = self._count(m, "count", own, at_least)
        m.d.comb += [self.o.more.eq(count - 1), self.o.empty.eq(count == 0)]
        if self.config.in_groups:
            arriving = Signal.like(own)
            some = self._count(m, "arriving_count", arriving, at_least).any()
            m.d.comb += [
                arriving.eq(self.arriving[bits:] >> (piece * PIECE)),
                self.some.eq(some),
            ]
        return m

    def _count(self, m: Module, name: str, counts: Value, at_least: Mapping[int, Value]) -> Signal:
        """Tell how many entries a column has, from the counts that begin with its own."""
        count = Signal(COUNT_BITS >> PAIR, name=name)
        for size in (PAIR, *SHARED):
            above = slice(COUNT_BITS >> (size + 1), COUNT_BITS >> size)
            others = at_least[size + 1] if size < LARGEST_GROUP else Const(0)
            m.d.comb += count[above].eq(Mux(others, 0, counts[above]))
        m.d.comb += count[:PIECE].eq(counts[:PIECE])
        return count

    def _start(self, m: Module, first: Value, counts: Value, at_least: Mapping[int, Value]) -> None:
        """Add up counts: at each level those that are as narrow, pairs of them."""
        fields = counts
        for size in reversed(SHARED):
            width = COUNT_BITS >> size
            sums = Signal(COUNT_BITS, name=f"before_{width}")
            for pair in range(1 << (size - 1)):
                at = slice(2 * pair * width, 2 * (pair + 1) * width)
                low, high = fields[at][:width], fields[at][width:]
                m.d.comb += sums[at].eq(Mux(at_least[size], low + high, fields[at]))
            fields = sums
        # Three numbers to two, so that one carry alone goes through all bits.
        bits = len(self.o.start)
        totals = [Signal(bits, name=f"total_{half}") for half in range(2)]
        carries = Signal(bits)
        low, high = totals
        m.d.comb += [
            low.eq(fields[: COUNT_BITS >> PAIR]),
            high.eq(fields[COUNT_BITS >> PAIR :]),
            carries[1:].eq((first & low) | (first & high) | (low & high)),
            self.o.start.eq((first ^ low ^ high) + carries),
        ]
