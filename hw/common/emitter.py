"""Emitter: sends the outputs and counters of a pass as packets of the result stream."""

from collections.abc import Iterator
from contextlib import contextmanager

from amaranth import Cat, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped
from amaranth.utils import exact_log2

from zskip.hw.common.answer_queue import AnswerQueue
from zskip.hw.common.bitfields import word_layout
from zskip.hw.common.block import result_layout
from zskip.hw.common.readout import Readout, ReadoutInterface
from zskip.hw.common.request import Request, RequestInterface
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.stream import (
    COUNTERS_PER_WORD,
    LANES,
    RESULT_HEADER,
    STREAM_BITS,
    Kind,
)


class Emitter(wiring.Component):
    """Send the outputs or counters of a pass as a packet of the result stream.

    Outputs and counters of units are asked for word by word, and come `latency` cycles later.

    Latency: one cycle from a request to the header, ``latency + 1`` from there to the first output,
    one from the last word to `done`. Throughput: one word a cycle; with fewer than four units a
    word of outputs takes a cycle for each row in it. Stall rule: while `o` is not taken, no more
    words are asked for than have room.

    Parameters
    ----------
    units : int
        Units that have outputs and counters, a power of two.
    vector_depth : int
        Longest output vector, a multiple of `units`: unit ``i mod units`` has output ``i``.
    central_counters, unit_counters : int
        Counters of the control unit and of each unit, both even.
    latency : int, optional
        Cycles from `readout` to `word`, at least 1.
    parity : int, optional
        1 where activations come from memories with parity.

    Members
    -------
    request : In(Request)
        What to send.
    readout : Out(Readout)
        Which word is wanted.
    word : In(STREAM_BITS)
        That word, `latency` cycles later; of fewer outputs than a word has lanes in its low bits,
        with zeros above.
    o : Out(stream)
        Result packets.
    stop : In(parity)
        Send nothing: a packet under way ends with a word of 0, the others are left out.
    faulty_word : In(parity)
        The parity of one of the outputs in `word` is wrong: it is not sent, and the packet ends so.
    faulty : Out(parity)
        Such a word is not sent.
    """

    request: RequestInterface
    readout: ReadoutInterface
    word: Signal
    o: stream.Interface
    stop: Signal
    faulty_word: Signal
    faulty: Signal

    def __init__(
        self,
        *,
        units: int,
        vector_depth: int,
        central_counters: int,
        unit_counters: int,
        latency: int = 1,
        parity: int = 0,
    ) -> None:
        self.parity = parity
        self.units = units
        self.latency = latency
        self.lanes = min(LANES, units)
        self.central_words = central_counters // COUNTERS_PER_WORD
        self.unit_words = unit_counters // COUNTERS_PER_WORD
        self.requests = Request(vector_depth=vector_depth, central_counters=central_counters)
        readout = Readout(units=units, rows=vector_depth // units, counter_words=self.unit_words)
        super().__init__(
            {
                "request": In(self.requests),
                "readout": Out(readout),
                "word": In(STREAM_BITS),
                "o": Out(stream.Signature(result_layout())),
                "stop": In(parity),
                "faulty_word": In(parity),
                "faulty": Out(parity),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        request = self.request
        m.submodules.answers = answers = AnswerQueue(latency=self.latency, parity=self.parity)
        connect(m, answers.o, flipped(self.o))
        m.d.comb += [
            answers.asks.eq(self.readout.read | self.readout.count),
            answers.begins.eq(request.done),
        ]
        self._gather(m, answers)
        if self.parity:
            m.d.comb += [
                self.faulty.eq(answers.arrives & self.faulty_word & ~answers.ended),
                answers.cut.eq(self.stop | self.faulty),
            ]

        place = Signal(exact_log2(self.units) + len(self.readout.row))
        counter = Signal(range(max(self.central_words, self.unit_words)))
        m.d.comb += [
            Cat(self.readout.unit, self.readout.row).eq(place),
            self.readout.counter.eq(counter),
        ]
        with m.FSM():
            with m.State("Idle"):
                m.d.sync += [place.eq(0), counter.eq(0)]
                with m.If(request.valid):
                    self._begin(m, answers)

            with self._going_on(m, "Outputs", answers):
                self._outputs(m, answers, place)

            with self._going_on(m, "Central", answers):
                self._central(m, answers, counter)

            with self._going_on(m, "Counters", answers):
                self._counters(m, answers, place, counter)

            with m.State("Rest"), m.If(answers.empty):
                m.d.comb += request.done.eq(1)
                m.next = "Idle"
        return m

    @contextmanager
    def _going_on(self, m: Module, state: str, answers: AnswerQueue) -> Iterator[None]:
        """Add a state that sends words as there is room, until the packet has ended."""
        with m.State(state):
            with m.If(answers.ended):
                m.next = "Rest"
            with m.Elif(answers.room):
                yield

    def _gather(self, m: Module, answers: AnswerQueue) -> None:
        """Send words as they come; fewer units than lanes gather rows to a word first."""
        parts = LANES // self.lanes
        if parts == 1:
            m.d.comb += [answers.word.eq(self.word), answers.complete.eq(1)]
            return
        part = Signal(range(parts))
        gathered = Signal(STREAM_BITS)
        whole = answers.last | (part == parts - 1) | (self.request.kind == Kind.COUNTERS)
        m.d.comb += [
            answers.word.eq(gathered | (self.word << (part * self.lanes * ACTIVATION_BITS))),
            answers.complete.eq(whole),
        ]
        with m.If(answers.arrives):
            m.d.sync += [part.eq(part + 1), gathered.eq(answers.word)]
        with m.If((answers.arrives & whole) | self.request.done):
            m.d.sync += [part.eq(0), gathered.eq(0)]

    def _begin(self, m: Module, answers: AnswerQueue) -> None:
        """Send the header of the packet that is asked for."""
        m.d.comb += [answers.put.eq(1), answers.own.eq(self._header(m))]
        with m.If(self.request.kind == Kind.OUTPUTS):
            m.next = "Outputs"
        with m.Else():
            m.next = "Central"
        if self.parity:
            with m.If(self.stop):
                m.d.comb += [answers.put.eq(0), self.request.done.eq(1)]
                m.next = "Idle"

    def _header(self, m: Module) -> Value:
        """Return the header of the packet that is asked for."""
        request = self.request
        header = Signal(word_layout(RESULT_HEADER, STREAM_BITS))
        output_words = Signal.like(header.words)
        counter_words = self.central_words + self.unit_words * self.units
        m.d.comb += [
            output_words.eq((request.outputs + (LANES - 1)) >> exact_log2(LANES)),
            header.kind.eq(request.kind),
            header.pass_index.eq(request.pass_index),
            header.words.eq(Mux(request.kind == Kind.OUTPUTS, output_words, counter_words)),
        ]
        return header.as_value()

    def _outputs(self, m: Module, answers: AnswerQueue, place: Signal) -> None:
        """Ask for the outputs of a group of units."""
        following = place + self.lanes
        m.d.comb += [
            self.readout.read.eq(1),
            answers.asks_last.eq(following >= self.request.outputs),
        ]
        m.d.sync += place.eq(following)
        with m.If(answers.asks_last):
            m.next = "Rest"

    def _central(self, m: Module, answers: AnswerQueue, counter: Signal) -> None:
        """Send a word of the control unit's counters."""
        words = self.request.central
        m.d.comb += [answers.put.eq(1), answers.own.eq(words.word_select(counter, STREAM_BITS))]
        m.d.sync += counter.eq(counter + 1)
        with m.If(counter == self.central_words - 1):
            m.d.sync += counter.eq(0)
            m.next = "Counters"

    def _counters(self, m: Module, answers: AnswerQueue, place: Signal, counter: Signal) -> None:
        """Ask for a word of a unit's counters."""
        at_last_word = Signal()
        m.d.comb += [
            self.readout.count.eq(1),
            at_last_word.eq(counter == self.unit_words - 1),
            answers.asks_last.eq(at_last_word & (self.readout.unit == self.units - 1)),
        ]
        m.d.sync += counter.eq(counter + 1)
        with m.If(at_last_word):
            m.d.sync += [counter.eq(0), place.eq(place + 1)]
        with m.If(answers.asks_last):
            m.next = "Rest"
