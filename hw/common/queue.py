"""First-in first-out queue that an item can pass through in no time."""

from amaranth import Module, Mux, Signal
from amaranth.hdl import Shape, ShapeLike
from amaranth.lib import fifo, stream, wiring
from amaranth.lib.wiring import In, Out


class Queue(wiring.Component):
    """Queue of ``depth`` usable entries with fall-through.

    Latency: none while the queue is empty and `o` is ready. Throughput: one item in and one out a
    cycle; a full queue takes nothing in the cycle in which it gives an item away. Stall rule: `i`
    waits while the queue is full.

    Parameters
    ----------
    shape : ShapeLike
        Of an item.
    depth : int
        Usable entries, at least 1.

    Members
    -------
    i : In(stream)
        Items.
    o : Out(stream)
        The oldest item.
    held : Out(1)
        The queue holds an item.
    """

    i: stream.Interface
    o: stream.Interface
    held: Signal

    def __init__(self, shape: ShapeLike, *, depth: int) -> None:
        self.width = Shape.cast(shape).width
        self.depth = depth
        super().__init__(
            {"i": In(stream.Signature(shape)), "o": Out(stream.Signature(shape)), "held": Out(1)}
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.entries = entries = fifo.SyncFIFO(width=self.width, depth=self.depth)
        passes = ~entries.r_rdy & self.o.ready
        m.d.comb += [
            self.i.ready.eq(entries.w_rdy),
            self.o.valid.eq(entries.r_rdy | self.i.valid),
            self.o.payload.eq(Mux(entries.r_rdy, entries.r_data, self.i.payload)),
            entries.w_data.eq(self.i.payload),
            entries.w_en.eq(self.i.valid & ~passes),
            entries.r_en.eq(self.o.ready),
            self.held.eq(entries.r_rdy),
        ]
        return m
