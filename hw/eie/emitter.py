"""Emitter: sends the outputs and counters of a pass as packets of the result stream."""

from amaranth import Module, Mux, Signal, Value
from amaranth.hdl import ValueLike
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from zskip.hw.common.bitfields import word_layout
from zskip.hw.common.typed_signature import TypedSignature
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.stream import (
    COUNTER_BITS,
    COUNTERS_PER_WORD,
    LANES,
    RESULT_HEADER,
    STREAM_BITS,
    Kind,
)
from zskip.model.eie.config import Config
from zskip.model.eie.counters import CENTRAL, PER_PE

CENTRAL_WORDS = len(CENTRAL) // COUNTERS_PER_WORD
"""Words of the central counters, in front of those of the PEs."""

PE_WORDS = len(PER_PE) // COUNTERS_PER_WORD
"""Words of the counters of one PE."""


def result_layout() -> data.StructLayout:
    """Return a beat of the result stream: a word and whether it ends its packet."""
    return data.StructLayout({"data": STREAM_BITS, "last": 1})


class RequestInterface(wiring.PureInterface):
    """Ports of a `Request`."""

    valid: Signal
    kind: Signal
    pass_index: Signal
    outputs: Signal
    central: Signal
    done: Signal


class Request(TypedSignature[RequestInterface]):
    """What the central control unit asks the emitter to send.

    Parameters
    ----------
    config : Config

    Members
    -------
    valid : Out(1)
        Send a packet; all members hold until `done`.
    kind : Out(Kind)
        Outputs or counters.
    pass_index : Out(16)
        Number of the pass.
    outputs : Out
        Length of the output vector.
    central : Out(len(CENTRAL) * COUNTER_BITS)
        Counters of the central control unit, the first in the lowest bits.
    done : In(1)
        The packet's last word has been handed over.
    """

    ports = RequestInterface

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "valid": Out(1),
                "kind": Out(Kind),
                "pass_index": Out(16),
                "outputs": Out(range(config.vector_depth + 1)),
                "central": Out(len(CENTRAL) * COUNTER_BITS),
                "done": In(1),
            }
        )


class Emitter(wiring.Component):
    """Collect output rows or counters from the PEs and send them.

    Latency: two cycles from a request to the header. Throughput: one word a cycle, one more cycle
    for each row; with fewer than four PEs a word of outputs takes two cycles for each row in it.
    Stall rule: everything waits while `o` is not taken.

    Parameters
    ----------
    config : Config
        Gives the PE count.

    Members
    -------
    request : In(Request)
        What to send.
    read : Out(1)
        Every PE reads output row `row`.
    row : Out(activation_row_bits)
        Output row.
    group : Out
        Which ``lanes`` PEs show their activations on `activations`.
    activations : In
        Activations of the group, read one cycle ago.
    counter_pe : Out
        Which PE shows its counters on `counters`.
    counter : Out
        Which word of them.
    counters : In(STREAM_BITS)
        That word.
    o : Out(stream)
        Result packets.
    """

    request: RequestInterface
    read: Signal
    row: Signal
    group: Signal
    activations: Signal
    counter_pe: Signal
    counter: Signal
    counters: Signal
    o: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "request": In(Request(config)),
                "read": Out(1),
                "row": Out(config.activation_row_bits),
                "group": Out(range(config.pe_count // config.lanes)),
                "activations": In(config.lanes * ACTIVATION_BITS),
                "counter_pe": Out(range(config.pe_count)),
                "counter": Out(range(PE_WORDS)),
                "counters": In(STREAM_BITS),
                "o": Out(stream.Signature(result_layout())),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        request = self.request
        header = Signal(word_layout(RESULT_HEADER, STREAM_BITS))
        output_words = (request.outputs + (LANES - 1)) >> exact_log2(LANES)
        counter_words = CENTRAL_WORDS + PE_WORDS * self.config.pe_count
        m.d.comb += [
            header.kind.eq(request.kind),
            header.pass_index.eq(request.pass_index),
            header.words.eq(Mux(request.kind == Kind.OUTPUTS, output_words, counter_words)),
        ]
        can_send = ~self.o.valid | self.o.ready
        with m.If(can_send):
            m.d.sync += self.o.valid.eq(0)

        with m.FSM():
            with m.State("Idle"):
                m.d.sync += [self.row.eq(0), self.group.eq(0)]
                m.d.sync += [self.counter_pe.eq(0), self.counter.eq(0)]
                with m.If(request.valid):
                    m.next = "Header"

            with m.State("Header"):
                with m.If(can_send):
                    self._send(m, header.as_value(), 0)
                    with m.If(request.kind == Kind.OUTPUTS):
                        m.next = "Read"
                    with m.Else():
                        m.next = "Central"

            with m.State("Read"):
                m.d.comb += self.read.eq(1)
                m.next = "Outputs"

            with m.State("Outputs"):
                self._outputs(m, can_send)

            with m.State("Central"):
                with m.If(can_send):
                    words = request.central.word_select(self.counter, STREAM_BITS)
                    self._send(m, words, 0)
                    m.d.sync += self.counter.eq(self.counter + 1)
                    with m.If(self.counter == CENTRAL_WORDS - 1):
                        m.d.sync += self.counter.eq(0)
                        m.next = "Counters"

            with m.State("Counters"):
                at_last_word = self.counter == PE_WORDS - 1
                at_last_pe = self.counter_pe == self.config.pe_count - 1
                with m.If(can_send):
                    self._send(m, self.counters, at_last_word & at_last_pe)
                    m.d.sync += self.counter.eq(self.counter + 1)
                    with m.If(at_last_word):
                        m.d.sync += [self.counter.eq(0), self.counter_pe.eq(self.counter_pe + 1)]
                        with m.If(at_last_pe):
                            m.next = "Sent"

            with m.State("Sent"):
                with m.If(can_send):
                    m.d.comb += request.done.eq(1)
                    m.next = "Idle"
        return m

    def _send(self, m: Module, word: ValueLike, last: ValueLike) -> None:
        """Put a word into the output register."""
        m.d.sync += [
            self.o.valid.eq(1),
            self.o.payload.data.eq(word),
            self.o.payload.last.eq(last),
        ]

    def _outputs(self, m: Module, can_send: Value) -> None:
        """Send the groups of a row; with fewer PEs than lanes, gather rows to a word first."""
        lanes = self.config.lanes
        parts = LANES // lanes
        sent = Signal.like(self.request.outputs)
        part = sent[exact_log2(lanes) :][: exact_log2(parts)]
        gathered = Signal(STREAM_BITS)
        word = Signal(STREAM_BITS)
        at_last = sent + lanes >= self.request.outputs
        complete = (part == parts - 1) | at_last
        m.d.comb += word.eq(gathered | (self.activations << (part * lanes * ACTIVATION_BITS)))
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
            with m.Elif(self.group == self.config.pe_count // lanes - 1):
                m.d.sync += [self.group.eq(0), self.row.eq(self.row + 1)]
                m.next = "Read"
