"""Central control unit: runs the passes of a program."""

from typing import NamedTuple

from amaranth import Cat, Module, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from zskip.hw.common.emitter import RequestInterface
from zskip.hw.common.program_memory import ProgramMemory
from zskip.hw.common.write_port import WritePortInterface
from zskip.hw.eie import shell
from zskip.hw.eie.commands import Control, ControlInterface
from zskip.hw.eie.interfaces import (
    ActivationSource,
    ActivationSourceInterface,
    activation_stream,
    codebook_port,
)
from zskip.model.common.stream import COUNTER_BITS, ErrorCode, Kind
from zskip.model.eie.config import Config
from zskip.model.eie.counters import CENTRAL
from zskip.model.eie.latencies import WRITE_BACK_LATENCY


class Current(NamedTuple):
    """Registers of the pass under way: its descriptor, its number, and the inputs' half."""

    word_0: data.View
    word_1: data.View
    number: Signal
    half: Signal


class Ccu(wiring.Component):
    """Run the passes of a program, and give out the root's activations (EIE paper, section IV).

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
        Commands to the PEs.
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
        super().__init__(
            {
                "start": In(1),
                "busy": Out(1),
                "done": Out(1),
                "error": Out(range(max(ErrorCode) + 1)),
                "w_program": In(shell.program_port(config)),
                "idle": In(1),
                "i": In(ActivationSource(config)),
                "o": Out(activation_stream(config)),
                "control": Out(Control(config)),
                "codebook": Out(codebook_port(config)),
                "request": Out(shell.request(config)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.program_memory = program = shell.program_memory(self.config)
        connect(m, flipped(self.w_program), program.w_port)
        connect(m, program.tail, flipped(self.codebook))
        current = Current(
            Signal.like(program.words[0], name="word_0"),
            Signal.like(program.words[1], name="word_1"),
            Signal(range(self.config.pass_count), name="pass_index"),
            Signal(name="half"),
        )
        m.d.comb += [
            self.request.pass_index.eq(current.number),
            self.request.outputs.eq(current.word_0.outputs),
        ]
        self._broadcast(m, program)
        self._settings(m, current)
        self._sequence(m, program, current)
        return m

    def _sequence(self, m: Module, program: ProgramMemory, current: Current) -> None:
        """Go through the states of a run."""
        # The next pass cannot be fetched before this one's codebook has arrived.
        quiet = Signal()
        settled = Signal()
        refused = Signal()
        m.d.comb += [
            quiet.eq(self.idle & ~self.i.more & ~program.busy),
            refused.eq(self._is_refused(program)),
        ]
        with m.FSM() as fsm:
            with m.State("Idle"):
                m.d.sync += [current.number.eq(0), current.half.eq(0)]
                with m.If(self.start):
                    m.d.comb += [program.fetch.eq(1), self.control.restart.eq(1)]
                    m.next = "Fetch"

            with m.State("Fetch"), m.If(program.described):
                self._begin(m, program, current, refused)

            with m.State("Compute"):
                m.d.comb += self.control.compute.eq(1)
                with m.If(quiet):
                    m.d.comb += program.fetch.eq(~current.word_0.last)
                    m.next = "WriteBack"

            with m.State("WriteBack"):
                m.d.comb += self.control.write_back.eq(1)
                with m.If(self.control.row == current.word_1.rows - 1):
                    m.next = "Settle"

            with m.State("Settle"), m.If(settled & ~program.busy):
                with m.If(current.word_0.emit_outputs | current.word_0.emit_counters):
                    m.next = "EmitOutputs"
                with m.Else():
                    self._follow(m, program, current, refused)

            with m.State("EmitOutputs"), m.If(self._is_sent(m, current, Kind.OUTPUTS)):
                m.next = "EmitCounters"

            with m.State("EmitCounters"), m.If(self._is_sent(m, current, Kind.COUNTERS)):
                self._follow(m, program, current, refused)

            # Behind a refused first pass, words of it are still on their way.
            with m.State("Done"), m.If(~program.busy):
                m.d.comb += [program.rewind.eq(1), self.done.eq(1)]
                m.next = "Idle"

        m.d.comb += self.busy.eq(~fsm.ongoing("Idle"))
        self._write_back(m, fsm.ongoing("Settle"), settled)
        counted = ("Fetch", "Compute", "WriteBack", "Settle")
        self._count(m, Cat(fsm.ongoing(state) for state in counted).any())

    def _begin(self, m: Module, program: ProgramMemory, current: Current, refused: Value) -> None:
        """Start the pass whose descriptor has arrived, unless it is refused."""
        with m.If(refused):
            m.d.sync += self.error.eq(ErrorCode.PROGRAM)
            m.next = "Done"
        with m.Else():
            m.d.sync += [
                current.word_0.eq(program.words[0]),
                current.word_1.eq(program.words[1]),
            ]
            m.next = "Compute"

    def _follow(self, m: Module, program: ProgramMemory, current: Current, refused: Value) -> None:
        """Go on behind a pass: with the next one, or to the end."""
        with m.If(current.word_0.last):
            m.next = "Done"
        with m.Else():
            m.d.comb += self.control.restart.eq(1)
            m.d.sync += [
                current.number.eq(current.number + 1),
                current.half.eq(current.half ^ current.word_0.swap),
            ]
            is_full = current.number == self.config.pass_count - 1
            self._begin(m, program, current, refused | is_full)

    def _is_sent(self, m: Module, current: Current, kind: Kind) -> Value:
        """Ask for a packet if the pass wants it; return whether nothing is left to wait for."""
        wanted = {
            Kind.OUTPUTS: current.word_0.emit_outputs,
            Kind.COUNTERS: current.word_0.emit_counters,
        }[kind]
        m.d.comb += [self.request.valid.eq(wanted), self.request.kind.eq(kind)]
        return self.request.done | ~wanted

    def _write_back(self, m: Module, settling: Value, settled: Signal) -> None:
        """Count the rows of a write-back, and the cycles that the last one takes."""
        settle = Signal(range(WRITE_BACK_LATENCY))
        m.d.comb += settled.eq(settle == WRITE_BACK_LATENCY - 1)
        with m.If(self.control.compute):
            m.d.sync += [self.control.row.eq(0), settle.eq(0)]
        with m.If(self.control.write_back):
            m.d.sync += self.control.row.eq(self.control.row + 1)
        with m.If(settling & ~settled):
            m.d.sync += settle.eq(settle + 1)

    def _broadcast(self, m: Module, program: ProgramMemory) -> None:
        """Send the root's activations once the codebook is there."""
        root = self.i.stream
        enable = Signal()
        m.d.comb += [
            enable.eq(self.control.compute & ~program.busy),
            self.o.payload.eq(root.payload),
            self.o.valid.eq(root.valid & enable),
            root.ready.eq(self.o.ready & enable),
        ]

    def _settings(self, m: Module, current: Current) -> None:
        """Tell the PEs what they need to know of the pass."""
        settings, word_0, word_1 = self.control.settings, current.word_0, current.word_1
        m.d.comb += [
            settings.pointer_base.eq(word_1.pointer_base),
            settings.bias_base.eq(word_1.bias_base),
            settings.row_base.eq(word_1.row_base),
            settings.inputs.eq(word_0.inputs),
            settings.half.eq(current.half),
            settings.shift.eq(word_0.shift),
            settings.relu.eq(word_0.relu),
        ]

    def _is_refused(self, program: ProgramMemory) -> Value:
        """Return whether the pass that was fetched has nothing to do or exceeds the array."""
        config = self.config
        word_0, word_1 = program.words
        return Cat(
            word_0.outputs == 0,
            word_0.outputs > config.vector_depth,
            word_0.inputs == 0,
            word_0.inputs > config.vector_depth,
            word_1.rows == 0,
            word_1.rows > config.register_depth,
            word_1.row_base + word_1.rows > config.activation_depth,
        ).any()

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
