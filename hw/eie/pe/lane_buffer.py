"""Lane buffer: unpacks sparse-matrix words into groups of entries for several lanes."""

from amaranth import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from zskip.hw.common.queue import Queue
from zskip.hw.eie.interfaces import block_layout, group_layout, word_layout
from zskip.hw.eie.pe.block_builder import BlockBuilder
from zskip.hw.eie.pe.lane_window import LaneWindow
from zskip.hw.eie.pe.row_sums import RowSums
from zskip.model.eie.config import Config
from zskip.model.eie.latencies import BLOCK_QUEUE_DEPTH


class LaneBuffer(wiring.Component):
    """Unpack words into groups: row sums, blocks of real entries, a queue of them, the window.

    The queue evens out columns of many words with few entries and columns of one word with many
    rows in the same bank.

    Latency: four cycles from the last word of a short column to its first group. Throughput: one
    word and one group a cycle. Stall rule: that of `RowSums`; a word that is dropped never waits.

    Parameters
    ----------
    config : Config
        Gives the widths.

    Members
    -------
    i : In(stream)
        Words.
    o : Out(stream)
        Groups.
    busy : Out(1)
        A word or an entry is held, the group at `o` included.
    counted, padding : Out
        Entries of the column in the word that is counted in this cycle, and those of them that are
        padding.
    """

    i: stream.Interface
    o: stream.Interface
    busy: Signal
    counted: Signal
    padding: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        bits = config.entries_per_word.bit_length()
        super().__init__(
            {
                "i": In(stream.Signature(word_layout(config))),
                "o": Out(stream.Signature(group_layout(config))),
                "busy": Out(1),
                "counted": Out(bits),
                "padding": Out(bits),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.row_sums = row_sums = RowSums(config)
        m.submodules.builder = builder = BlockBuilder(config)
        m.submodules.queue = queue = Queue(block_layout(config), depth=BLOCK_QUEUE_DEPTH)
        m.submodules.window = window = LaneWindow(config)
        connect(m, flipped(self.i), row_sums.i)
        connect(m, row_sums.o, builder.i)
        connect(m, builder.o, queue.i)
        connect(m, queue.o, window.i)
        connect(m, window.o, flipped(self.o))
        m.d.comb += [
            self.busy.eq(row_sums.held | builder.held | queue.held | window.held),
            self.counted.eq(row_sums.counted),
            self.padding.eq(row_sums.padding),
        ]
        return m
