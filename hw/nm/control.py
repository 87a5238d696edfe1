"""Control unit: runs the passes of a program."""

from amaranth import Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from zskip.hw.common.program_memory import ProgramMemory
from zskip.hw.common.request import RequestInterface
from zskip.hw.common.write_port import WritePortInterface
from zskip.hw.nm.beats import Beats
from zskip.hw.nm.commands import (
    RowCommands,
    RowCommandsInterface,
    VectorCommands,
    VectorCommandsInterface,
)
from zskip.hw.nm.current_pass import Current, exceeds
from zskip.hw.nm.interfaces import codebook_bits, program_port, request
from zskip.model.common.stream import COUNTER_BITS, STREAM_BITS, ErrorCode, Kind
from zskip.model.nm.config import Config
from zskip.model.nm.latencies import pass_cycles
from zskip.model.nm.passes import PASS_WORD_0, PASS_WORD_1, tail_words


class Control(wiring.Component):
    """Run the passes of a program, each a layer.

    A run is, for each pass: command its beats, one a cycle; wait until the outputs of the last one
    are written, while the next pass is fetched; send what the pass asks for. The run ends after the
    pass marked last. A pass that is refused, that runs out of weights, or in which a code is
    illegal, ends the run and sends nothing.

    Latency: `zskip.model.nm.latencies.run_cycles` from the cycle after `start` to the first beat,
    `pass_cycles` between the last beat of a pass and the next one's first. Throughput: one beat a
    cycle. Stall rule: none while there are beats; a packet waits for the emitter.

    Parameters
    ----------
    config : Config
        Gives depths and widths.

    Members
    -------
    start : In(1)
        Begin a run; ignored while `busy`.
    busy : Out(1)
        A run is under way.
    done : Out(1)
        High for one cycle when a run ends.
    error : Out(ErrorCode)
        The first of ``PROGRAM``, once a pass was refused or ran out of weights, and ``METADATA``,
        once a beat had an illegal code; until reset.
    w_program : In(WritePort)
        Writes the program memory; between runs only.
    illegal : In(1)
        A beat has an illegal code.
    rows : Out(RowCommands)
        Commands to the rows.
    vectors : Out(VectorCommands)
        Commands to the vectors.
    codebook : Out(16 * 16)
        Codebook of the pass; only where weights are codes.
    request : Out(Request)
        What the emitter sends.
    """

    start: Signal
    busy: Signal
    done: Signal
    error: Signal
    w_program: WritePortInterface
    illegal: Signal
    rows: RowCommandsInterface
    vectors: VectorCommandsInterface
    codebook: Signal
    request: RequestInterface

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "start": In(1),
                "busy": Out(1),
                "done": Out(1),
                "error": Out(range(max(ErrorCode) + 1)),
                "w_program": In(program_port(config)),
                "illegal": In(1),
                "rows": Out(RowCommands(config)),
                "vectors": Out(VectorCommands(config)),
                "codebook": Out(codebook_bits(config)),
                "request": Out(request(config)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.program_memory = program = ProgramMemory(
            descriptor=(PASS_WORD_0, PASS_WORD_1),
            tail_words=tail_words(config),
            passes=config.pass_count,
        )
        connect(m, flipped(self.w_program), program.w_port)
        current = Current(
            program,
            Signal.like(program.words[0], name="word_0"),
            Signal(range(config.pass_count), name="number"),
            Signal(name="half"),
            Signal(range(config.bias_depth + 1), name="biases"),
            Signal(name="refused"),
            Signal(name="failed"),
        )
        m.d.comb += [
            current.refused.eq(exceeds(program, current.biases, config)),
            self.request.pass_index.eq(current.number),
            self.request.outputs.eq(current.word_0.outputs),
        ]
        current.tell(m, self.rows, self.vectors)
        if config.shares_weights:
            with m.If(program.tail.en):
                word = self.codebook.word_select(program.tail.address, STREAM_BITS)
                m.d.sync += word.eq(program.tail.data)
        with m.If(self.illegal):
            self._fail(m, current, ErrorCode.METADATA)
        exhausted = Signal()
        beats = self._beats(m, program, exhausted)
        with m.FSM() as fsm:
            self._compute(m, current, beats, exhausted)
            self._end(m, current)
        m.d.comb += self.busy.eq(~fsm.ongoing("Idle"))
        counted = Cat(fsm.ongoing(state) for state in ("Fetch", "Beats", "Drain")).any()
        self._count(m, counted, self.rows.valid)
        return m

    def _compute(self, m: Module, current: Current, beats: Beats, exhausted: Signal) -> None:
        """Add the states up to the last beat of a pass."""
        program = current.program
        with m.State("Idle"):
            m.d.sync += [current.number.eq(0), current.half.eq(0), current.biases.eq(0)]
            m.d.sync += [current.failed.eq(0), exhausted.eq(0), self.rows.address.eq(0)]
            with m.If(self.start):
                m.d.comb += [program.fetch.eq(1), self.rows.rewind.eq(1)]
                m.d.comb += self.rows.restart.eq(1)
                m.next = "Fetch"

        with m.State("Fetch"), m.If(~program.busy):
            self._begin(m, current, current.refused)

        with m.State("Beats"):
            m.d.comb += beats.go.eq(~exhausted)
            with m.If(exhausted):
                self._fail(m, current, ErrorCode.PROGRAM)
                m.next = "Drain"
            # The codebook must hold for one cycle behind the last beat, and the fetch takes longer.
            with m.Elif(beats.finish):
                m.d.comb += program.fetch.eq(~current.word_0.last)
                m.next = "Drain"

    def _end(self, m: Module, current: Current) -> None:
        """Add the states behind the last beat of a pass."""
        word_0 = current.word_0
        settle = Signal(range(pass_cycles(self.config)))
        with m.State("Drain"):
            m.d.sync += settle.eq(settle + 1)
            with m.If(settle == pass_cycles(self.config) - 1):
                m.d.sync += settle.eq(0)
                with m.If(current.failed):
                    m.next = "Done"
                with m.Elif(word_0.emit_outputs | word_0.emit_counters):
                    m.next = "EmitOutputs"
                with m.Else():
                    self._follow(m, current)

        with m.State("EmitOutputs"), m.If(self._is_sent(m, word_0.emit_outputs, Kind.OUTPUTS)):
            m.next = "EmitCounters"

        with m.State("EmitCounters"), m.If(self._is_sent(m, word_0.emit_counters, Kind.COUNTERS)):
            self._follow(m, current)

        with m.State("Done"):
            m.d.comb += [current.program.rewind.eq(1), self.done.eq(1)]
            m.next = "Idle"

    def _begin(self, m: Module, current: Current, refused: Value) -> None:
        """Start the pass that was fetched, unless it is refused."""
        with m.If(refused):
            self._fail(m, current, ErrorCode.PROGRAM)
            m.next = "Done"
        with m.Else():
            m.d.sync += [
                current.word_0.eq(current.program.words[0]),
                current.biases.eq(current.biases + current.program.words[1].blocks),
            ]
            m.next = "Beats"

    def _follow(self, m: Module, current: Current) -> None:
        """Go on behind a pass: with the next one, or to the end."""
        with m.If(current.word_0.last):
            m.next = "Done"
        with m.Else():
            m.d.comb += self.rows.restart.eq(1)
            m.d.sync += [
                current.number.eq(current.number + 1),
                current.half.eq(current.half ^ current.word_0.swap),
            ]
            is_full = current.number == self.config.pass_count - 1
            self._begin(m, current, current.refused | is_full)

    def _fail(self, m: Module, current: Current, code: ErrorCode) -> None:
        """Let the run end, and keep the first error since reset."""
        m.d.sync += current.failed.eq(1)
        with m.If(self.error == ErrorCode.NONE):
            m.d.sync += self.error.eq(code)

    def _is_sent(self, m: Module, wanted: Value, kind: Kind) -> Value:
        """Ask for a packet if the pass wants it; return whether nothing is left to wait for."""
        m.d.comb += [self.request.valid.eq(wanted), self.request.kind.eq(kind)]
        return self.request.done | ~wanted

    def _beats(self, m: Module, program: ProgramMemory, exhausted: Signal) -> Beats:
        """Command the beats; there are none left behind the last word of the weight memory."""
        m.submodules.beat_counter = beats = Beats(self.config)
        address = self.rows.address
        counts = program.words[1]
        m.d.comb += [
            beats.restart.eq(self.rows.restart),
            beats.blocks.eq(counts.blocks),
            beats.words.eq(counts.words),
            beats.beats.eq(counts.beats),
            self.rows.valid.eq(beats.go),
            self.rows.first.eq(beats.first),
            self.rows.last.eq(beats.last),
            self.vectors.restart.eq(self.rows.restart),
            self.vectors.read.eq(beats.go & beats.read),
            self.vectors.word.eq(beats.word),
        ]
        with m.If(beats.go):
            m.d.sync += address.eq(address + 1)
            with m.If(address == self.config.weight_depth - 1):
                m.d.sync += exhausted.eq(1)
        return beats

    def _count(self, m: Module, *events: Value) -> None:
        """Count events of a pass, each in a part of `request.central`."""
        for index, event in enumerate(events):
            counter = self.request.central.word_select(index, COUNTER_BITS)
            with m.If(self.rows.restart):
                m.d.sync += counter.eq(0)
            with m.Elif(event):
                m.d.sync += counter.eq(counter + 1)
