"""Two banks of the sparse-matrix SRAM, from which columns are read at any entry."""

from amaranth import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.sram import Sram
from zskip.hw.common.write_port import WritePort, WritePortInterface
from zskip.hw.eie.interfaces import column_layout, word_layout
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.stream import STREAM_BITS
from zskip.model.eie.config import Config


class MatrixBanks(wiring.Component):
    """Read columns in parts of as many entries as a word has, from their first entry on.

    Word ``w`` stands in bank ``w mod 2`` at address ``w div 2``, so that both words that a part
    lies in are read in the same cycle. A bank shows its last word until it is read again: a word
    that it shows already is not read.

    Latency: four cycles from a column to its first part: column, words that leave the banks, the
    same in registers, the part. Throughput: one part a cycle without a bubble between columns.
    Stall rule: each stage waits for the one behind it; `i` waits while parts of the current column
    remain to be read.

    Parameters
    ----------
    config : Config
        Gives depth and widths.

    Members
    -------
    i : In(stream)
        Activations with the place of their column's entries; none is empty.
    o : Out(stream)
        Parts, as words whose first entry is in slot 0; `base` and `start` mean nothing.
    w_port : In(WritePort)
        Writes a word; in I/O mode only.
    restart : In(1)
        Forget which words the banks show; nothing may be held.
    reading : Out(2)
        Banks that are read in this cycle.
    busy : Out(1)
        A column or a part is held.
    faulty : Out(parity)
        The parity of a word that is taken from a bank is wrong.
    """

    i: stream.Interface
    o: stream.Interface
    w_port: WritePortInterface
    restart: Signal
    reading: Signal
    busy: Signal
    faulty: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(column_layout(config))),
                "o": Out(stream.Signature(word_layout(config))),
                "w_port": In(
                    WritePort(address_bits=config.word_address_bits, data_bits=STREAM_BITS)
                ),
                "restart": In(1),
                "reading": Out(2),
                "busy": Out(1),
                "faulty": Out(config.parity),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        part = Signal(self._part_layout())
        valid = Signal()
        fetch = Signal()
        word = Signal(self.config.word_address_bits)
        crosses = Signal()
        self._column(m, part, valid, word, crosses, fetch)

        # The banks show the words of the part that leaves them.
        shown, wrong = self._banks(m, word, crosses, fetch)
        fetched = Signal(self._part_layout(), reset_less=True)
        fetched_valid = Signal()
        held = Signal(self._part_layout(), reset_less=True)
        held_words = Signal(len(shown), reset_less=True)
        held_valid = Signal()
        moves = Signal()
        leaves = Signal()
        m.d.comb += [
            leaves.eq(~self.o.valid | self.o.ready),
            moves.eq(~held_valid | leaves),
            fetch.eq(valid & (~fetched_valid | moves)),
            self.busy.eq(valid | fetched_valid | held_valid | self.o.valid),
        ]
        if self.config.parity:
            used = Cat(fetched.turn[-1] == bank for bank in (0, 1)) | fetched.crosses.replicate(2)
            m.d.comb += self.faulty.eq(moves & fetched_valid & (wrong & used).any())
        with m.If(moves):
            m.d.sync += [fetched_valid.eq(0), held_valid.eq(fetched_valid)]
        with m.If(fetch):
            m.d.sync += [fetched_valid.eq(1), fetched.eq(part)]
        with m.If(moves & fetched_valid):
            m.d.sync += [held.eq(fetched), held_words.eq(shown)]
        self._align(m, held, held_words, held_valid, leaves)
        return m

    def _part_layout(self) -> data.StructLayout:
        """Return what is known of a part beside its entries.

        `turn` is the place of its first entry in both banks, the even one in front.
        """
        return data.StructLayout(
            {
                "value": ACTIVATION_BITS,
                "turn": self.config.slot_bits + 1,
                "last_slot": self.config.slot_bits,
                "first": 1,
                "last": 1,
                "crosses": 1,
            }
        )

    def _column(
        self,
        m: Module,
        part: data.View,
        valid: Signal,
        word: Signal,
        crosses: Signal,
        fetch: Signal,
    ) -> None:
        """Hold the column of which parts are still to be read, and tell the first of these."""
        config, size = self.config, self.config.entries_per_word
        payload = self.i.payload
        column = Signal(data.StructLayout({"value": ACTIVATION_BITS, "first": 1}), reset_less=True)
        entry = Signal.like(payload.start, name="entry", reset_less=True)
        more = Signal(max(config.row_bits, config.slot_bits), reset_less=True)
        m.d.comb += [
            part.value.eq(column.value),
            part.first.eq(column.first),
            part.last.eq(more < size),
            part.last_slot.eq(Mux(part.last, more, size - 1)),
            part.turn.eq(entry),
            word.eq(entry[config.slot_bits :]),
            part.crosses.eq(crosses),
            crosses.eq(entry[: config.slot_bits] + part.last_slot >= size),
            self.i.ready.eq(~valid | (fetch & part.last)),
        ]
        with m.If(fetch):
            m.d.sync += [entry.eq(entry + size), more.eq(more - size), column.first.eq(0)]
        with m.If(self.i.ready):
            m.d.sync += [
                valid.eq(self.i.valid),
                column.value.eq(payload.value),
                column.first.eq(1),
                entry.eq(payload.start),
                more.eq(payload.more),
            ]

    def _banks(
        self, m: Module, word: Signal, crosses: Signal, fetch: Signal
    ) -> tuple[Value, Value]:
        """Read the words of a part that the banks do not show.

        Returns what they show, and with parity a bit for each bank whose word is wrong.
        """
        config = self.config
        read = Signal(2)
        shown, wrong = [], []
        for bank, name in enumerate(("even", "odd")):
            sram = Sram(width=config.word_bits, depth=config.spmat_bank_depth, parity=config.parity)
            m.submodules[name] = sram
            # The second word of a part is in the even bank behind that of the first.
            address = Signal.like(sram.address, name=f"{name}_address")
            shows = Signal.like(sram.address, name=f"{name}_shows", reset_less=True)
            shows_any = Signal(name=f"{name}_shows_any")
            wanted = (word[0] == bank) | crosses
            writes = self.w_port.en & (self.w_port.address[0] == bank)
            m.d.comb += [
                address.eq((word + (1 - bank))[1:]),
                read[bank].eq(fetch & wanted & ~(shows_any & (shows == address))),
                sram.en.eq(read[bank] | writes),
                sram.we.eq(writes),
                sram.w_data.eq(self.w_port.data),
                sram.address.eq(Mux(self.w_port.en, self.w_port.address[1:], address)),
            ]
            with m.If(read[bank]):
                m.d.sync += [shows.eq(address), shows_any.eq(1)]
            with m.If(self.restart | self.w_port.en):
                m.d.sync += shows_any.eq(0)
            shown.append(sram.word)
            wrong.append(sram.faulty if config.parity else Const(0))
        m.d.comb += self.reading.eq(read[0] + read[1])
        return Cat(shown), Cat(wrong)

    def _align(
        self, m: Module, held: data.View, words: Signal, valid: Signal, leaves: Signal
    ) -> None:
        """Turn the words so that the part begins in front, and register it."""
        config = self.config
        turned: Value = words
        for bit in reversed(range(config.slot_bits + 1)):
            by = config.entry_bits << bit
            turned = Mux(held.turn[bit], Cat(turned[by:], turned[:by]), turned)
        payload = self.o.payload
        part = Signal(word_layout(config), reset_less=True)
        m.d.comb += payload.eq(part)
        with m.If(leaves):
            m.d.sync += self.o.valid.eq(valid)
        with m.If(leaves & valid):
            m.d.sync += [
                part.entries.eq(turned[: config.word_bits]),
                part.value.eq(held.value),
                part.last_slot.eq(held.last_slot),
                part.first.eq(held.first),
                part.last.eq(held.last),
            ]
