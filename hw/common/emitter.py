"""Emitter: sends the outputs and counters of a pass as packets of the result stream."""

from collections.abc import Iterator
from contextlib import contextmanager

from amaranth import Module, Mux, Signal, Value
from amaranth.hdl import ValueLike
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

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

    Latency: two cycles from a request to the header. Throughput: one word a cycle, one more cycle
    for each row; with fewer than four units a word of outputs takes two cycles for each row in it.
    Stall rule: everything waits while `o` is not taken.

    Parameters
    ----------
    units : int
        Units that have outputs and counters, a power of two.
    vector_depth : int
        Longest output vector, a multiple of `units`: unit ``i mod units`` has output ``i``.
    central_counters, unit_counters : int
        Counters of the control unit and of each unit, both even.
    parity : int, optional
        1 where activations come from memories with parity.

    Members
    -------
    request : In(Request)
        What to send.
    readout : Out(Readout)
        Which row and which word of counters every unit shows.
    group : Out
        Which units, as many as a word has lanes, show their activations on `activations`.
    activations : In
        Activations of the group, read one cycle ago.
    counter_unit : Out
        Which unit shows its counters on `counters`.
    counters : In(STREAM_BITS)
        The word of counters that `readout` selects.
    o : Out(stream)
        Result packets.
    stop : In(parity)
        Send nothing: a packet under way ends with a word of 0, the others are left out.
    faulty_activations : In(parity)
        The parity of one of `activations` is wrong: they are not sent, and the packet ends so.
    faulty : Out(parity)
        Such activations are not sent.
    """

    request: RequestInterface
    readout: ReadoutInterface
    group: Signal
    activations: Signal
    counter_unit: Signal
    counters: Signal
    o: stream.Interface
    stop: Signal
    faulty_activations: Signal
    faulty: Signal

    def __init__(
        self,
        *,
        units: int,
        vector_depth: int,
        central_counters: int,
        unit_counters: int,
        parity: int = 0,
    ) -> None:
        self.parity = parity
        self.units = units
        self.lanes = min(LANES, units)
        self.central_words = central_counters // COUNTERS_PER_WORD
        self.unit_words = unit_counters // COUNTERS_PER_WORD
        request = Request(vector_depth=vector_depth, central_counters=central_counters)
        counter_words = max(self.central_words, self.unit_words)
        readout = Readout(rows=vector_depth // units, counter_words=counter_words)
        super().__init__(
            {
                "request": In(request),
                "readout": Out(readout),
                "group": Out(range(units // self.lanes)),
                "activations": In(self.lanes * ACTIVATION_BITS),
                "counter_unit": Out(range(units)),
                "counters": In(STREAM_BITS),
                "o": Out(stream.Signature(result_layout())),
                "stop": In(parity),
                "faulty_activations": In(parity),
                "faulty": Out(parity),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        request = self.request
        can_send = Signal()
        m.d.comb += can_send.eq(~self.o.valid | self.o.ready)
        with m.If(can_send):
            m.d.sync += self.o.valid.eq(0)

        sent = Signal.like(request.outputs)
        gathered = Signal(STREAM_BITS)
        with m.FSM():
            with m.State("Idle"):
                m.d.sync += [self.readout.row.eq(0), self.group.eq(0)]
                m.d.sync += [self.counter_unit.eq(0), self.readout.counter.eq(0)]
                with m.If(request.valid):
                    m.next = "Header"
                if self.parity:
                    with m.If(request.valid & self.stop):
                        m.d.comb += request.done.eq(1)
                        m.next = "Idle"

            with self._going_on(m, "Header", "Idle"), m.If(can_send):
                self._send(m, self._header(m), 0)
                with m.If(request.kind == Kind.OUTPUTS):
                    m.next = "Read"
                with m.Else():
                    m.next = "Central"

            with self._going_on(m, "Read"):
                m.d.comb += self.readout.read.eq(1)
                m.next = "Outputs"

            with self._going_on(m, "Outputs", wrong=self.faulty_activations):
                self._outputs(m, can_send, sent, gathered)

            with self._going_on(m, "Central"), m.If(can_send):
                self._central(m)

            with self._going_on(m, "Counters"), m.If(can_send):
                self._counters(m)

            if self.parity:
                with m.State("Cut"), m.If(can_send):
                    self._send(m, 0, 1)
                    m.d.sync += [sent.eq(0), gathered.eq(0)]
                    m.next = "Sent"

            with m.State("Sent"), m.If(can_send):
                m.d.comb += request.done.eq(1)
                m.next = "Idle"
        return m

    @contextmanager
    def _going_on(
        self, m: Module, state: str, instead: str = "Cut", wrong: Value | None = None
    ) -> Iterator[None]:
        """Add a state that another one takes the place of where nothing is to be sent."""
        with m.State(state):
            if not self.parity:
                yield
                return
            stop = self.stop if wrong is None else self.stop | wrong
            if wrong is not None:
                m.d.comb += self.faulty.eq(wrong)
            with m.If(stop):
                m.next = instead
            with m.Else():
                yield

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

    def _send(self, m: Module, word: ValueLike, last: ValueLike) -> None:
        """Put a word into the output register."""
        m.d.sync += [
            self.o.valid.eq(1),
            self.o.payload.data.eq(word),
            self.o.payload.last.eq(last),
        ]

    def _outputs(self, m: Module, can_send: Signal, sent: Signal, gathered: Signal) -> None:
        """Send the groups of a row; with fewer units than lanes, gather rows to a word first."""
        lanes = self.lanes
        parts = LANES // lanes
        part = sent[exact_log2(lanes) :][: exact_log2(parts)]
        word = Signal(STREAM_BITS)
        at_last = Signal()
        complete = Signal()
        m.d.comb += [
            at_last.eq(sent + lanes >= self.request.outputs),
            complete.eq(at_last | (part == parts - 1) if parts > 1 else 1),
            word.eq(gathered | (self.activations << (part * lanes * ACTIVATION_BITS))),
        ]
        with m.If(complete & can_send):
            self._send(m, word, at_last)
            m.d.sync += gathered.eq(0)
        with m.If(~complete):
            m.d.sync += gathered.eq(word)
        with m.If(can_send | ~complete):
            m.d.sync += [sent.eq(sent + lanes), self.group.eq(self.group + 1)]
            with m.If(at_last):
                m.d.sync += sent.eq(0)
                m.next = "Sent"
            with m.Elif(self.group == self.units // lanes - 1):
                m.d.sync += [self.group.eq(0), self.readout.row.eq(self.readout.row + 1)]
                m.next = "Read"

    def _central(self, m: Module) -> None:
        """Send a word of the control unit's counters."""
        counter = self.readout.counter
        self._send(m, self.request.central.word_select(counter, STREAM_BITS), 0)
        m.d.sync += counter.eq(counter + 1)
        with m.If(counter == self.central_words - 1):
            m.d.sync += counter.eq(0)
            m.next = "Counters"

    def _counters(self, m: Module) -> None:
        """Send a word of a unit's counters."""
        counter = self.readout.counter
        at_last_word = Signal()
        at_last_unit = Signal()
        m.d.comb += [
            at_last_word.eq(counter == self.unit_words - 1),
            at_last_unit.eq(self.counter_unit == self.units - 1),
        ]
        self._send(m, self.counters, at_last_word & at_last_unit)
        m.d.sync += counter.eq(counter + 1)
        with m.If(at_last_word):
            m.d.sync += [counter.eq(0), self.counter_unit.eq(self.counter_unit + 1)]
            with m.If(at_last_unit):
                m.next = "Sent"
