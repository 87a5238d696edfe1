"""Answer queue: words that were asked for, and have a place when they come."""

from amaranth import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.block import result_layout
from zskip.model.common.stream import STREAM_BITS


class AnswerQueue(wiring.Component):
    """Queue of the words of a packet: of some at once, of others that come a fixed time later.

    Latency: one cycle from a word to `o`. Throughput: one word a cycle. Stall rule: while `o` is
    not taken, `room` is low as soon as all words on their way would fill the queue.

    Parameters
    ----------
    latency : int
        Cycles from `asks` to `word`, at least 1.
    parity : int
        1 where a packet may end early.

    Members
    -------
    room : Out(1)
        A word may be put or asked for.
    put : In(1)
        Take `own` as the next word; never while another one is on its way.
    own : In(STREAM_BITS)
        Word of `put`.
    asks : In(1)
        A word comes, `latency` cycles later.
    asks_last : In(1)
        It is the last one of its packet.
    arrives : Out(1)
        It comes in this cycle.
    last : Out(1)
        What arrives is the last word.
    word : In(STREAM_BITS)
        What to take as what arrives.
    complete : In(1)
        Take `word`; otherwise it is not a whole one yet, and another one that arrives follows.
    cut : In(parity)
        Take a word of 0 in its place, and in the place of what is put, as the last one.
    ended : Out(1)
        The last word of the packet was taken: those that still arrive are dropped.
    empty : Out(1)
        No word is held, and none is on its way.
    begins : In(1)
        A packet begins in the next cycle at the earliest; while `empty` only.
    o : Out(stream)
        The words.
    """

    room: Signal
    put: Signal
    own: Signal
    asks: Signal
    asks_last: Signal
    arrives: Signal
    last: Signal
    word: Signal
    complete: Signal
    cut: Signal
    ended: Signal
    empty: Signal
    begins: Signal
    o: stream.Interface

    def __init__(self, *, latency: int, parity: int = 0) -> None:
        self.latency = latency
        self.parity = parity
        super().__init__(
            {
                "room": Out(1),
                "put": In(1),
                "own": In(STREAM_BITS),
                "asks": In(1),
                "asks_last": In(1),
                "arrives": Out(1),
                "last": Out(1),
                "word": In(STREAM_BITS),
                "complete": In(1),
                "cut": In(parity),
                "ended": Out(1),
                "empty": Out(1),
                "begins": In(1),
                "o": Out(stream.Signature(result_layout())),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # A word has its place from where it is asked for until it has left: two cycles longer.
        depth = self.latency + 2
        free = Signal(range(depth + 1), init=depth)
        for asks, comes in ((self.asks, self.arrives), (self.asks_last, self.last)):
            due = Signal(self.latency, name=f"{asks.name}_due")
            m.d.sync += due.eq(Cat(asks, due))
            m.d.comb += comes.eq(due[-1])

        cut = self.cut if self.parity else Const(0)
        word = Mux(self.put, self.own, self.word)
        comes = self.arrives & (self.complete | cut) & ~self.ended
        leaves = self.o.valid & self.o.ready
        stored = Signal()
        data = Signal(STREAM_BITS + 1)
        m.d.comb += [
            stored.eq(self.put | comes),
            data.eq(Mux(cut, 1 << STREAM_BITS, Cat(word, self.last))),
            self.room.eq(free != 0),
            self.empty.eq(free == depth),
        ]
        m.d.sync += free.eq(free - (self.asks | self.put) + leaves + (self.arrives & ~comes))
        with m.If(self.begins):
            m.d.sync += self.ended.eq(0)
        with m.If(stored & data[-1]):
            m.d.sync += self.ended.eq(1)
        self._store(m, depth, stored, data, leaves)
        return m

    def _store(self, m: Module, depth: int, stored: Signal, data: Signal, leaves: Value) -> None:
        """Hold words from the cycle behind `stored` until they leave."""
        m.submodules.words = words = memory.Memory(shape=len(data), depth=depth, init=[])
        w_port, r_port = words.write_port(), words.read_port(domain="comb")
        newest = Signal(range(depth))
        oldest = Signal(range(depth))
        held = Signal(range(depth + 1))
        m.d.comb += [
            Cat(w_port.en, w_port.addr, w_port.data).eq(Cat(stored, newest, data)),
            r_port.addr.eq(oldest),
            self.o.valid.eq(held != 0),
            Cat(self.o.payload.data, self.o.payload.last).eq(r_port.data),
        ]
        m.d.sync += held.eq(held + stored - leaves)
        for moves, place in ((stored, newest), (leaves, oldest)):
            with m.If(moves):
                m.d.sync += place.eq(Mux(place == depth - 1, 0, place + 1))
