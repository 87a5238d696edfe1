"""Column queue: non-empty columns wait here for the sparse matrix read."""

from amaranth import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from zskip.hw.common.queue import Queue
from zskip.hw.eie.interfaces import column_layout
from zskip.model.eie.config import Config


class ColumnQueue(wiring.Component):
    """Queue of the columns that have entries; empty ones are dropped.

    Pointers are read ahead of the entries, so that a PE whose columns are empty for a while still
    has work.

    Latency: none while the queue is empty and `o` is ready. Throughput: one column a cycle. Stall
    rule: `i` waits with a column that has entries while all ``column_queue_depth`` places are
    taken.

    Parameters
    ----------
    config : Config
        Gives the depth, at least 1.

    Members
    -------
    i : In(stream)
        Activations with the place of their column's entries.
    o : Out(stream)
        Those whose column has entries.
    held : Out(1)
        A column is held.
    """

    i: stream.Interface
    o: stream.Interface
    held: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        signature = stream.Signature(column_layout(config))
        super().__init__({"i": In(signature), "o": Out(signature), "held": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.queue = queue = Queue(
            column_layout(self.config), depth=self.config.column_queue_depth
        )
        empty = Signal()
        m.d.comb += [
            empty.eq(self.i.payload.empty),
            queue.i.payload.eq(self.i.payload),
            queue.i.payload.empty.eq(0),
            queue.i.valid.eq(self.i.valid & ~empty),
            self.i.ready.eq(queue.i.ready | empty),
            self.held.eq(queue.held),
        ]
        connect(m, queue.o, flipped(self.o))
        return m
