"""Grouped pointer read: where a column's entries stand, from the word of its group."""

from amaranth import Cat, Module, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.tile_memory import TileHalvesInterface, connect_memory, weight_memory
from zskip.hw.common.write_port import WritePort, WritePortInterface
from zskip.hw.eie.interfaces import SECOND, activation_layout, columns_layout, tile_halves
from zskip.hw.eie.pe.group_column import GroupColumn
from zskip.model.eie.config import Config
from zskip.model.eie.packets import POINTER_HALF_BITS
from zskip.model.eie.passes import GROUP_BITS
from zskip.model.eie.pointers import PAIR


class GroupedPointerRead(wiring.Component):
    """Read where a column's entries stand from the word of its group.

    Column ``j`` of a pass stands in the word at ``pointer_base + j div G``, ``G`` being
    ``2 ** group_bits``. A word has the first entry of the group in its lowest `pointer_bits`, and
    above it how many entries each column has, in ``COUNT_BITS / G`` bits. Both columns of a pair
    stand in one word.

    Latency: two cycles: the word is registered behind the memory. Throughput: one broadcast a
    cycle. Stall rule: `i` waits while both cycles hold a broadcast and `o` is not taken. A write
    takes the memory for its cycle; it comes in I/O mode only.

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
        index = self.i.payload.index
        group = Signal(config.index_bits - PAIR)
        address = Signal.like(self.pointer_base)
        m.d.comb += [
            moves.eq(~self.o.valid | self.o.ready),
            self.i.ready.eq(~arrived | moves),
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
            m.d.sync += self.o.valid.eq(arrived)
        with m.If(leaves):
            m.d.sync += word.eq(words.word)
        if config.parity:
            m.d.comb += self.faulty.eq(leaves & words.faulty)
        self._column(m, "", index, accept, leaves, word)
        if config.in_pairs:
            self._second(m, accept, leaves, word)
        return m

    def _column(
        self, m: Module, name: str, index: Value, accept: Value, leaves: Value, word: Value
    ) -> GroupColumn:
        """Follow a column of the broadcast through both cycles."""
        m.submodules[f"{name}column"] = column = GroupColumn(self.config)
        fields = [field for field, _ in column.o.shape()]
        m.d.comb += [
            column.group_bits.eq(self.group_bits),
            column.accept.eq(accept),
            column.leaves.eq(leaves),
            column.i_value.eq(self.i.payload[f"{name}value"]),
            column.i_place.eq(index),
            column.word.eq(word),
            *(self.o.payload[f"{name}{field}"].eq(column.o[field]) for field in fields),
        ]
        return column

    def _second(self, m: Module, accept: Value, leaves: Value, word: Value) -> None:
        """Follow the second column of a pair; without one it is empty."""
        payload = self.i.payload
        lane = payload.second_lane
        place = Cat(lane, payload.index[len(lane) :])
        column = self._column(m, SECOND, place, accept, leaves, word)
        both = Signal(reset_less=True)
        o_both = Signal(reset_less=True)
        with m.If(accept):
            m.d.sync += both.eq(payload.both)
        with m.If(leaves):
            m.d.sync += o_both.eq(both)
        m.d.comb += self.o.payload.second_empty.eq(~o_both | column.o.empty)

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
