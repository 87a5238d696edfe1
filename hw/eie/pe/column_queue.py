"""Column queue: non-empty columns wait here for the sparse matrix read."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from zskip.hw.common.queue import Queue
from zskip.hw.eie.interfaces import column_layout, columns_layout, numbered
from zskip.hw.eie.pe.paged_queue import PagedQueue
from zskip.model.eie.config import Config


class ColumnQueue(wiring.Component):
    """Queue of the columns that have entries; empty ones are dropped.

    Pointers are read ahead of the entries, so that a PE whose columns are empty for a while still
    has work.

    Latency: none while the queue is empty and `o` is ready. Throughput: one column a cycle; of a
    group those that are empty take none beside another one. Stall rule: `i` waits with a column
    that has entries while all ``column_queue_depth`` places are taken, and with a group until the
    last one that has entries is taken.

    Parameters
    ----------
    config : Config
        Gives the depth, at least 1. With `queues_by_page` the queue is a `PagedQueue`, whose stall
        rule holds as well.

    Members
    -------
    i : In(stream)
        Activations with the place of their column's entries, or groups of them.
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
        super().__init__(
            {
                "i": In(stream.Signature(columns_layout(config))),
                "o": Out(stream.Signature(column_layout(config))),
                "held": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.queue = queue = self._queue()
        column = Signal(column_layout(self.config))
        last = Signal(init=1)
        m.d.comb += [
            *(column[name].eq(self.i.payload[name]) for name, _ in column.shape()),
            queue.i.payload.eq(column),
            queue.i.payload.empty.eq(0),
            queue.i.valid.eq(self.i.valid & ~column.empty),
            self.i.ready.eq((queue.i.ready & last) | column.empty),
            self.held.eq(queue.held),
        ]
        if self.config.in_groups:
            self._choose(m, column, last, queue)
        connect(m, queue.o, flipped(self.o))
        return m

    def _queue(self) -> Queue | PagedQueue:
        """Return what holds the columns."""
        if self.config.queues_by_page:
            return PagedQueue(self.config)
        return Queue(column_layout(self.config), depth=self.config.column_queue_depth)

    def _choose(
        self, m: Module, column: data.View, last: Signal, queue: Queue | PagedQueue
    ) -> None:
        """Take the columns of a broadcast that have entries, one after the other."""
        group, size = self.i.payload, self.config.broadcast_size
        gone = Signal(size)
        some = Signal(size)
        taken = Signal(size)
        empty = Cat(group[numbered("empty", number)] for number in range(size))
        m.d.comb += some.eq(~empty & ~gone)
        for number in reversed(range(size)):
            with m.If(some[number]):
                m.d.comb += taken.eq(1 << number)
                m.d.comb += [
                    column[name].eq(group[numbered(name, number)]) for name, _ in column.shape()
                ]
        m.d.comb += last.eq(~(some & ~taken).any())
        with m.If(queue.i.valid & queue.i.ready):
            m.d.sync += gone.eq(Mux(last, 0, gone | taken))
