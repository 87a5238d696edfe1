"""Central control unit: runs the passes of a program."""

from amaranth import Cat, Module, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from zskip.hw.eie.emitter import Request, RequestInterface
from zskip.hw.eie.interfaces import (
    ActivationSource,
    ActivationSourceInterface,
    Control,
    ControlInterface,
    WritePort,
    WritePortInterface,
    activation_stream,
)
from zskip.hw.eie.program import ProgramMemory
from zskip.model.common.stream import COUNTER_BITS, STREAM_BITS, ErrorCode, Kind
from zskip.model.eie.config import Config
from zskip.model.eie.counters import CENTRAL
from zskip.model.eie.cycles import WRITE_BACK_LATENCY
from zskip.model.eie.passes import pass_words


class Ccu(wiring.Component):
    """Sequencer and root of the broadcast (EIE paper, section IV).

    I/O mode between runs. A run is, for each pass: compute until every activation has been
    broadcast and every PE has handed its entries on; write back; send what the pass asks for. The
    descriptor and the codebook of the next pass are fetched during the write-back. The run ends
    after the pass marked last.

    Latency: none from the root to the PEs; four cycles from `start` to computing mode, none between
    the end of a write-back and the next pass, once that is fetched. Throughput: one broadcast a
    cycle. Stall rule: a broadcast waits until `o` is ready, which is while no activation queue is
    full, and until the codebook has arrived.

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
        ``PROGRAM`` once a pass was refused, until reset.
    w_program : In(WritePort)
        Writes the program memory; in I/O mode only.
    idle : In(1)
        Every PE is idle.
    i : In(ActivationSource)
        Root of the LNZD tree.
    o : Out(stream)
        The broadcast.
    control : Out(Control)
        Commands to the PEs, but for those of the emitter.
    codebook : Out(WritePort)
        Codebook of the pass, four values a word.
    request : Out(Request)
        What the emitter sends.
    """

    start: Signal
    busy: Signal
    done: Signal
    error: Signal
    w_program: WritePortInterface
    idle: Signal
    i: ActivationSourceInterface
    o: stream.Interface
    control: ControlInterface
    codebook: WritePortInterface
    request: RequestInterface

    def __init__(self, config: Config) -> None:
        self.config = config
        program_depth = pass_words(config) * config.pass_count
        super().__init__(
            {
                "start": In(1),
                "busy": Out(1),
                "done": Out(1),
                "error": Out(range(max(ErrorCode) + 1)),
                "w_program": In(
                    WritePort(
                        address_bits=max(1, (program_depth - 1).bit_length()),
                        data_bits=STREAM_BITS,
                    )
                ),
                "idle": In(1),
                "i": In(ActivationSource(config)),
                "o": Out(activation_stream(config)),
                "control": Out(Control(config)),
                "codebook": Out(
                    WritePort(
                        address_bits=max(1, (config.codebook_words - 1).bit_length()),
                        data_bits=STREAM_BITS,
                    )
                ),
                "request": Out(Request(config)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.program_memory = program = ProgramMemory(config)
        connect(m, flipped(self.w_program), program.w_port)
        connect(m, program.codebook, flipped(self.codebook))
        self._broadcast(m, program)

        # Descriptor of the pass under way; that of the next one arrives in the meantime.
        word_0 = Signal.like(program.word_0)
        word_1 = Signal.like(program.word_1)
        half = Signal()
        pass_index = Signal(range(config.pass_count))
        row = Signal.like(self.control.row)
        at_last_row = row == word_1.rows - 1
        settle = Signal(range(WRITE_BACK_LATENCY))
        # The next pass cannot be fetched before this one's codebook has arrived.
        quiet = self.idle & ~self.i.more & ~program.busy
        request = self.request
        m.d.comb += [
            self.control.row.eq(row),
            request.pass_index.eq(pass_index),
            request.outputs.eq(word_0.outputs),
        ]
        self._settings(m, word_0, word_1, half)

        def begin(refused: Value) -> None:
            """Start the pass whose descriptor has arrived, unless the program makes no sense."""
            with m.If(refused):
                m.d.sync += self.error.eq(ErrorCode.PROGRAM)
                m.next = "Done"
            with m.Else():
                m.d.sync += [word_0.eq(program.word_0), word_1.eq(program.word_1)]
                m.next = "Compute"

        def follow() -> None:
            """Go on behind a pass: with the next one, or to the end."""
            with m.If(word_0.last):
                m.next = "Done"
            with m.Else():
                m.d.comb += self.control.restart.eq(1)
                m.d.sync += [pass_index.eq(pass_index + 1), half.eq(half ^ word_0.swap)]
                begin(self._senseless(program) | (pass_index == config.pass_count - 1))

        with m.FSM() as fsm:
            with m.State("Idle"):
                m.d.sync += [pass_index.eq(0), half.eq(0)]
                with m.If(self.start):
                    m.d.comb += [program.fetch.eq(1), self.control.restart.eq(1)]
                    m.next = "Fetch"

            with m.State("Fetch"):
                with m.If(program.described):
                    begin(self._senseless(program))

            with m.State("Compute"):
                m.d.comb += self.control.compute.eq(1)
                m.d.sync += [row.eq(0), settle.eq(0)]
                with m.If(quiet):
                    m.d.comb += program.fetch.eq(~word_0.last)
                    m.next = "WriteBack"

            with m.State("WriteBack"):
                m.d.comb += self.control.write_back.eq(1)
                m.d.sync += row.eq(row + 1)
                with m.If(at_last_row):
                    m.next = "Settle"

            with m.State("Settle"):
                with m.If(settle != WRITE_BACK_LATENCY - 1):
                    m.d.sync += settle.eq(settle + 1)
                with m.Elif(~program.busy):
                    with m.If(word_0.emit_outputs | word_0.emit_counters):
                        m.next = "EmitOutputs"
                    with m.Else():
                        follow()

            with m.State("EmitOutputs"):
                m.d.comb += [request.valid.eq(word_0.emit_outputs), request.kind.eq(Kind.OUTPUTS)]
                with m.If(request.done | ~request.valid):
                    m.next = "EmitCounters"

            with m.State("EmitCounters"):
                m.d.comb += [request.valid.eq(word_0.emit_counters), request.kind.eq(Kind.COUNTERS)]
                with m.If(request.done | ~request.valid):
                    follow()

            with m.State("Done"):
                # Behind a refused first pass, words of it are still on their way.
                with m.If(~program.busy):
                    m.d.comb += [program.rewind.eq(1), self.done.eq(1)]
                    m.next = "Idle"

        m.d.comb += self.busy.eq(~fsm.ongoing("Idle"))
        counted = ("Fetch", "Compute", "WriteBack", "Settle")
        self._count(m, Cat(fsm.ongoing(state) for state in counted).any())
        return m

    def _broadcast(self, m: Module, program: ProgramMemory) -> None:
        """Send the root's activations once the codebook is there."""
        root = self.i.stream
        enable = self.control.compute & ~program.busy
        m.d.comb += [
            self.o.payload.eq(root.payload),
            self.o.valid.eq(root.valid & enable),
            root.ready.eq(self.o.ready & enable),
        ]

    def _settings(self, m: Module, word_0: data.View, word_1: data.View, half: Signal) -> None:
        """Tell the PEs what they need to know of the pass."""
        settings = self.control.settings
        m.d.comb += [
            settings.pointer_base.eq(word_1.pointer_base),
            settings.bias_base.eq(word_1.bias_base),
            settings.row_base.eq(word_1.row_base),
            settings.inputs.eq(word_0.inputs),
            settings.half.eq(half),
            settings.shift.eq(word_0.shift),
            settings.relu.eq(word_0.relu),
        ]

    def _senseless(self, program: ProgramMemory) -> Value:
        """Return whether the pass that was fetched exceeds the array."""
        config = self.config
        word_0, word_1 = program.word_0, program.word_1
        return (
            (word_0.outputs == 0)
            | (word_0.outputs > config.vector_depth)
            | (word_0.inputs == 0)
            | (word_0.inputs > config.vector_depth)
            | (word_1.rows == 0)
            | (word_1.rows > config.register_depth)
            | (word_1.row_base + word_1.rows > config.activation_depth)
        )

    def _count(self, m: Module, counting: Value) -> None:
        """Count what `zskip.model.eie.counters.CENTRAL` names."""
        events = {
            "cycles": counting,
            "broadcasts": self.o.valid & self.o.ready,
            "stalls": self.o.valid & ~self.o.ready,
            "drain": self.control.compute & ~self.o.valid,
        }
        for number, name in enumerate(CENTRAL):
            counter = Signal(COUNTER_BITS, name=name)
            with m.If(self.control.restart):
                m.d.sync += counter.eq(0)
            with m.Elif(events[name]):
                m.d.sync += counter.eq(counter + 1)
            m.d.comb += self.request.central.word_select(number, COUNTER_BITS).eq(counter)
