"""Tile queue: the tiles that are loaded, up to the one that is computed."""

from amaranth import Array, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.model.common.stream import STREAM_BITS

HALVES = 2
"""Tiles that there is room for."""


class TileQueue(wiring.Component):
    """Hold the descriptions of the tiles in both halves of the memories of weights.

    A tile has its half until its description is taken. Tiles change halves in turn, beginning with
    half 0 behind a reset.

    A start that is refused, or a run that failed, leaves tiles that nothing will compute: they are
    given up, and so are all that come before the next run begins.

    Latency: one cycle from `i` to `o`. Throughput: a tile a cycle. Stall rule: `i` waits while both
    halves have a tile.

    Members
    -------
    i : In(stream)
        A tile is loaded, and its description.
    o : Out(stream)
        The oldest tile; it is taken when nothing of it is read any more.
    loading : Out(1)
        Half of the tile that is loaded next.
    computing : Out(1)
        Half of the oldest tile.
    begins : In(1)
        A run begins.
    refused : In(1)
        A start is refused.
    running : In(1)
        A run is under way.
    fails : In(1)
        Something of the run that is under way is refused.
    failed : Out(1)
        A start was refused since the last one that was not, or something of the run.
    drop : Out(1)
        Tiles are given up.
    """

    i: stream.Interface
    o: stream.Interface
    loading: Signal
    computing: Signal
    begins: Signal
    refused: Signal
    running: Signal
    fails: Signal
    failed: Signal
    drop: Signal

    def __init__(self) -> None:
        super().__init__(
            {
                "i": In(stream.Signature(STREAM_BITS)),
                "o": Out(stream.Signature(STREAM_BITS)),
                "loading": Out(1),
                "computing": Out(1),
                **dict.fromkeys(("begins", "refused", "running", "fails"), In(1)),
                "failed": Out(1),
                "drop": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        words = Array(
            Signal(STREAM_BITS, name=f"word_{half}", reset_less=True) for half in range(HALVES)
        )
        count = Signal(range(HALVES + 1))
        comes, goes = Signal(), Signal()
        m.d.comb += [
            self.i.ready.eq(count != HALVES),
            self.o.valid.eq(count != 0),
            self.o.payload.eq(words[self.computing]),
            comes.eq(self.i.valid & self.i.ready & ~self.drop),
            goes.eq(self.o.valid & self.o.ready),
        ]
        m.d.sync += count.eq(count + comes - goes)
        with m.If(comes):
            m.d.sync += [words[self.loading].eq(self.i.payload), self.loading.eq(~self.loading)]
        with m.If(goes):
            m.d.sync += self.computing.eq(~self.computing)

        m.d.comb += self.drop.eq(self.failed & ~self.running)
        with m.If(self.begins):
            m.d.sync += self.failed.eq(0)
        with m.Elif(self.fails | self.refused):
            m.d.sync += self.failed.eq(1)
        with m.If(self.drop):
            m.d.sync += [count.eq(0), self.computing.eq(self.loading)]
        return m
