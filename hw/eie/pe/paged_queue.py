"""Paged queue: columns wait with the lowest bits of their places."""

from amaranth import Cat, Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.queue import Queue
from zskip.hw.eie.interfaces import column_layout
from zskip.model.eie.config import Config


class PagedQueue(wiring.Component):
    """Queue of columns, most of which are on the page of the one before or on the next one.

    A page is ``2 ** page_bits`` entries of the sparse matrix, more than a column has. Of a page the
    queue keeps the lowest bit of its number, which tells whether a column is on the page of the one
    before. The number itself is held for the oldest and for the newest column.

    Latency: none while the queue is empty and `o` is ready. Throughput: one column in and one out a
    cycle. Stall rule: `i` waits while all ``column_queue_depth`` places are taken, and behind a
    column that is neither on the page of the one before nor on the next one, until that column is
    the oldest.

    Parameters
    ----------
    config : Config
        Gives the depth, at least 1, and the widths; `queues_by_page` must hold.

    Members
    -------
    i : In(stream)
        Columns that have entries.
    o : Out(stream)
        The oldest one.
    held : Out(1)
        A column is held.
    """

    i: stream.Interface
    o: stream.Interface
    held: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        column = stream.Signature(column_layout(config))
        super().__init__({"i": In(column), "o": Out(column), "held": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        page_bits = self.config.page_bits
        fields = {str(name): field.shape for name, field in column_layout(self.config)}
        kept = data.StructLayout({**fields, "start": page_bits + 1})
        m.submodules.queue = queue = Queue(
            kept, depth=self.config.column_queue_depth, tells_alone=True
        )
        others = fields.keys() - {"start"}
        i_page = self.i.payload.start[page_bits:]
        start = queue.o.payload.start
        newest = Signal(len(i_page), reset_less=True)
        previous = Signal.like(newest)
        oldest = Signal.like(newest)
        page = Signal.like(newest)
        lowest = Signal()
        far = Signal()
        waits = Signal()
        m.d.comb += [
            *(queue.i.payload[name].eq(self.i.payload[name]) for name in fields),
            queue.i.valid.eq(self.i.valid & ~waits),
            self.i.ready.eq(queue.i.ready & ~waits),
            queue.o.ready.eq(self.o.ready),
            self.o.valid.eq(queue.o.valid),
            *(self.o.payload[name].eq(queue.o.payload[name]) for name in others),
            self.o.payload.start.eq(Cat(start[:page_bits], Mux(self.held, page, i_page))),
            self.held.eq(queue.held),
            # Without the path from `i` through an empty queue.
            lowest.eq(start[page_bits] & self.held),
            page.eq(Mux(queue.alone, newest, _following(oldest, lowest))),
            far.eq(newest != _following(previous, newest[0])),
            waits.eq(far & self.held & ~queue.alone),
        ]
        # It counts only while several are held, and one was alone before.
        m.d.sync += oldest.eq(page)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [newest.eq(i_page), previous.eq(newest)]
        return m


def _following(page: Signal, lowest: Value) -> Value:
    """Return the page, or the next one if that is what has this lowest bit."""
    return (page + (page[0] != lowest))[: len(page)]
