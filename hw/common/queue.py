"""First-in first-out queue that an item can pass through in no time."""

from amaranth import Module, Mux, Signal
from amaranth.hdl import Shape, ShapeLike
from amaranth.lib import memory, stream, wiring
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
    tells_alone : bool
        There is `alone`.

    Members
    -------
    i : In(stream)
        Items.
    o : Out(stream)
        The oldest item.
    held : Out(1)
        The queue holds an item.
    alone : Out(1)
        It holds one; where it is asked for only.
    """

    i: stream.Interface
    o: stream.Interface
    held: Signal
    alone: Signal

    def __init__(self, shape: ShapeLike, *, depth: int, tells_alone: bool = False) -> None:
        self.width = Shape.cast(shape).width
        self.depth = depth
        self.tells_alone = tells_alone
        super().__init__(
            {
                "i": In(stream.Signature(shape)),
                "o": Out(stream.Signature(shape)),
                "held": Out(1),
                **({"alone": Out(1)} if tells_alone else {}),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.storage = storage = memory.Memory(shape=self.width, depth=self.depth, init=[])
        w_port = storage.write_port()
        r_port = storage.read_port(domain="comb")
        newest = Signal(range(self.depth))
        oldest = Signal(range(self.depth))
        count = Signal(range(self.depth + 1))
        store = Signal()
        take = Signal()
        m.d.comb += [
            self.held.eq(count != 0),
            self.i.ready.eq(count != self.depth),
            self.o.valid.eq(self.held | self.i.valid),
            self.o.payload.eq(Mux(self.held, r_port.data, self.i.payload)),
            take.eq(self.held & self.o.ready),
            # An item that comes to an empty queue passes if it is taken.
            store.eq(self.i.valid & self.i.ready & (self.held | ~self.o.ready)),
            # Whatever is offered: `newest` moves only behind what is stored, and valid comes late.
            w_port.en.eq(self.i.ready),
            w_port.addr.eq(newest),
            w_port.data.eq(self.i.payload),
            r_port.addr.eq(oldest),
        ]
        if self.tells_alone:
            m.d.comb += self.alone.eq(count == 1)
        for moves, place in ((store, newest), (take, oldest)):
            with m.If(moves):
                m.d.sync += place.eq(Mux(place == self.depth - 1, 0, place + 1))
        with m.If(store & ~take):
            m.d.sync += count.eq(count + 1)
        with m.If(take & ~store):
            m.d.sync += count.eq(count - 1)
        return m
