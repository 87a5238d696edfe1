"""Buffer of an AXI channel."""

from amaranth import Module, Mux, Signal
from amaranth.hdl import Shape, ShapeLike
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out


class AxiBuffer(wiring.Component):
    """Pass items on through registers, so that no output depends on an input of the same cycle.

    Latency: one cycle. Throughput: one item a cycle. Stall rule: `i` waits while two items are
    held.

    Parameters
    ----------
    shape : ShapeLike
        Of an item.

    Attributes
    ----------
    held, spare : amaranth.Signal
        Whether a second item is held, and it; properties that are proven speak of them.

    Members
    -------
    clear : In(1)
        Forget the items that are held, and one that is taken in this cycle.
    i : In(stream)
        Items.
    o : Out(stream)
        The oldest item; offered, it stays until it is taken, unless it is cleared.
    """

    clear: Signal
    i: stream.Interface
    o: stream.Interface

    def __init__(self, shape: ShapeLike) -> None:
        self.width = Shape.cast(shape).width
        super().__init__(
            {
                "clear": In(1),
                "i": In(stream.Signature(shape)),
                "o": Out(stream.Signature(shape)),
            }
        )
        self.held = Signal()
        self.spare = Signal(self.width)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        held, spare = self.held, self.spare
        m.d.comb += self.i.ready.eq(~held)
        with m.If(self.i.ready):
            m.d.sync += spare.eq(self.i.payload)
        with m.If(self.o.ready | ~self.o.valid):
            m.d.sync += [
                self.o.valid.eq(self.i.valid | held),
                self.o.payload.eq(Mux(held, spare, self.i.payload)),
                held.eq(0),
            ]
        with m.Elif(self.i.valid):
            m.d.sync += held.eq(1)
        with m.If(self.clear):
            m.d.sync += [self.o.valid.eq(0), held.eq(0)]
        return m
