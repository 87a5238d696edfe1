"""Sparse matrix read: the entries of a column from wide words."""

from amaranth import Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from zskip.hw.common.tile_memory import TileHalvesInterface, connect_memory, weight_memory
from zskip.hw.common.write_port import WritePort, WritePortInterface
from zskip.hw.eie.interfaces import column_layout, tile_halves, unpacked_layout
from zskip.hw.eie.pe.lane_buffer import LaneBuffer
from zskip.hw.eie.pe.matrix_banks import MatrixBanks
from zskip.hw.eie.pe.word_buffer import WordBuffer
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.stream import STREAM_BITS
from zskip.model.eie.config import Config


class SparseMatrixRead(wiring.Component):
    """Sparse-matrix SRAM with word fetch and entry unpacking (EIE paper, section IV).

    Stages: the column being fetched, the word that leaves the SRAM, the same word in registers, and
    those of `WordBuffer`. Where there is no column queue, an empty column takes a word's place for
    one cycle, as in the paper's machine, and reads nothing.

    Latency: five cycles from a column to its first entry. Throughput: one entry a cycle without a
    bubble between words or columns. Stall rule: each stage waits for the one behind it; `i` waits
    while words of the current column remain to be fetched.

    Parameters
    ----------
    config : Config
        Gives depth and widths.

    Members
    -------
    i : In(stream)
        Activations with the place of their column's entries.
    o : Out(stream)
        Entries with their activation.
    w_port : In(WritePort)
        Writes a word; in I/O mode only.
    reading : Out(1)
        The SRAM is read in this cycle.
    restart : In(1)
        Of two banks: forget which words they show; nothing may be held.
    busy : Out(1)
        A column or a word is held; the entry at `o` does not count, but a group there does.
    counted, padding : Out
        With several lanes: entries that `LaneBuffer` counts, and those that are padding.
    faulty : Out(parity)
        The parity of a word that is taken from the SRAM is wrong.
    halves : In(TileHalves)
        Halves of the SRAM that are read and written; with streamed weights only.
    """

    i: stream.Interface
    o: stream.Interface
    w_port: WritePortInterface
    restart: Signal
    reading: Signal
    busy: Signal
    counted: Signal
    padding: Signal
    faulty: Signal
    halves: TileHalvesInterface

    def __init__(self, config: Config) -> None:
        self.config = config
        bits = config.entries_per_word.bit_length()
        counts = {"counted": Out(bits), "padding": Out(bits)} if config.lanes > 1 else {}
        restart = {"restart": In(1)} if config.reads_in_banks else {}
        super().__init__(
            {
                "i": In(stream.Signature(column_layout(config))),
                "o": Out(stream.Signature(unpacked_layout(config))),
                "w_port": In(
                    WritePort(address_bits=config.word_address_bits, data_bits=STREAM_BITS)
                ),
                "reading": Out(2 if config.reads_in_banks else 1),
                "busy": Out(1),
                "faulty": Out(config.parity),
                **counts,
                **tile_halves(config),
                **restart,
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        if config.reads_in_banks:
            self._banks(m)
            return m
        m.submodules.sram = sram = weight_memory(
            width=config.word_bits,
            depth=config.spmat_depth,
            streamed=config.streamed,
            parity=config.parity,
        )
        m.submodules.buffer = buffer = self._buffer(m)
        connect(m, buffer.o, flipped(self.o))
        layout = self._part_layout()
        column = Signal(layout, reset_less=True)
        column_valid = Signal()
        fetch = Signal()
        at_last_word = Signal()
        word = Signal(config.word_address_bits, reset_less=True)
        self._column(m, column, column_valid, word, at_last_word, fetch)

        # The SRAM holds the word that leaves it.
        fetched = Signal(layout, reset_less=True)
        fetched_valid = Signal()
        word_valid = Signal()
        moves = Signal()
        m.d.comb += [
            moves.eq(~word_valid | buffer.i.ready),
            fetch.eq(column_valid & (~fetched_valid | moves)),
            self.reading.eq(fetch & ~column.empty),
        ]
        connect_memory(
            m,
            sram,
            read=self.reading,
            address=word,
            write=self.w_port.en,
            w_address=self.w_port.address,
            w_data=self.w_port.data,
            halves=self.halves if config.streamed else None,
        )
        m.d.comb += self.busy.eq(column_valid | fetched_valid | word_valid | buffer.busy)
        with m.If(moves):
            m.d.sync += fetched_valid.eq(0)
        with m.If(fetch):
            last_slot = Mux(at_last_word, column.last_slot, self.config.entries_per_word - 1)
            m.d.sync += [
                fetched_valid.eq(1),
                fetched.eq(column),
                fetched.base.eq(word << self.config.slot_bits),
                fetched.last_slot.eq(last_slot),
            ]
            if self.config.lanes > 1:
                m.d.sync += fetched.last.eq(at_last_word)
        self._word(m, fetched, fetched_valid, sram.word, buffer.i, word_valid, moves)
        if self.config.parity:
            m.d.comb += self.faulty.eq(moves & fetched_valid & ~fetched.empty & sram.faulty)
        return m

    def _buffer(self, m: Module) -> WordBuffer | LaneBuffer:
        """Return what unpacks the words."""
        if self.config.lanes == 1:
            return WordBuffer(self.config)
        buffer = LaneBuffer(self.config)
        m.d.comb += [self.counted.eq(buffer.counted), self.padding.eq(buffer.padding)]
        return buffer

    def _banks(self, m: Module) -> None:
        """Read the words from two banks; `reading` counts both, `restart` lets them forget."""
        m.submodules.banks = banks = MatrixBanks(self.config)
        m.submodules.buffer = buffer = self._buffer(m)
        connect(m, buffer.o, flipped(self.o))
        connect(m, flipped(self.i), banks.i)
        connect(m, flipped(self.w_port), banks.w_port)
        connect(m, banks.o, buffer.i)
        m.d.comb += [
            banks.restart.eq(self.restart),
            self.reading.eq(banks.reading),
            self.busy.eq(banks.busy | buffer.busy),
            self.faulty.eq(banks.faulty),
        ]

    def _part_layout(self) -> data.StructLayout:
        """Return what is known of a word beside its entries."""
        config = self.config
        layout = {
            "value": ACTIVATION_BITS,
            "slot": config.slot_bits,
            "last_slot": config.slot_bits,
            "base": config.gap_bits,
            "start": config.gap_bits,
            "first": 1,
            "empty": 1,
        }
        if config.lanes > 1:
            layout["last"] = 1
        return data.StructLayout(layout)

    def _column(
        self,
        m: Module,
        column: data.View,
        valid: Signal,
        word: Signal,
        at_last_word: Signal,
        fetch: Signal,
    ) -> None:
        """Hold the column of which words are still to be fetched."""
        config = self.config
        start, more = self.i.payload.start, self.i.payload.more
        last = Signal(max(config.row_bits, config.slot_bits) + 1)
        words_left = Signal(len(last) - config.slot_bits, reset_less=True)
        m.d.comb += [
            last.eq(start[: config.slot_bits] + more),
            at_last_word.eq(words_left == 0),
            self.i.ready.eq(~valid | (fetch & (at_last_word | column.empty))),
        ]
        with m.If(fetch):
            m.d.sync += [
                word.eq(word + 1),
                words_left.eq(words_left - 1),
                column.first.eq(0),
                column.slot.eq(0),
            ]
        with m.If(self.i.ready):
            m.d.sync += [
                valid.eq(self.i.valid),
                column.value.eq(self.i.payload.value),
                column.slot.eq(start[: config.slot_bits]),
                column.last_slot.eq(last[: config.slot_bits]),
                column.start.eq(start),
                column.first.eq(1),
                word.eq(start[config.slot_bits :]),
                words_left.eq(last[config.slot_bits :]),
            ]
            # The column queue lets no empty column through.
            if not config.column_queue_depth:
                m.d.sync += column.empty.eq(self.i.payload.empty)

    def _word(
        self,
        m: Module,
        fetched: data.View,
        fetched_valid: Signal,
        r_data: Value,
        words: stream.Interface,
        valid: Signal,
        moves: Signal,
    ) -> None:
        """Register the word behind the SRAM, for which reading it then has a whole cycle."""
        held = Signal(self._part_layout(), reset_less=True)
        entries = Signal.like(r_data, reset_less=True)
        m.d.comb += [
            words.valid.eq(valid),
            words.payload.entries.eq(entries),
            *(words.payload[name].eq(held[name]) for name, _ in self._part_layout()),
        ]
        with m.If(moves):
            m.d.sync += valid.eq(fetched_valid)
        with m.If(moves & fetched_valid):
            m.d.sync += [held.eq(fetched), entries.eq(r_data)]
