"""A block behind AXI4-Lite and AXI4-Stream."""

from collections.abc import Mapping, Sequence

from amaranth import Cat, Module, Mux, ResetSignal, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Member, Out, connect

from zskip.hw.common.axi_buffer import AxiBuffer
from zskip.hw.common.axi_control import AxiControl
from zskip.hw.common.axi_counters import AxiCounters
from zskip.hw.common.axi_intake import AxiIntake
from zskip.hw.common.axi_lite import AxiLite, axi_lite_members
from zskip.hw.common.axi_outlet import AxiOutlet
from zskip.hw.common.axi_registers import AxiRegisters
from zskip.hw.common.block import block_signature, result_layout
from zskip.hw.common.shared_module import SharedModule
from zskip.model.common.registers import REGISTERS
from zskip.model.common.stream import STREAM_BITS, ErrorCode


def axi_members() -> dict[str, Member]:
    """Return the ports of a block behind AXI, all but clock and reset."""
    return {
        **{f"s_axil_{name}": member for name, member in axi_lite_members().items()},
        "s_axis_tdata": In(STREAM_BITS),
        "s_axis_tvalid": In(1),
        "s_axis_tready": Out(1),
        "s_axis_tlast": In(1),
        "m_axis_tdata": Out(STREAM_BITS),
        "m_axis_tvalid": Out(1),
        "m_axis_tready": In(1),
        "m_axis_tlast": Out(1),
        "irq": Out(1),
    }


class AxiShell(wiring.Component):
    """Load, start, watch and abort a block by AXI; `zskip.model.common.registers` has the map.

    A start waits until all packets that arrived before it are loaded; meanwhile no beat is taken.
    An abort, at any time, resets the block, not its memories: what is left of a packet of s_axis is
    dropped, a packet of m_axis that has begun is ended by one beat of 0. The first error stays
    until an abort. No output depends on an input of the same cycle.

    Throughput: one beat a cycle in, as the block takes them, and one a cycle out.

    Parameters
    ----------
    block : str
        Verilog module of the block.
    values : mapping of str to sequence of int
        Values of the constant registers, as `zskip.model.common.identity.constants` gives them.
    streamed : bool, optional
        Load packets during a run, too.
    ahead : bool, optional
        The same, and take a start during a run, which the block keeps.
    """

    s_axis_tdata: Signal
    s_axis_tvalid: Signal
    s_axis_tready: Signal
    s_axis_tlast: Signal
    m_axis_tdata: Signal
    m_axis_tvalid: Signal
    m_axis_tready: Signal
    m_axis_tlast: Signal
    irq: Signal

    def __init__(
        self,
        block: str,
        values: Mapping[str, Sequence[int]],
        *,
        streamed: bool = False,
        ahead: bool = False,
    ) -> None:
        self.block = block
        self.streamed = streamed
        self.ahead = ahead
        self.values = values
        super().__init__(axi_members())

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.lite = lite = AxiLite()
        m.submodules.registers = registers = AxiRegisters(self.values)
        m.submodules.control = control = AxiControl(streamed=self.streamed, ahead=self.ahead)
        m.submodules.received = received = AxiBuffer(result_layout())
        m.submodules.intake = intake = AxiIntake()
        m.submodules.outlet = outlet = AxiOutlet()
        m.submodules.sending = sending = AxiBuffer(result_layout())
        reset = Signal()
        m.submodules.block = block = SharedModule(self.block, block_signature(), reset=reset)
        m.d.comb += reset.eq(Cat(ResetSignal(), control.reset, intake.cut).any())
        self._bus(m, lite, registers)
        connect(m, received.o, intake.i)
        connect(m, intake.o, block.i)
        connect(m, block.o, outlet.i)
        connect(m, outlet.o, sending.i)
        self._control(m, registers, control, intake, block)
        taken = self._streams(m, control, received, intake, outlet, sending)
        self._errors(m, registers, control, intake, block)
        self._count(m, registers, control, intake, taken)
        m.d.comb += [
            registers.status.loading.eq(control.loading),
            registers.status.sending.eq(outlet.open | sending.o.valid),
        ]
        return m

    def _bus(self, m: Module, lite: AxiLite, registers: AxiRegisters) -> None:
        """Join the bus, the registers and the interrupt."""
        for name, member in axi_lite_members().items():
            port, signal = getattr(self, f"s_axil_{name}"), getattr(lite, name)
            m.d.comb += signal.eq(port) if member.flow is In else port.eq(signal)
        for name in ("write", "w_word", "w_data", "w_strobe", "read", "r_word"):
            m.d.comb += getattr(registers, name).eq(getattr(lite, name))
        cause = registers.irq_cause.as_value() & registers.irq_enable.as_value()
        m.d.comb += [lite.refused.eq(registers.refused), lite.r_data.eq(registers.r_data)]
        m.d.sync += self.irq.eq(cause.any())

    def _control(
        self,
        m: Module,
        registers: AxiRegisters,
        control: AxiControl,
        intake: AxiIntake,
        block: SharedModule,
    ) -> None:
        """Join the control with commands, intake, block and status."""
        status = registers.status
        m.d.comb += [
            control.start.eq(registers.control.start),
            control.abort.eq(registers.control.abort),
            # A packet of a tile that is cut takes its run along.
            control.ended.eq(block.done | intake.cut),
            control.wrapped.eq(block.overflow),
            block.start.eq(control.starts),
            intake.hold.eq(control.hold),
            intake.drop.eq(control.drop),
            intake.forget.eq(control.forget),
            intake.joined.eq(registers.settings.joined),
            intake.running.eq(self.ahead & (control.runs != 0)),
            status.busy.eq(control.busy),
            status.ready.eq(control.ready),
            status.runs.eq(control.runs),
            status.done.eq(control.done),
            status.overflow.eq(control.overflow),
            status.dropping.eq(intake.dropping),
            registers.set_irq_cause.done.eq(control.ends),
        ]

    def _streams(
        self,
        m: Module,
        control: AxiControl,
        received: AxiBuffer,
        intake: AxiIntake,
        outlet: AxiOutlet,
        sending: AxiBuffer,
    ) -> Signal:
        """Join both streams with their buffers; return whether a beat of s_axis is taken."""
        taken = Signal()
        loading = Signal()
        m.d.comb += [
            self.s_axis_tready.eq(received.i.ready & ~control.closed),
            taken.eq(self.s_axis_tvalid & self.s_axis_tready),
            received.i.valid.eq(taken),
            received.i.payload.data.eq(self.s_axis_tdata),
            received.i.payload.last.eq(self.s_axis_tlast),
            received.clear.eq(control.abort),
            control.loading.eq(Mux(taken, ~self.s_axis_tlast, loading)),
            control.empty.eq(intake.empty & ~received.o.valid),
            outlet.cut.eq(control.reset | intake.cut),
            self.m_axis_tdata.eq(sending.o.payload.data),
            self.m_axis_tlast.eq(sending.o.payload.last),
            self.m_axis_tvalid.eq(sending.o.valid),
            sending.o.ready.eq(self.m_axis_tready),
        ]
        m.d.sync += loading.eq(control.loading)
        return taken

    def _errors(
        self,
        m: Module,
        registers: AxiRegisters,
        control: AxiControl,
        intake: AxiIntake,
        block: SharedModule,
    ) -> None:
        """Keep the first error and where it came."""
        code = Signal(ErrorCode)
        # What an abort ends may still report something; a start that it refuses is told.
        with m.If(control.refused):
            m.d.comb += code.eq(ErrorCode.START)
        with m.Elif(~control.aborting):
            m.d.comb += code.eq(intake.error)
            with m.If(block.error != ErrorCode.NONE):
                m.d.comb += code.eq(block.error)
        kept, beat, header = (
            Signal.like(Value.cast(port), name=name)
            for port, name in (
                (registers.error.code, "error_code"),
                (registers.error_beat, "error_beat"),
                (registers.error_header, "error_header"),
            )
        )
        with m.If((kept == ErrorCode.NONE) & (code != ErrorCode.NONE)):
            m.d.comb += registers.set_irq_cause.error.eq(1)
            m.d.sync += [kept.eq(code), beat.eq(intake.beat), header.eq(intake.header)]
        with m.If(control.abort):
            m.d.comb += registers.set_irq_cause.error.eq(0)
            m.d.sync += [kept.eq(ErrorCode.NONE), beat.eq(0), header.eq(0)]
        m.d.comb += [
            registers.error.code.eq(kept),
            registers.error_beat.eq(beat),
            registers.error_header.eq(header),
            registers.status.error.eq(kept),
        ]

    def _count(
        self,
        m: Module,
        registers: AxiRegisters,
        control: AxiControl,
        intake: AxiIntake,
        taken: Signal,
    ) -> None:
        """Count cycles and beats."""
        m.submodules.counters = counters = AxiCounters(ahead=self.ahead)
        m.d.comb += [
            counters.starts.eq(control.starts),
            counters.ends.eq(control.ends | control.abort),
            counters.running.eq(control.runs != 0),
            counters.loaded.eq(intake.o.valid & intake.o.ready),
            counters.received.eq(taken),
            counters.waiting.eq(self.s_axis_tvalid & ~self.s_axis_tready),
            counters.offered.eq(self.m_axis_tvalid),
            counters.taken.eq(self.m_axis_tvalid & self.m_axis_tready),
            counters.clear_totals.eq(registers.control.clear_totals),
        ]
        for register in REGISTERS:
            name = register.name.lower()
            if hasattr(counters, name):
                m.d.comb += getattr(registers, name).eq(getattr(counters, name))
