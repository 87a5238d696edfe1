"""Row sums: the local rows of all entries of a sparse-matrix word at once."""

from amaranth import Array, Cat, Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.eie.interfaces import in_column, placed_layout, word_layout
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.eie.config import Config


def summed_layout(config: Config) -> data.StructLayout:
    """Return a word whose entries have their local rows; `wanted` marks those that count."""
    return data.StructLayout(
        {
            "value": ACTIVATION_BITS,
            "entries": data.ArrayLayout(placed_layout(config), config.entries_per_word),
            "wanted": config.entries_per_word,
            "last": 1,
        }
    )


class RowSums(wiring.Component):
    """Add up the runs of a word to local rows, from the column's preceding words on.

    A word of nothing but padding only moves the rows on, and is dropped unless its column ends
    with it.

    Latency: one cycle. Throughput: one word a cycle. Stall rule: `i` waits while the word that is
    held waits for `o`.

    Parameters
    ----------
    config : Config
        Gives the widths.

    Members
    -------
    i : In(stream)
        Words.
    o : Out(stream)
        Words with local rows.
    held : Out(1)
        A word is held.
    counted, padding : Out
        Entries of the column in the word that leaves in this cycle, and those of them that are
        padding.
    """

    i: stream.Interface
    o: stream.Interface
    held: Signal
    counted: Signal
    padding: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        bits = config.entries_per_word.bit_length()
        super().__init__(
            {
                "i": In(stream.Signature(word_layout(config))),
                "o": Out(stream.Signature(summed_layout(config))),
                "held": Out(1),
                "counted": Out(bits),
                "padding": Out(bits),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        size = config.entries_per_word
        word = self.i.payload
        inside = Cat(in_column(word, slot, config) & ~word.empty for slot in range(size))
        sums = self._sums(m, inside)
        held = Signal(summed_layout(config))
        first = Signal()
        owned = Signal(size)
        # The row of the entry in front of the word.
        before = Signal(config.row_bits)
        base = Signal(config.row_bits)
        dropped = Signal()
        leaves = Signal()
        m.d.comb += [
            base.eq(Mux(first, -1, before)),
            dropped.eq(~held.wanted.any() & ~held.last),
            leaves.eq(self.held & (dropped | self.o.ready)),
            self.i.ready.eq(~self.held | leaves),
            self.o.valid.eq(self.held & ~dropped),
            self.o.payload.eq(held),
            self.counted.eq(Mux(leaves, sum(owned), 0)),
            self.padding.eq(Mux(leaves, sum(owned & ~held.wanted), 0)),
        ]
        m.d.comb += [
            self.o.payload.entries[slot].row.eq(base + held.entries[slot].row)
            for slot in range(size)
        ]
        with m.If(leaves):
            m.d.sync += before.eq(base + held.entries[size - 1].row)
        with m.If(self.i.ready):
            m.d.sync += self.held.eq(self.i.valid)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [
                held.value.eq(word.value),
                held.last.eq(word.last | word.empty),
                first.eq(word.first),
                owned.eq(inside),
                held.wanted.eq(inside & Cat(self._code(word, slot).any() for slot in range(size))),
            ]
            for slot in range(size):
                m.d.sync += [
                    held.entries[slot].code.eq(self._code(word, slot)),
                    held.entries[slot].row.eq(sums[slot]),
                ]
        return m

    def _code(self, word: data.View, slot: int) -> Value:
        """Return the codebook index of a slot."""
        return word.entries[slot][: self.config.weight_bits]

    def _sums(self, m: Module, inside: Value) -> Array[Signal]:
        """Return how far each slot lies behind the row in front of the word, by a prefix tree."""
        config = self.config
        size = config.entries_per_word
        sums = [Signal(config.row_bits, name=f"move_{slot}") for slot in range(size)]
        for slot, move in enumerate(sums):
            run = self.i.payload.entries[slot][config.weight_bits :]
            m.d.comb += move.eq(Mux(inside[slot], run + 1, 0))
        distance = 1
        while distance < size:
            nearer = sums
            sums = [Signal.like(s, name=f"sum_{distance}_{i}") for i, s in enumerate(nearer)]
            for slot, total in enumerate(sums):
                ahead = nearer[slot - distance] if slot >= distance else 0
                m.d.comb += total.eq(nearer[slot] + ahead)
            distance *= 2
        return Array(sums)
