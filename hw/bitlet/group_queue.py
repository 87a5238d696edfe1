"""Queue of groups in front of an engine that is decoupled from the others."""

from amaranth import Module, Mux, Signal, Value
from amaranth.hdl import ShapeLike
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from zskip.hw.common.queue import Queue


class GroupQueue(wiring.Component):
    """Queue of the beats of groups, with fall-through, that has places for whole groups.

    A group has its place from its first beat to the cycle in which its last one is taken, even if
    its beats fall through.

    Latency: none while the queue is empty and `o` is ready. Throughput: one beat a cycle. Stall
    rule: `i` waits with the first beat of a group until there is a place for it.

    Parameters
    ----------
    shape : ShapeLike
        Of a beat.
    beats : int
        Beats of a group.
    groups : int
        Places, at least 1.

    Members
    -------
    i : In(stream)
        Beats.
    o : Out(stream)
        The oldest beat.
    ends : Out(1)
        It is the last one of its group.
    """

    i: stream.Interface
    o: stream.Interface
    ends: Signal

    def __init__(self, shape: ShapeLike, *, beats: int, groups: int) -> None:
        self.shape = shape
        self.beats = beats
        self.groups = groups
        super().__init__(
            {
                "i": In(stream.Signature(shape)),
                "o": Out(stream.Signature(shape)),
                "ends": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.queue = queue = Queue(self.shape, depth=self.beats * self.groups)
        connect(m, queue.o, flipped(self.o))
        held = Signal(range(self.groups + 1))
        comes = self.i.valid & self.i.ready
        begins, _ = self._count(m, "came", comes)
        goes = self.o.valid & self.o.ready
        _, ends = self._count(m, "went", goes)
        m.d.comb += [
            # There is a place for every beat of a group that has begun.
            self.i.ready.eq(~begins | (held != self.groups)),
            queue.i.valid.eq(comes),
            queue.i.payload.eq(self.i.payload),
            self.ends.eq(ends),
        ]
        m.d.sync += held.eq(held + (comes & begins) - (goes & ends))
        return m

    def _count(self, m: Module, name: str, moves: Value) -> tuple[Value, Value]:
        """Count the beats of a group; tell whether the next is its first one, or its last."""
        count = Signal(range(self.beats), name=name)
        last = count == self.beats - 1
        with m.If(moves):
            m.d.sync += count.eq(Mux(last, 0, count + 1))
        return count == 0, last
