"""Grouped pointer read: where a column's entries stand, from the word of its group."""

from collections.abc import Mapping

from amaranth import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.tile_memory import TileHalvesInterface, connect_memory, weight_memory
from zskip.hw.common.write_port import WritePort, WritePortInterface
from zskip.hw.eie.interfaces import activation_layout, column_layout, tile_halves
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.eie.config import COUNT_BITS, Config
from zskip.model.eie.packets import POINTER_HALF_BITS
from zskip.model.eie.passes import GROUP_BITS
from zskip.model.eie.pointers import LARGEST_GROUP, PAIR

PIECE = COUNT_BITS >> LARGEST_GROUP
"""Bits of the narrowest counts; the others are some of these pieces."""

SHARED = range(PAIR + 1, LARGEST_GROUP + 1)
"""Sizes of groups, as powers of two, whose counts are narrower than those of pairs."""


class GroupedPointerRead(wiring.Component):
    """Read where a column's entries stand from the word of its group.

    Column ``j`` of a pass stands in the word at ``pointer_base + j div G``, ``G`` being
    ``2 ** group_bits``. A word has the first entry of the group in its lowest `pointer_bits`, and
    above it how many entries each column has, in ``COUNT_BITS / G`` bits. The counts of the columns
    in front are added up by a tree.

    Latency: two cycles: the word is registered behind the memory. Throughput: one column a cycle.
    Stall rule: `i` waits while both cycles hold a column and `o` is not taken. A write takes the
    memory for its cycle; it comes in I/O mode only.

    Parameters
    ----------
    config : Config
        Gives depth and widths.

    Members
    -------
    i : In(stream)
        Activations with their column index.
    o : Out(stream)
        Activations with the place of their column's entries.
    pointer_base : In(pair_bits)
        Address of the first word of the pass.
    group_bits : In(GROUP_BITS)
        Columns of a group, as a power of two from 2 to 16; constant while columns are read.
    w_port : In(WritePort)
        Writes a word: the first entry in the lower half of the data, the counts in the upper one.
    restart : In(1)
        Where words are held for several columns: forget the word that is shown.
    reading : Out(1)
        Where words are held for several columns: a word is read in this cycle.
    busy : Out(1)
        A column is held.
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
                "o": Out(stream.Signature(column_layout(config))),
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
        address = Signal.like(self.pointer_base)
        m.d.comb += [
            moves.eq(~self.o.valid | self.o.ready),
            self.i.ready.eq(~arrived | moves),
            accept.eq(self.i.valid & self.i.ready),
            self.busy.eq(arrived | self.o.valid),
            address.eq(self.pointer_base + (index >> self.group_bits)),
        ]
        connect_memory(
            m,
            words,
            read=self._read(m, accept, address),
            address=address,
            w_port=self.w_port,
            w_data=Cat(self.w_port.data[:bits], self.w_port.data[POINTER_HALF_BITS:]),
            halves=self.halves if config.streamed else None,
        )

        # The memory holds its data while nothing is accepted.
        value = Signal(ACTIVATION_BITS, reset_less=True)
        place = Signal(LARGEST_GROUP, reset_less=True)
        with m.If(self.i.ready):
            m.d.sync += arrived.eq(self.i.valid)
        with m.If(accept):
            m.d.sync += [value.eq(self.i.payload.value), place.eq(index)]

        o_value = Signal.like(value, name="o_value")
        # The first piece of the column's count, and which pieces are in front of it.
        o_piece = Signal.like(place, name="o_piece")
        o_before = Signal((1 << LARGEST_GROUP) - 1, reset_less=True)
        piece = Signal.like(place)
        o_word = Signal.like(words.word, name="o_word", reset_less=True)
        with m.If(moves):
            m.d.sync += self.o.valid.eq(arrived)
        with m.If(moves & arrived):
            m.d.sync += [
                o_value.eq(value),
                o_piece.eq(piece),
                o_before.eq(Cat(piece > column for column in range(len(o_before)))),
                o_word.eq(words.word),
            ]
        m.d.comb += [
            self.o.payload.value.eq(o_value),
            piece.eq((place << LARGEST_GROUP) >> self.group_bits),
        ]
        if config.parity:
            m.d.comb += self.faulty.eq(moves & arrived & words.faulty)
        counts = Signal(COUNT_BITS)
        own = Signal(COUNT_BITS >> PAIR)
        before = Signal(COUNT_BITS)
        m.d.comb += [
            counts.eq(o_word[bits:]),
            own.eq(counts >> (o_piece * PIECE)),
            before.eq(counts & Cat(flag.replicate(PIECE) for flag in o_before)),
        ]
        # Settings come from afar.
        at_least = {size: Signal(name=f"groups_of_{1 << size}", reset_less=True) for size in SHARED}
        m.d.sync += [known.eq(self.group_bits >= size) for size, known in at_least.items()]
        self._start(m, o_word[:bits], before, at_least)
        self._count(m, own, at_least)
        return m

    def _read(self, m: Module, accept: Signal, address: Signal) -> Value:
        """Return whether the memory is read for a column that is accepted."""
        if not self.config.holds_pointers:
            return accept
        # It shows its last word until it is read or written again.
        shows = Signal.like(address, name="shows", reset_less=True)
        shows_any = Signal()
        m.d.comb += self.reading.eq(accept & ~(shows_any & (shows == address)))
        with m.If(self.reading):
            m.d.sync += [shows.eq(address), shows_any.eq(1)]
        with m.If(self.restart | self.w_port.en):
            m.d.sync += shows_any.eq(0)
        return self.reading

    def _count(self, m: Module, counts: Value, at_least: Mapping[int, Value]) -> None:
        """Tell how many entries a column has, from the counts that begin with its own."""
        count = Signal(COUNT_BITS >> PAIR)
        for size in (PAIR, *SHARED):
            above = slice(COUNT_BITS >> (size + 1), COUNT_BITS >> size)
            others = at_least[size + 1] if size < LARGEST_GROUP else Const(0)
            m.d.comb += count[above].eq(Mux(others, 0, counts[above]))
        m.d.comb += count[:PIECE].eq(counts[:PIECE])
        m.d.comb += [self.o.payload.more.eq(count - 1), self.o.payload.empty.eq(count == 0)]

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
        bits = len(self.o.payload.start)
        totals = [Signal(bits, name=f"total_{half}") for half in range(2)]
        carries = Signal(bits)
        low, high = totals
        m.d.comb += [
            low.eq(fields[: COUNT_BITS >> PAIR]),
            high.eq(fields[COUNT_BITS >> PAIR :]),
            carries[1:].eq((first & low) | (first & high) | (low & high)),
            self.o.payload.start.eq((first ^ low ^ high) + carries),
        ]
