"""Grouped pointer read: start and end of a column from the word of its group."""

from amaranth import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.sram import Sram
from zskip.hw.common.write_port import WritePort, WritePortInterface
from zskip.hw.eie.interfaces import activation_layout, column_layout
from zskip.model.eie.config import COUNT_BITS, Config
from zskip.model.eie.packets import POINTER_HALF_BITS
from zskip.model.eie.passes import GROUP_BITS
from zskip.model.eie.pointers import LARGEST_GROUP, PAIR


class GroupedPointerRead(wiring.Component):
    """Read start and end of a column from the word of its group.

    Column ``j`` of a pass stands in the word at ``pointer_base + j div G``, ``G`` being
    ``2 ** group_bits``. A word has the first entry of the group in its lowest `pointer_bits`, and
    above it how many entries each column has, in ``COUNT_BITS / G`` bits. The counts of the columns
    in front, and of these and the column itself, are added up by a tree each.

    Latency: one cycle. Throughput: one column a cycle. Stall rule: `i` waits while `o` holds a
    column that is not taken. A write takes the memory for its cycle; it comes in I/O mode only.

    Parameters
    ----------
    config : Config
        Gives depth and widths.

    Members
    -------
    i : In(stream)
        Activations with their column index.
    o : Out(stream)
        Activations with start and end of their column.
    pointer_base : In(pair_bits)
        Address of the first word of the pass.
    group_bits : In(GROUP_BITS)
        Columns of a group, as a power of two from 2 to 16; constant while columns are read.
    w_port : In(WritePort)
        Writes a word: the first entry in the lower half of the data, the counts in the upper one.
    """

    i: stream.Interface
    o: stream.Interface
    pointer_base: Signal
    group_bits: Signal
    w_port: WritePortInterface

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(activation_layout(config))),
                "o": Out(stream.Signature(column_layout(config))),
                "pointer_base": In(config.pair_bits),
                "group_bits": In(GROUP_BITS),
                "w_port": In(
                    WritePort(address_bits=config.pair_bits, data_bits=2 * POINTER_HALF_BITS)
                ),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, bits = self.config, self.config.pointer_bits
        m.submodules.words = words = Sram(
            width=config.pointer_word_bits, depth=config.pointer_words
        )

        accept = Signal()
        index = self.i.payload.index
        address = Signal.like(self.pointer_base)
        m.d.comb += [
            self.i.ready.eq(~self.o.valid | self.o.ready),
            accept.eq(self.i.valid & self.i.ready),
            address.eq(self.pointer_base + (index >> self.group_bits)),
            words.en.eq(accept | self.w_port.en),
            words.we.eq(self.w_port.en),
            words.w_data.eq(Cat(self.w_port.data[:bits], self.w_port.data[POINTER_HALF_BITS:])),
            words.address.eq(Mux(self.w_port.en, self.w_port.address, address)),
        ]

        # The memory holds its data while nothing is accepted, so it is the output register.
        place = Signal(LARGEST_GROUP)
        with m.If(self.i.ready):
            m.d.sync += self.o.valid.eq(self.i.valid)
        with m.If(accept):
            m.d.sync += [self.o.payload.value.eq(self.i.payload.value), place.eq(index)]

        first, counts = words.r_data[:bits], words.r_data[bits:]
        before = Signal(COUNT_BITS)
        within = Signal(COUNT_BITS)
        with m.Switch(self.group_bits):
            for size in range(PAIR, LARGEST_GROUP + 1):
                with m.Case(size):
                    width = COUNT_BITS >> size
                    for column in range(1 << size):
                        count = counts[column * width : (column + 1) * width]
                        at = slice(column * width, (column + 1) * width)
                        reached = place[:size] >= column if column else Const(1)
                        m.d.comb += within[at].eq(Mux(reached, count, 0))
                        if column < (1 << size) - 1:
                            m.d.comb += before[at].eq(Mux(place[:size] > column, count, 0))
        m.d.comb += [
            self.o.payload.start.eq(first + self._total(m, before, "before")),
            self.o.payload.end.eq(first + self._total(m, within, "within")),
        ]
        return m

    def _total(self, m: Module, counts: Signal, name: str) -> Value:
        """Add up counts: at each level those that are as narrow, pairs of them."""
        fields = counts
        for size in range(LARGEST_GROUP, 0, -1):
            width = COUNT_BITS >> size
            sums = Signal(COUNT_BITS + (size == 1), name=f"{name}_{width}")
            for pair in range(1 << (size - 1)):
                at = slice(2 * pair * width, 2 * (pair + 1) * width)
                low, high = fields[at][:width], fields[at][width:]
                target = sums if size == 1 else sums[at]
                m.d.comb += target.eq(Mux(self.group_bits >= size, low + high, fields[at]))
            fields = sums
        return fields
