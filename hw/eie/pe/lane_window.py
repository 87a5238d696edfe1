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
        block = Signal(block_layout(self.config))
        # As many as the lanes that have an entry.
        size = Signal(range(lanes + 1))
        moves = Signal()
        ends = Signal()
        fits = Cat(self._fits(block, lane) for lane in range(lanes))
        m.d.comb += [
            self.o.valid.eq(self.held & block.count.any()),
            self.o.payload.value.eq(block.value),
            self.o.payload.valid.eq(Cat(fits[: lane + 1].all() for lane in range(lanes))),
            size.eq(sum(self.o.payload.valid)),
            ends.eq(block.count == size),
            moves.eq(self.o.ready | ~block.count.any()),
            self.i.ready.eq(~self.held | (moves & ends)),
        ]
        m.d.comb += [self.o.payload.entries[lane].eq(block.entries[lane]) for lane in range(lanes)]
        with m.If(self.i.ready):
            m.d.sync += [self.held.eq(self.i.valid), block.eq(self.i.payload)]
        with m.Elif(moves):
            m.d.sync += block.count.eq(block.count - size)
            self._shift(m, block)
        return m

    def _shift(self, m: Module, block: data.View) -> None:
        """Move the entries behind the group to the front."""
        valid = self.o.payload.valid
        for lane in range(self.config.lanes):
            # The last lane with an entry tells the size of the group.
            with m.If(valid[lane] & ~valid[lane + 1 : lane + 2].any()):
                m.d.sync += [
                    block.entries[place - lane - 1].eq(block.entries[place])
                    for place in range(lane + 1, self.config.entries_per_word)
                ]

    def _fits(self, block: data.View, lane: int) -> Value:
        """Return whether a lane has an entry in another bank than all lanes in front of it."""
        banks = [block.entries[other].row[: self.config.bank_bits] for other in range(lane + 1)]
        return Cat(block.count > lane, *(banks[lane] != bank for bank in banks[:lane])).all()
