"""Grouped pointer read: where a column's entries stand, from the word of its group."""

from typing import NamedTuple

from amaranth import Cat, Const, Module, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.tile_memory import TileHalvesInterface, connect_memory, weight_memory
from zskip.hw.common.write_port import WritePort, WritePortInterface
from zskip.hw.eie.interfaces import (
    activation_layout,
    columns_layout,
    numbered,
    tile_halves,
)
from zskip.hw.eie.pe.group_column import GroupColumn
from zskip.model.eie.config import Config
from zskip.model.eie.packets import POINTER_HALF_BITS
from zskip.model.eie.passes import GROUP_BITS
from zskip.model.eie.pointers import PAIR


class Steps(NamedTuple):
    """Steps that the columns of a broadcast take, and the words behind the memory and a register.

    `accept` takes a column, `leaves` shows the one that was taken.
    """

    accept: Signal
    leaves: Value
    arriving: Value
    word: Signal


class GroupedPointerRead(wiring.Component):
    """Read where a column's entries stand from the word of its group.

    Column ``j`` of a pass stands in the word at ``pointer_base + j div G``, ``G`` being
    ``2 ** group_bits``. A word has the first entry of the group in its lowest `pointer_bits`, and
    above it how many entries each column has, in ``COUNT_BITS / G`` bits. All columns of a
    broadcast stand in one word; a broadcast of a group whose columns are all empty is dropped.

    Latency: two cycles: the word is registered behind the memory. Throughput: one broadcast a
    cycle. Stall rule: `i` waits while both cycles hold a broadcast that is not dropped and `o` is
    not taken. A write takes the memory for its cycle; it comes in I/O mode only.

    Parameters
    ----------
    config : Config
        Gives depth and widths.

    Members
    -------
    i : In(stream)
        Activations with their column index.
    o : Out(stream)
        Activations with the places of their columns' entries.
    pointer_base : In(pair_bits)
        Address of the first word of the pass.
    group_bits : In(GROUP_BITS)
        Columns of a group, as a power of two from 2 to 16; constant while columns are read.
    w_port : In(WritePort)
        Writes a word: the first entry in the lower half of the data, the counts in the upper one.
    restart : In(1)
        Where words are held for several columns: forget the word that is shown, as in front of
        each pass.
    reading : Out(1)
        Where words are held for several columns: a word is read in this cycle.
    busy : Out(1)
        A broadcast is held.
    faulty : Out(parity)
        The parity of a word that is taken from the memory is wrong.
    halves : In(TileHalves)
        Halves of the memory that are read and written; with streamed weights only, where a write
        takes no cycle of the other half.
    """

    i: stream.Interface
    o: stream.Interface
    pointer_base: Signal
    group_bits: Signal
    w_port: WritePortInterface
    restart: Signal
    reading: Signal
    busy: Signal
    faulty: Signal
    halves: TileHalvesInterface

    def __init__(self, config: Config) -> None:
        self.config = config
        holds = {"restart": In(1), "reading": Out(1)} if config.holds_pointers else {}
        super().__init__(
            {
                "i": In(stream.Signature(activation_layout(config))),
                "o": Out(stream.Signature(columns_layout(config))),
                "pointer_base": In(config.pair_bits),
                "group_bits": In(GROUP_BITS),
                "w_port": In(
                    WritePort(address_bits=config.pair_bits, data_bits=2 * POINTER_HALF_BITS)
                ),
                "busy": Out(1),
                "faulty": Out(config.parity),
                **tile_halves(config),
                **holds,
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, bits = self.config, self.config.pointer_bits
        m.submodules.words = words = weight_memory(
            width=config.pointer_word_bits,
            depth=config.pointer_words,
            streamed=config.streamed,
            parity=config.parity,
        )

        accept = Signal()
        arrived = Signal()
        moves = Signal()
        drops = Signal()
        ends = moves | drops if config.in_groups else moves
        shows = arrived & ~drops if config.in_groups else arrived
        index = self.i.payload.index
        group = Signal(config.index_bits - PAIR)
        address = Signal.like(self.pointer_base)
        m.d.comb += [
            moves.eq(~self.o.valid | self.o.ready),
            self.i.ready.eq(~arrived | ends),
            accept.eq(self.i.valid & self.i.ready),
            self.busy.eq(arrived | self.o.valid),
            group.eq(index >> self.group_bits),
            address.eq(self.pointer_base + group),
        ]
        connect_memory(
            m,
            words,
            read=self._read(m, accept, group),
            address=address,
            write=self.w_port.en,
            w_address=self.w_port.address,
            w_data=Cat(self.w_port.data[:bits], self.w_port.data[POINTER_HALF_BITS:]),
            halves=self.halves if config.streamed else None,
        )

        # The memory holds its data while nothing is accepted.
        word = Signal.like(words.word, name="o_word", reset_less=True)
        leaves = moves & arrived
        with m.If(self.i.ready):
            m.d.sync += arrived.eq(self.i.valid)
        with m.If(moves):
            m.d.sync += self.o.valid.eq(shows)
        with m.If(leaves):
            m.d.sync += word.eq(words.word)
        if config.parity:
            m.d.comb += self.faulty.eq(ends & arrived & words.faulty)
        steps = Steps(accept, leaves, words.word, word)
        first = self._column(m, 0, index, steps)
        if config.in_groups:
            some = self._others(m, steps)
            m.d.comb += drops.eq(arrived & ~first.some & ~some)
        return m

    def _column(self, m: Module, number: int, index: Value, steps: Steps) -> GroupColumn:
        """Follow a column of the broadcast through both cycles."""
        m.submodules[numbered("column", number)] = column = GroupColumn(self.config)
        fields = [str(field) for field, _ in column.o.shape()]
        m.d.comb += [
            column.group_bits.eq(self.group_bits),
            column.accept.eq(steps.accept),
            column.leaves.eq(steps.leaves),
            column.i_value.eq(self.i.payload[numbered("value", number)]),
            column.i_place.eq(index),
            column.word.eq(steps.word),
            *(self.o.payload[numbered(field, number)].eq(column.o[field]) for field in fields),
        ]
        if self.config.in_groups:
            m.d.comb += column.arriving.eq(steps.arriving)
        return column

    def _others(self, m: Module, steps: Steps) -> Value:
        """Follow the other columns of a group; return whether one that arrives has entries."""
        payload = self.i.payload
        some: Value = Const(0)
        for number in range(1, self.config.broadcast_size):
            column = self._column(m, number, payload[numbered("place", number)], steps)
            valid = Signal(name=f"valid_{number}", reset_less=True)
            o_valid = Signal(name=f"o_valid_{number}", reset_less=True)
            with m.If(steps.accept):
                m.d.sync += valid.eq(payload[numbered("valid", number)])
            with m.If(steps.leaves):
                m.d.sync += o_valid.eq(valid)
            empty = ~o_valid | column.o.empty
            m.d.comb += self.o.payload[numbered("empty", number)].eq(empty)
            some |= valid & column.some
        return some

    def _read(self, m: Module, accept: Signal, group: Signal) -> Value:
        """Return whether the memory is read for a column that is accepted."""
        if not self.config.holds_pointers:
            return accept
        # It shows its last word until it is read or written again, or the base of another pass is
        # added to the number of a group.
        shows = Signal.like(group, name="shows", reset_less=True)
        shows_any = Signal()
        m.d.comb += self.reading.eq(accept & ~(shows_any & (shows == group)))
        # If it is shown already, the same again: `reading` comes late.
        with m.If(accept):
            m.d.sync += [shows.eq(group), shows_any.eq(1)]
        with m.If(self.restart | self.w_port.en):
            m.d.sync += shows_any.eq(0)
        return self.reading
