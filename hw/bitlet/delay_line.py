"""Delay line: the beats of a group, until its last one has come."""

from amaranth import Module, Mux, Signal
from amaranth.hdl import Shape, ShapeLike
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out


class DelayLine(wiring.Component):
    """Pass beats on when their group is complete, in as many cycles as a group has beats.

    The line moves as a whole. It lets a gap in only between groups, so that the beats of a group
    are next to each other, and its first one comes out when its last one has gone in.

    Latency: `beats` cycles. Throughput: one beat a cycle. Stall rule: `i` waits while a beat waits
    at `o`; within a group at `i`, `o` waits for its next beat.

    Parameters
    ----------
    shape : ShapeLike
        Of a beat.
    beats : int
        Beats of a group.

    Members
    -------
    i : In(stream)
        Beats.
    o : Out(stream)
        The same beats.
    opens : Out(1)
        The beat at `i` is the first of its group.
    closes : Out(1)
        The beat at `i` is the last of its group.
    """

    i: stream.Interface
    o: stream.Interface
    opens: Signal
    closes: Signal

    def __init__(self, shape: ShapeLike, *, beats: int) -> None:
        self.width = Shape.cast(shape).width
        self.beats = beats
        super().__init__(
            {
                "i": In(stream.Signature(shape)),
                "o": Out(stream.Signature(shape)),
                "opens": Out(1),
                "closes": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        beat = Signal(range(self.beats))
        valid = Signal(self.beats)
        moves = Signal()
        m.d.comb += [
            self.opens.eq(beat == 0),
            self.closes.eq(beat == self.beats - 1),
            self.i.ready.eq(~valid[-1] | self.o.ready),
            moves.eq(self.i.valid | self.opens),
            self.o.valid.eq(valid[-1] & moves),
        ]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += beat.eq(Mux(self.closes, 0, beat + 1))
        item = self.i.payload
        with m.If(moves & self.i.ready):
            m.d.sync += valid.eq((valid << 1) | self.i.valid)
            for place in range(self.beats):
                stage = Signal(self.width, name=f"beat_{place}", reset_less=True)
                m.d.sync += stage.eq(item)
                item = stage
        m.d.comb += self.o.payload.eq(item)
        return m
