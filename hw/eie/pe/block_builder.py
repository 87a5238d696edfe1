"""Block builder: the entries of a column that are not padding, packed into blocks."""

from amaranth import Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.eie.interfaces import block_layout
from zskip.hw.eie.pe.compaction import Compaction
from zskip.hw.eie.pe.row_sums import summed_layout
from zskip.model.eie.config import Config


class BlockBuilder(wiring.Component):
    """Pack the real entries of a column's words into blocks as long as a word.

    A block is complete once it is full or its column ends; entries of a word that it has no room
    for begin the next one.

    Latency: two cycles from a word to its block. Throughput: one word a cycle, but for a word
    that two blocks share, which takes two. Stall rule: `i` waits while a word is held that waits
    for a complete block to leave.

    Parameters
    ----------
    config : Config
        Gives the widths.

    Members
    -------
    i : In(stream)
        Words with local rows.
    o : Out(stream)
        Blocks; one without entries where a column has none.
    held : Out(1)
        A word or a part of a block is held.
    """

    i: stream.Interface
    o: stream.Interface
    held: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(summed_layout(config))),
                "o": Out(stream.Signature(block_layout(config))),
                "held": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        size = config.entries_per_word
        word = Signal(block_layout(config))
        word_valid = Signal()
        word_last = Signal()
        block = Signal(block_layout(config))
        complete = Signal()
        filled = Signal.like(block.count)
        total = Signal(range(2 * size))
        accept = Signal()
        exceeds = Signal()
        m.d.comb += [
            filled.eq(Mux(complete, 0, block.count)),
            total.eq(filled + word.count),
            exceeds.eq(total > size),
            accept.eq(word_valid & (~complete | self.o.ready)),
            self.i.ready.eq(~word_valid | (accept & ~exceeds)),
            self.o.valid.eq(complete),
            self.o.payload.eq(block),
            self.held.eq(word_valid | complete | block.count.any()),
        ]
        turned = self._turned(m, word.entries, filled)
        with m.If(accept):
            m.d.sync += [
                block.value.eq(word.value),
                block.count.eq(Mux(exceeds, size, total)),
                complete.eq((total >= size) | word_last),
                word.count.eq(total - size),
            ]
            m.d.sync += [word.entries[slot].eq(entry) for slot, entry in enumerate(turned)]
            for slot, entry in enumerate(turned):
                with m.If(filled <= slot):
                    m.d.sync += block.entries[slot].eq(entry)
        with m.Elif(self.o.ready & complete):
            m.d.sync += [complete.eq(0), block.count.eq(0)]
        self._compact(m, word, word_valid, word_last)
        return m

    def _compact(self, m: Module, word: data.View, valid: Signal, last: Signal) -> None:
        """Take a word, with its real entries in front."""
        arriving = self.i.payload
        m.submodules.compaction = compaction = Compaction(self.config)
        m.d.comb += [
            compaction.entries.eq(arriving.entries),
            compaction.wanted.eq(arriving.wanted),
        ]
        with m.If(self.i.ready):
            m.d.sync += valid.eq(self.i.valid)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [
                word.value.eq(arriving.value),
                word.entries.eq(compaction.kept),
                word.count.eq(compaction.count),
                last.eq(arriving.last),
            ]

    def _turned(self, m: Module, entries: data.View, places: Signal) -> list[Value]:
        """Return entries turned up by a number of places, modulo their number."""
        size = self.config.entries_per_word
        turned: list[Value] = [entries[slot].as_value() for slot in range(size)]
        for level in range(self.config.slot_bits):
            turned = [
                Mux(places[level], turned[slot - (1 << level)], turned[slot])
                for slot in range(size)
            ]
            signals = [Signal(len(e), name=f"turned_{level}_{s}") for s, e in enumerate(turned)]
            m.d.comb += [s.eq(entry) for s, entry in zip(signals, turned, strict=True)]
            turned = list(signals)
        return turned
