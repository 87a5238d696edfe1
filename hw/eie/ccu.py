"""Central control unit: runs the passes of a program."""

from amaranth import Cat, Module, Signal, Value
from amaranth.lib import fifo, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from zskip.hw.eie.emitter import Request, RequestInterface
from zskip.hw.eie.interfaces import (
    Control,
    ControlInterface,
    WritePort,
    WritePortInterface,
    activation_layout,
    activation_stream,
)
from zskip.hw.eie.pe.act_rw import WRITE_BACK_CYCLES
from zskip.hw.eie.program import ProgramMemory
from zskip.model.eie.config import COUNTER_BITS, STREAM_BITS, Config
from zskip.model.eie.counters import CENTRAL
from zskip.model.eie.packets import ErrorCode, Kind
from zskip.model.eie.schedule import pass_words

BROADCAST_DEPTH = 2
"""Activations waiting at the root; two keep one a cycle without a path through all queues."""


class Ccu(wiring.Component):
    """Sequencer and root of the broadcast (EIE paper, section IV).

    I/O mode between runs. A run is, for each pass: fetch its descriptor and codebook from the
    program memory; compute until every activation has been broadcast and every PE is idle; write
    back; swap the files; send what the pass asks for. The run ends after the pass marked last.

    Latency: two cycles from the root to the PEs. Throughput: one broadcast a cycle. Stall rule: a
    broadcast waits until `o` is ready, which is while no activation queue is full.

    Parameters
    ----------
    config : Config
        Gives depths and widths.

    Members
    -------
    start : In(1)
        Begin a run; ignored while `busy`.
    busy : Out(1)
        Computing mode.
    done : Out(1)
        High for one cycle when a run ends.
    error : Out(ErrorCode)
        ``PROGRAM`` once a pass was refused, until reset.
    w_program : In(WritePort)
        Writes the program memory; in I/O mode only.
    idle : In(1)
        Every PE and the LNZD tree are idle.
    i : In(stream)
        Non-zero activations from the root of the LNZD tree.
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
    i: stream.Interface
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
                "i": In(activation_stream(config)),
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
        m.submodules.program = program = ProgramMemory(config)
        connect(m, flipped(self.w_program), program.w_port)
        connect(m, program.codebook, flipped(self.codebook))
        quiet = self._broadcast(m)

        settings = self.control.settings
        outputs = program.word_0.outputs
        rows = Signal(config.row_bits + 1)
        last_row = Signal()
        pass_index = Signal(range(config.pass_count))
        settle = Signal(range(WRITE_BACK_CYCLES))
        m.d.comb += [
            settings.pointer_base.eq(program.word_0.pointer_base),
            settings.bias_base.eq(program.word_1.bias_base),
            settings.shift.eq(program.word_0.shift),
            settings.relu.eq(program.word_0.relu),
            rows.eq((outputs + (config.pe_count - 1)) >> config.pe_bits),
            last_row.eq(self.control.row == rows - 1),
            self.request.pass_index.eq(pass_index),
            self.request.outputs.eq(outputs),
        ]

        def refuse() -> None:
            """Report a bad program and end the run."""
            m.d.sync += self.error.eq(ErrorCode.PROGRAM)
            m.next = "Finish"

        with m.FSM() as fsm:
            with m.State("Idle"):
                m.d.comb += program.rewind.eq(1)
                m.d.sync += pass_index.eq(0)
                with m.If(self.start):
                    m.next = "Restart"

            with m.State("Restart"):
                m.d.comb += self.control.restart.eq(1)
                m.next = "Fetch"

            with m.State("Fetch"):
                m.d.comb += program.fetch.eq(1)
                with m.If(program.done):
                    with m.If((outputs == 0) | (outputs > config.vector_depth)):
                        refuse()
                    with m.Else():
                        m.next = "Compute"

            with m.State("Compute"):
                m.d.comb += self.control.compute.eq(1)
                m.d.sync += [self.control.row.eq(0), settle.eq(0)]
                with m.If(quiet):
                    m.next = "WriteBack"

            with m.State("WriteBack"):
                m.d.comb += self.control.write_back.eq(1)
                m.d.sync += self.control.row.eq(self.control.row + 1)
                with m.If(last_row):
                    m.next = "Settle"

            with m.State("Settle"):
                m.d.sync += settle.eq(settle + 1)
                with m.If(settle == WRITE_BACK_CYCLES - 2):
                    m.next = "Swap"

            # The last row is written in this cycle.
            with m.State("Swap"):
                m.d.comb += self.control.swap.eq(1)
                m.next = "EmitOutputs"

            with m.State("EmitOutputs"):
                m.d.comb += [
                    self.request.valid.eq(program.word_0.emit_outputs),
                    self.request.kind.eq(Kind.OUTPUTS),
                ]
                with m.If(self.request.done | ~self.request.valid):
                    m.next = "EmitCounters"

            with m.State("EmitCounters"):
                m.d.comb += [
                    self.request.valid.eq(program.word_0.emit_counters),
                    self.request.kind.eq(Kind.COUNTERS),
                ]
                with m.If(self.request.done | ~self.request.valid):
                    m.next = "Next"

            with m.State("Next"):
                m.d.sync += pass_index.eq(pass_index + 1)
                with m.If(program.word_0.last):
                    m.next = "Finish"
                with m.Elif(pass_index == config.pass_count - 1):
                    refuse()
                with m.Else():
                    m.next = "Restart"

            with m.State("Finish"):
                m.d.comb += [self.control.finish.eq(1), self.done.eq(1)]
                m.next = "Idle"

        m.d.comb += self.busy.eq(~fsm.ongoing("Idle"))
        counted = ("Fetch", "Compute", "WriteBack", "Settle", "Swap")
        self._count(m, Cat(fsm.ongoing(state) for state in counted).any())
        return m

    def _broadcast(self, m: Module) -> Signal:
        """Queue the root's activations; return whether the array has been quiet for a cycle."""
        layout = activation_layout(self.config)
        m.submodules.queue = queue = fifo.SyncFIFO(width=layout.size, depth=BROADCAST_DEPTH)
        quiet = Signal()
        m.d.comb += [
            queue.w_data.eq(self.i.payload),
            queue.w_en.eq(self.i.valid),
            self.i.ready.eq(queue.w_rdy),
            self.o.payload.eq(queue.r_data),
            self.o.valid.eq(queue.r_rdy),
            queue.r_en.eq(self.o.ready),
        ]
        m.d.sync += quiet.eq(self.idle & ~self.o.valid)
        return quiet

    def _count(self, m: Module, counting: Value) -> None:
        """Count what `zskip.model.eie.counters.CENTRAL` names."""
        compute = self.control.compute
        events = {
            "cycles": counting,
            "broadcasts": self.o.valid & self.o.ready,
            "stalls": self.o.valid & ~self.o.ready,
            "drain": compute & ~self.o.valid,
        }
        for number, name in enumerate(CENTRAL):
            counter = Signal(COUNTER_BITS, name=name)
            with m.If(self.control.restart):
                m.d.sync += counter.eq(0)
            with m.Elif(events[name]):
                m.d.sync += counter.eq(counter + 1)
            m.d.comb += self.request.central.word_select(number, COUNTER_BITS).eq(counter)
