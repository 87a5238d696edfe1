"""Lane window: gives the entries of a block, several a cycle where their banks differ."""

from amaranth import Cat, Module, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.eie.interfaces import block_layout, group_layout
from zskip.model.eie.config import Config


class LaneWindow(wiring.Component):
    """Give the entries of a block in groups: as many as there are lanes, as long as it goes.

    A group ends in front of an entry whose bank is that of another one in it. A block without
    entries takes one cycle and gives nothing.

    Latency: one cycle from a block to its first group. Throughput: one group a cycle without a
    bubble between blocks. Stall rule: `i` waits until the last group of the block is taken.

    Parameters
    ----------
    config : Config
        Gives the widths.

    Members
    -------
    i : In(stream)
        Blocks.
    o : Out(stream)
        Groups.
    held : Out(1)
        A block is held.
    """

    i: stream.Interface
    o: stream.Interface
    held: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(block_layout(config))),
                "o": Out(stream.Signature(group_layout(config))),
                "held": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lanes = self.config.lanes
        value = Signal.like(self.i.payload.value)
        entries = Signal.like(self.i.payload.entries)
        # Marks places, as the lanes with an entry: numbers of them would have to be added up.
        left = Signal(self.config.entries_per_word)
        moves = Signal()
        ends = Signal()
        differ = Cat(self._differs(entries, lane) for lane in range(lanes))
        m.d.comb += [
            self.o.valid.eq(self.held & left[0]),
            self.o.payload.value.eq(value),
            self.o.payload.valid.eq(
                Cat(left[lane] & differ[: lane + 1].all() for lane in range(lanes))
            ),
            ends.eq(left[: lanes + 1] == self.o.payload.valid),
            moves.eq(self.o.ready | ~left[0]),
            self.i.ready.eq(~self.held | (moves & ends)),
        ]
        m.d.comb += [self.o.payload.entries[lane].eq(entries[lane]) for lane in range(lanes)]
        with m.If(self.i.ready):
            block = self.i.payload
            m.d.sync += [
                self.held.eq(self.i.valid),
                value.eq(block.value),
                entries.eq(block.entries),
                left.eq(Cat(block.count > place for place in range(len(left)))),
            ]
        with m.Elif(moves):
            self._shift(m, entries, left)
        return m

    def _shift(self, m: Module, entries: data.View, left: Signal) -> None:
        """Move the entries behind the group to the front."""
        valid = self.o.payload.valid
        for lane in range(self.config.lanes):
            # The last lane with an entry tells the size of the group.
            with m.If(valid[lane] & ~valid[lane + 1 : lane + 2].any()):
                m.d.sync += left.eq(left >> (lane + 1))
                m.d.sync += [
                    entries[place - lane - 1].eq(entries[place])
                    for place in range(lane + 1, self.config.entries_per_word)
                ]

    def _differs(self, entries: data.View, lane: int) -> Value:
        """Return whether the bank of a lane is another one than those of the lanes in front."""
        banks = [entries[other].row[: self.config.bank_bits] for other in range(lane + 1)]
        return Cat(1, *(banks[lane] != bank for bank in banks[:lane])).all()
