"""Compaction: the entries of a word that are not padding move to its front."""

from amaranth import Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.eie.interfaces import placed_layout
from zskip.model.eie.config import Config


class Compaction(wiring.Component):
    """Move the wanted entries of a word to its front, in their order.

    Each moves down by the number of others in front of it, one bit of that number after the other,
    the lowest first; so no two ever meet. Combinational.

    Parameters
    ----------
    config : Config
        Gives the widths.

    Members
    -------
    entries : In
        Entries with their local rows.
    wanted : In(entries_per_word)
        Which of them count.
    kept : Out
        Those, from the first place on; what stands behind them is undefined.
    count : Out
        Their number.
    """

    entries: data.View
    wanted: Signal
    kept: data.View
    count: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        entries = data.ArrayLayout(placed_layout(config), config.entries_per_word)
        super().__init__(
            {
                "entries": In(entries),
                "wanted": In(config.entries_per_word),
                "kept": Out(entries),
                "count": Out(config.entries_per_word.bit_length()),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        size = self.config.entries_per_word
        bits = self.config.slot_bits
        # A place holds an entry, whether there is one, and how far that still moves.
        shape = data.StructLayout(
            {"entry": placed_layout(self.config), "wanted": 1, "moves": max(1, bits)}
        )
        places = [Signal(shape, name=f"place_{slot}") for slot in range(size)]
        for slot, place in enumerate(places):
            m.d.comb += [
                place.entry.eq(self.entries[slot]),
                place.wanted.eq(self.wanted[slot]),
                place.moves.eq(sum(~self.wanted[:slot])),
            ]
        for bit in range(bits):
            before = places
            places = [Signal(shape, name=f"place_{bit}_{slot}") for slot in range(size)]
            for slot, place in enumerate(places):
                m.d.comb += place.eq(before[slot])
                m.d.comb += place.wanted.eq(before[slot].wanted & ~before[slot].moves[bit])
                other = slot + (1 << bit)
                if other < size:
                    comes = before[other].wanted & before[other].moves[bit]
                    with m.If(comes):
                        m.d.comb += [place.eq(before[other]), place.wanted.eq(1)]
        m.d.comb += self.count.eq(sum(self.wanted))
        m.d.comb += [self.kept[slot].eq(place.entry) for slot, place in enumerate(places)]
        return m
