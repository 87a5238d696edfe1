"""Intake of AXI4-Stream packets: from beats with tlast to load packets."""

from amaranth import Module, Mux, Signal
from amaranth.hdl import ValueLike
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.bitfields import word_layout
from zskip.hw.common.block import result_layout
from zskip.model.common.stream import LOAD_HEADER, STREAM_BITS, ErrorCode

CUT_CYCLES = 8
"""Cycles for which nothing is taken in front of a cut, and behind it: more than a word that was
taken needs to its memory, and the units of a block to leave their reset."""


class AxiIntake(wiring.Component):
    """Hand load packets to a block, and find those whose length is not what their header says.

    A packet of the bus holds one load packet, or with `joined` any number of them. One that ends
    too early ends the load packet: the block is reset by `cut`, once no run goes on that does not
    need the packet. One that is too long is dropped from its first surplus beat on.

    Latency: none. Throughput: one beat a cycle. Stall rule: `i` waits while `o` does, while `hold`
    is high between two load packets, and around a cut; beats that are dropped are always taken.

    Members
    -------
    i : In(stream)
        Beats: a word, and whether it is the last of its packet.
    o : Out(stream)
        Words of load packets.
    joined : In(1)
        A packet of the bus may hold several load packets.
    hold : In(1)
        Take no header.
    running : In(1)
        A run goes on that does not need the packet under way: no cut.
    drop : In(1)
        High for one cycle: the block is reset; drop what comes, up to the end of the packet.
    forget : In(1)
        High for one cycle: the block is reset; the next beat is the first of a packet.
    empty : Out(1)
        Between two load packets, and no beat is dropped.
    dropping : Out(1)
        Beats are dropped up to the end of the packet.
    cut : Out(1)
        High for one cycle: reset the block, in the middle of a load packet.
    error : Out(ErrorCode)
        For one cycle, the one behind the beat, what is wrong with a packet.
    header : Out(STREAM_BITS)
        The header that was taken last.
    beat : Out(32)
        The number of its beat; the first one since reset is 0.
    """

    i: stream.Interface
    o: stream.Interface
    joined: Signal
    hold: Signal
    running: Signal
    drop: Signal
    forget: Signal
    empty: Signal
    dropping: Signal
    cut: Signal
    error: Signal
    header: Signal
    beat: Signal

    def __init__(self) -> None:
        super().__init__(
            {
                "i": In(stream.Signature(result_layout())),
                "o": Out(stream.Signature(STREAM_BITS)),
                "joined": In(1),
                "hold": In(1),
                "running": In(1),
                "drop": In(1),
                "forget": In(1),
                "empty": Out(1),
                "dropping": Out(1),
                "cut": Out(1),
                "error": Out(ErrorCode),
                "header": Out(STREAM_BITS),
                "beat": Out(32),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        header = word_layout(LOAD_HEADER, STREAM_BITS)(self.i.payload.data)
        take = Signal()
        beats = Signal.like(self.beat)
        left = Signal.like(header.words)
        settle = Signal(range(2 * CUT_CYCLES))
        m.d.comb += [take.eq(self.i.valid & self.i.ready), self.o.payload.eq(self.i.payload.data)]
        m.d.sync += [settle.eq(0), self.error.eq(ErrorCode.NONE)]
        with m.If(take):
            m.d.sync += beats.eq(beats + 1)
        with m.FSM() as fsm:
            with m.State("Header"):
                self._pass(m, ~self.hold)
                m.d.comb += self.empty.eq(1)
                with m.If(take):
                    m.d.sync += [
                        self.header.eq(self.i.payload.data),
                        self.beat.eq(beats),
                        left.eq(header.words),
                    ]
                    self._follow(m, header.words == 0)
                self._abort(m)
            with m.State("Words"):
                self._pass(m, 1)
                with m.If(take):
                    m.d.sync += left.eq(left - 1)
                    self._follow(m, left == 1)
                self._abort(m)
            with m.State("Drop"):
                m.d.comb += self.i.ready.eq(1)
                with m.If(take & self.i.payload.last):
                    m.next = "Header"
                self._abort(m)
            with m.State("Cut"):
                m.d.sync += settle.eq(Mux(self.running, 0, settle + 1))
                m.d.comb += self.cut.eq(settle == CUT_CYCLES)
                with m.If(settle == 2 * CUT_CYCLES - 1):
                    m.next = "Header"
                self._abort(m)
        m.d.comb += self.dropping.eq(fsm.ongoing("Drop"))
        return m

    def _abort(self, m: Module) -> None:
        """Leave a state for what an abort asks for."""
        with m.If(self.drop):
            m.next = "Drop"
        with m.If(self.forget):
            m.next = "Header"

    def _pass(self, m: Module, allowed: ValueLike) -> None:
        """Hand beats on."""
        m.d.comb += [
            self.o.valid.eq(self.i.valid & allowed),
            self.i.ready.eq(self.o.ready & allowed),
        ]

    def _follow(self, m: Module, at_end: ValueLike) -> None:
        """Go on behind a beat, at the end of its load packet or not."""
        last = self.i.payload.last
        with m.If(at_end):
            m.next = "Header"
            with m.If(~last & ~self.joined):
                m.d.sync += self.error.eq(ErrorCode.LATE_LAST)
                m.next = "Drop"
        with m.Elif(last):
            m.d.sync += self.error.eq(ErrorCode.EARLY_LAST)
            m.next = "Cut"
        with m.Else():
            m.next = "Words"
