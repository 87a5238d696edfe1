"""Sparse matrix read: the entries of a column from wide words."""

from amaranth import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.sram import Sram
from zskip.hw.eie.interfaces import WritePort, WritePortInterface, column_layout, entry_layout
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.eie.config import STREAM_BITS, Config


class SparseMatrixRead(wiring.Component):
    """Sparse-matrix SRAM with word fetch and entry unpacking (EIE paper, section IV).

    Three stages: the column being fetched, the word that leaves the SRAM, the word being
    unpacked. An empty column takes one cycle of the unpacking, as in the paper's machine, and
    reads nothing.

    Latency: three cycles from a column to its first entry. Throughput: one entry a cycle without
    a bubble between words or columns. Stall rule: each stage waits for the one behind it; `i`
    waits while words of the current column remain to be fetched.

    Parameters
    ----------
    config : Config
        Gives depth and widths.

    Members
    -------
    i : In(stream)
        Activations with start and end of their column.
    o : Out(stream)
        Entries with their activation.
    w_port : In(WritePort)
        Writes a word; in I/O mode only.
    reading : Out(1)
        The SRAM is read in this cycle.
    busy : Out(1)
        A column or an entry is held.
    """

    i: stream.Interface
    o: stream.Interface
    w_port: WritePortInterface
    reading: Signal
    busy: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(column_layout(config))),
                "o": Out(stream.Signature(entry_layout(config))),
                "w_port": In(
                    WritePort(address_bits=config.word_address_bits, data_bits=STREAM_BITS)
                ),
                "reading": Out(1),
                "busy": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.sram = sram = Sram(width=config.word_bits, depth=config.spmat_depth)
        word_layout = data.StructLayout(
            {
                "value": ACTIVATION_BITS,
                "slot": config.slot_bits,
                "last_slot": config.slot_bits,
                "first": 1,
                "empty": 1,
            }
        )

        # Column: the words still to be fetched.
        column = Signal(word_layout)
        column_valid = Signal()
        word = Signal(config.word_address_bits)
        last_word = Signal(config.word_address_bits)
        at_last_word = word == last_word
        fetched_ready = Signal()
        fetch = column_valid & fetched_ready
        start, end = self.i.payload.start, self.i.payload.end
        last = Signal(config.pointer_bits)
        m.d.comb += [
            last.eq(end - 1),
            self.i.ready.eq(~column_valid | (fetch & (at_last_word | column.empty))),
        ]
        with m.If(fetch):
            m.d.sync += [word.eq(word + 1), column.first.eq(0), column.slot.eq(0)]
        with m.If(self.i.ready):
            m.d.sync += [
                column_valid.eq(self.i.valid),
                column.value.eq(self.i.payload.value),
                column.slot.eq(start[: config.slot_bits]),
                column.last_slot.eq(last[: config.slot_bits]),
                column.first.eq(1),
                column.empty.eq(start == end),
                word.eq(start[config.slot_bits :]),
                last_word.eq(last[config.slot_bits :]),
            ]

        # Fetched: the word that leaves the SRAM, which holds it.
        fetched = Signal(word_layout)
        fetched_valid = Signal()
        unpack_ready = Signal()
        m.d.comb += [
            fetched_ready.eq(~fetched_valid | unpack_ready),
            self.reading.eq(fetch & ~column.empty),
            sram.en.eq(self.reading | self.w_port.en),
            sram.we.eq(self.w_port.en),
            sram.w_data.eq(self.w_port.data),
            sram.address.eq(Mux(self.w_port.en, self.w_port.address, word)),
        ]
        with m.If(fetched_ready):
            m.d.sync += fetched_valid.eq(column_valid)
        with m.If(fetch):
            m.d.sync += [
                fetched.eq(column),
                fetched.last_slot.eq(
                    Mux(at_last_word, column.last_slot, config.entries_per_word - 1)
                ),
            ]

        # Unpacked: one entry a cycle.
        unpacked = Signal(word_layout)
        unpacked_valid = Signal()
        entries = Signal(data.ArrayLayout(config.entry_bits, config.entries_per_word))
        at_last_slot = unpacked.slot == unpacked.last_slot
        take = self.o.valid & self.o.ready
        m.d.comb += unpack_ready.eq(~unpacked_valid | unpacked.empty | (take & at_last_slot))
        with m.If(take):
            m.d.sync += [unpacked.slot.eq(unpacked.slot + 1), unpacked.first.eq(0)]
        with m.If(unpack_ready):
            m.d.sync += [
                unpacked_valid.eq(fetched_valid),
                unpacked.eq(fetched),
                entries.eq(sram.r_data),
            ]

        entry = Signal(config.entry_bits)
        m.d.comb += [
            entry.eq(entries[unpacked.slot] if config.slot_bits else entries),
            self.o.valid.eq(unpacked_valid & ~unpacked.empty),
            self.o.payload.value.eq(unpacked.value),
            self.o.payload.code.eq(entry[: config.weight_bits]),
            self.o.payload.run.eq(entry[config.weight_bits :]),
            self.o.payload.first.eq(unpacked.first),
            self.busy.eq(column_valid | fetched_valid | unpacked_valid),
        ]
        return m
