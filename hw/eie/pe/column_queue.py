"""Column queue: non-empty columns wait here for the sparse matrix read."""

from amaranth import Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from zskip.hw.common.queue import Queue
from zskip.hw.eie.interfaces import SECOND, column_layout, columns_layout
from zskip.hw.eie.pe.paged_queue import PagedQueue
from zskip.model.eie.config import Config


class ColumnQueue(wiring.Component):
    """Queue of the columns that have entries; empty ones are dropped.

    Pointers are read ahead of the entries, so that a PE whose columns are empty for a while still
    has work.

    Latency: none while the queue is empty and `o` is ready. Throughput: one column a cycle; of a
    pair both at once where at most one has entries. Stall rule: `i` waits with a column that has
    entries while all ``column_queue_depth`` places are taken, and with a pair until the last one
    that has entries is taken.

    Parameters
    ----------
    config : Config
        Gives the depth, at least 1. With `queues_by_page` the queue is a `PagedQueue`, whose stall
        rule holds as well.

    Members
    -------
    i : In(stream)
        Activations with the place of their column's entries, or pairs of them.
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
        if self.config.in_pairs:
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
        """Take the second column of a pair behind the first, or in its place if that is empty."""
        pair = self.i.payload
        first_left = Signal()
        show_second = Signal()
        m.d.comb += [
            show_second.eq(first_left | pair.empty),
            last.eq(show_second | pair.second_empty),
        ]
        with m.If(show_second):
            m.d.comb += [column[name].eq(pair[f"{SECOND}{name}"]) for name, _ in column.shape()]
        with m.If(queue.i.valid & queue.i.ready):
            m.d.sync += first_left.eq(~last)
