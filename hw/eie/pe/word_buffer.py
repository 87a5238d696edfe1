"""Word buffer: unpacks the entries of sparse-matrix words."""

from amaranth import Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.eie.interfaces import entry_layout, in_column, word_layout
from zskip.hw.eie.pe.local_lnzd import LocalLnzd
from zskip.model.eie.config import Config


class WordBuffer(wiring.Component):
    """Unpack the entries of a word while another word waits.

    With free padding, leading-non-zero detection over the codes goes from one real entry of a word
    to the next, and a word of nothing but padding is dropped as it comes. How
    much padding was skipped follows from the places of the entries in the memory: between two
    entries of a column there is nothing else.

    Latency: two cycles from a word to its first entry. Throughput: one entry a cycle without a
    bubble between words; an empty column takes one cycle of the unpacking. Stall rule: `i` waits
    while both words are held; a word that is dropped never waits.

    Parameters
    ----------
    config : Config
        Gives the widths.

    Members
    -------
    i : In(stream)
        Words.
    o : Out(stream)
        Entries.
    busy : Out(1)
        A word is held.
    """

    i: stream.Interface
    o: stream.Interface
    busy: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(word_layout(config))),
                "o": Out(stream.Signature(entry_layout(config))),
                "busy": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        layout = self._held_layout()
        arriving = Signal(layout)
        unpacked = Signal(layout)
        dropped = Signal()
        unpacked_valid = Signal()
        unpack_ready = Signal()
        self._arrive(m, arriving, dropped)
        self._hold(m, arriving, dropped, unpacked, unpacked_valid, unpack_ready)
        self._unpack(m, unpacked, unpacked_valid, unpack_ready)
        return m

    def _held_layout(self) -> data.StructLayout:
        """Return a word with the slots that are still to be unpacked."""
        config = self.config
        word = word_layout(config)
        return data.StructLayout(
            {
                "value": word["value"].shape,
                "entries": word["entries"].shape,
                "wanted": config.entries_per_word,
                "base": config.gap_bits,
                "start": config.gap_bits,
                "first": 1,
                "empty": 1,
            }
        )

    def _hold(
        self,
        m: Module,
        arriving: data.View,
        dropped: Signal,
        unpacked: data.View,
        unpacked_valid: Signal,
        unpack_ready: Signal,
    ) -> None:
        """Unpack the waiting word first; without one, an arriving word at once."""
        waiting = Signal(self._held_layout())
        waiting_valid = Signal()
        taken = Signal()
        m.d.comb += [
            taken.eq(self.i.valid & ~dropped & ~waiting_valid),
            self.i.ready.eq(dropped | ~waiting_valid),
            self.busy.eq(waiting_valid | unpacked_valid),
        ]
        with m.If(unpack_ready):
            m.d.sync += [
                unpacked.eq(Mux(waiting_valid, waiting, arriving)),
                unpacked_valid.eq(waiting_valid | taken),
                waiting_valid.eq(0),
            ]
        with m.Elif(taken):
            m.d.sync += waiting_valid.eq(1)
        # Whatever arrives: `waiting_valid` tells whether it counts, and what is dropped comes late.
        with m.If(~waiting_valid):
            m.d.sync += waiting.eq(arriving)

    def _unpack(
        self, m: Module, unpacked: data.View, unpacked_valid: Signal, unpack_ready: Signal
    ) -> None:
        """Take one entry a cycle."""
        config = self.config
        m.submodules.lnzd = lnzd = LocalLnzd(depth=config.entries_per_word)
        more = Signal()
        entry_ready = Signal()
        take = Signal()
        m.d.comb += [
            lnzd.flags.eq(unpacked.wanted),
            more.eq(lnzd.rest.any()),
            entry_ready.eq(~self.o.valid | self.o.ready),
            take.eq(unpacked_valid & ~unpacked.empty & entry_ready),
            unpack_ready.eq(~unpacked_valid | unpacked.empty | (take & ~more)),
        ]
        with m.If(take & more):
            m.d.sync += [unpacked.wanted.eq(lnzd.rest), unpacked.first.eq(0)]
        with m.If(entry_ready):
            m.d.sync += self.o.valid.eq(take)
        with m.If(take):
            self._give(m, unpacked, lnzd.position[: config.slot_bits])

    def _arrive(self, m: Module, arriving: data.View, dropped: Signal) -> None:
        """Mark the slots of the word at `i` that are to be unpacked."""
        config = self.config
        word = self.i.payload
        # The first word of a column may be dropped; the next one is the first then.
        first_dropped = Signal()
        wanted = Signal(config.entries_per_word)
        m.d.comb += [
            wanted[slot].eq(in_column(word, slot, config) & self._wanted(word.entries[slot]))
            for slot in range(config.entries_per_word)
        ]
        m.d.comb += [
            arriving.value.eq(word.value),
            arriving.entries.eq(word.entries),
            arriving.wanted.eq(wanted),
            arriving.base.eq(word.base),
            arriving.start.eq(word.start),
            arriving.first.eq(word.first | first_dropped),
            arriving.empty.eq(word.empty),
            dropped.eq(self.i.valid & ~word.empty & ~wanted.any()),
        ]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += first_dropped.eq(dropped & arriving.first)

    def _wanted(self, entry: Value) -> Value | int:
        """Return whether an entry is to be unpacked."""
        return entry[: self.config.weight_bits].any() if self.config.free_padding else 1

    def _give(self, m: Module, unpacked: data.View, slot: Value) -> None:
        """Put the entry of a slot into the output register."""
        config = self.config
        entry = Signal(config.entry_bits)
        place = Signal(config.gap_bits)
        expected = Signal(config.gap_bits)
        m.d.comb += [
            entry.eq(unpacked.entries[slot if config.slot_bits else 0]),
            place.eq(unpacked.base + slot),
        ]
        m.d.sync += [
            self.o.payload.value.eq(unpacked.value),
            self.o.payload.code.eq(entry[: config.weight_bits]),
            self.o.payload.run.eq(entry[config.weight_bits :]),
            self.o.payload.first.eq(unpacked.first),
            expected.eq(place + 1),
        ]
        if config.free_padding:
            first = Mux(unpacked.first, unpacked.start, expected)
            m.d.sync += self.o.payload.gap.eq(place - first)
