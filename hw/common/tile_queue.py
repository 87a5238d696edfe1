"""Tile queue: the tiles that are loaded, up to the one that is computed."""

from typing import Protocol

from amaranth import Array, Module, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect

from zskip.hw.common.block import Block
from zskip.hw.common.emitter import Emitter
from zskip.hw.common.loader import Loader
from zskip.hw.common.run_guard import RunGuard
from zskip.model.common.stream import STREAM_BITS

HALVES = 2
"""Tiles that there is room for."""


class Control(Protocol):
    """Ports of a control unit that are joined with the queue; `tile_ports` has most of them."""

    busy: Signal
    tile: stream.Interface
    tile_half: Signal
    failed: Signal
    waits: Signal
    refuses: Signal


def tile_ports() -> dict[str, wiring.Member]:
    """Return the ports of a control unit that have to do with tiles.

    The oldest tile and its half, whether there was an error since the run began; whether a pass
    waits for a tile, and whether the run has refused something.
    """
    return {
        "tile": In(stream.Signature(STREAM_BITS)),
        "tile_half": In(1),
        "failed": In(1),
        "waits": Out(1),
        "refuses": Out(1),
    }


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

    def join(
        self,
        m: Module,
        block: Block,
        loader: Loader,
        control: Control,
        emitter: Emitter,
        guard: RunGuard,
    ) -> None:
        """Connect the queue with the ports of a block and its units."""
        fails: Value = (loader.refuses & control.busy) | control.refuses
        if emitter.parity:
            # A pass that is not in the program any more may wait for a tile for ever.
            fails |= emitter.stop & control.busy
        connect(m, self.o, control.tile)
        m.d.comb += [
            self.i.valid.eq(loader.tile),
            self.i.payload.eq(block.i.payload),
            self.begins.eq(guard.go),
            self.refused.eq(guard.accepted & ~guard.go),
            self.running.eq(control.busy),
            self.fails.eq(fails),
            control.tile_half.eq(self.computing),
            control.failed.eq(self.failed),
            loader.drop.eq(self.drop),
            loader.awaited.eq(control.waits),
            loader.room.eq(self.i.ready),
            loader.half.eq(self.loading),
        ]

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
