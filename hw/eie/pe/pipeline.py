"""A processing element: its units in the order in which an activation passes them."""

from amaranth import Module, Mux, Signal, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped
from amaranth.utils import exact_log2

from zskip.hw.eie.interfaces import (
    CODEBOOK,
    PE_NUMBER_BITS,
    ActivationSource,
    ActivationSourceInterface,
    Control,
    ControlInterface,
    LoadBus,
    LoadBusInterface,
    activation_stream,
)
from zskip.hw.eie.pe.accumulators import Accumulators
from zskip.hw.eie.pe.act_queue import ActQueue
from zskip.hw.eie.pe.act_rw import ActRW
from zskip.hw.eie.pe.arithmetic import Arithmetic
from zskip.hw.eie.pe.column_queue import ColumnQueue
from zskip.hw.eie.pe.counters import Counters
from zskip.hw.eie.pe.pointer_read import PointerRead
from zskip.hw.eie.pe.sparse_matrix_read import SparseMatrixRead
from zskip.hw.eie.pe.write_back import WriteBack
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.stream import STREAM_BITS
from zskip.model.eie.config import Config
from zskip.model.eie.counters import PER_PE
from zskip.model.eie.packets import Target


def pipeline_signature(config: Config) -> wiring.Signature:
    """Return the ports of `Pipeline`."""
    return wiring.Signature(
        {
            "pe": In(PE_NUMBER_BITS),
            "load": In(LoadBus()),
            "control": In(Control(config)),
            "i": In(activation_stream(config)),
            "o": Out(ActivationSource(config)),
            "activation": Out(signed(ACTIVATION_BITS)),
            "counters": Out(STREAM_BITS),
            "idle": Out(1),
            "overflow": Out(1),
        }
    )


class Pipeline(wiring.Component):
    """Processing element (EIE paper, section IV, figure 4).

    Broadcast, activation queue, pointer read, sparse matrix read, arithmetic, activation
    read/write, and back to the LNZD tree. Which rows of a layer it owns depends on `pe` alone, so
    one module serves the whole array.

    Latency: nine cycles from a broadcast to the write of its first accumulator. Throughput: one
    entry a cycle. Stall rule: the broadcast waits while `i` is not ready, which is while the
    activation queue is full.

    Parameters
    ----------
    config : Config
        Gives depths and widths.

    Members
    -------
    pe : In(8)
        Number of the PE.
    load : In(LoadBus)
        Writes to the PE's memories.
    control : In(Control)
        Commands of the central control unit.
    i : In(stream)
        Broadcast activations.
    o : Out(ActivationSource)
        Non-zero activations of the PE's part of the input vector.
    activation : Out(signed(16))
        Output row of the last `control.read`.
    counters : Out(64)
        Counters selected by `control.counter`.
    idle : Out(1)
        No broadcast is held and every entry is on its way through the arithmetic.
    overflow : Out(1)
        The addition of the last cycle left the accumulator's range.
    """

    pe: Signal
    load: LoadBusInterface
    control: ControlInterface
    i: stream.Interface
    o: ActivationSourceInterface
    activation: Signal
    counters: Signal
    idle: Signal
    overflow: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(pipeline_signature(config))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.act_queue = act_queue = ActQueue(config)
        m.submodules.pointer_read = pointer_read = PointerRead(config)
        m.submodules.sparse_matrix_read = sparse_matrix_read = SparseMatrixRead(config)
        m.submodules.arithmetic = arithmetic = Arithmetic(config)
        m.submodules.accumulators = accumulators = Accumulators(config)
        m.submodules.write_back = write_back = WriteBack(config)
        m.submodules.act_rw = act_rw = ActRW(config)
        control, settings = self.control, self.control.settings

        connect(m, flipped(self.i), act_queue.i)
        connect(m, act_queue.o, pointer_read.i)
        waiting = act_queue.held | pointer_read.o.valid
        if config.column_queue_depth:
            m.submodules.column_queue = column_queue = ColumnQueue(config)
            connect(m, pointer_read.o, column_queue.i)
            connect(m, column_queue.o, sparse_matrix_read.i)
            waiting = waiting | column_queue.held
        else:
            connect(m, pointer_read.o, sparse_matrix_read.i)
        connect(m, sparse_matrix_read.o, arithmetic.i)
        connect(m, arithmetic.accumulators, accumulators.port)
        connect(m, act_rw.o, flipped(self.o))
        connect(m, flipped(control), act_rw.control)
        connect(m, flipped(settings), write_back.settings)

        waiting = waiting | sparse_matrix_read.busy
        m.d.comb += [
            self.idle.eq(~waiting),
            pointer_read.pointer_base.eq(settings.pointer_base),
            accumulators.bias_base.eq(settings.bias_base),
            arithmetic.write_back.eq(control.write_back),
            arithmetic.row.eq(control.row),
            arithmetic.shift.eq(settings.shift),
            write_back.i_valid.eq(arithmetic.o_valid),
            write_back.i_row.eq(arithmetic.o_row),
            write_back.i_rounded.eq(arithmetic.o_rounded),
            act_rw.w_output.en.eq(write_back.o_valid),
            act_rw.w_output.address.eq(write_back.o_row),
            act_rw.w_output.data.eq(write_back.o_activation),
            act_rw.pe.eq(self.pe),
            self.activation.eq(act_rw.activation),
            self.overflow.eq(arithmetic.overflow),
        ]
        self._load(m, pointer_read, sparse_matrix_read, arithmetic, accumulators, act_rw)
        entry = arithmetic.i
        working = waiting | entry.valid
        padding = entry.payload.gap + (entry.payload.code == 0)
        self._count(
            m,
            {
                "entries": Mux(entry.valid, entry.payload.gap + 1, 0),
                "padding": Mux(entry.valid, padding, 0),
                "busy": control.compute & working,
                "starved": control.compute & ~working,
                "spmat_reads": sparse_matrix_read.reading,
                "pointer_reads": (pointer_read.i.valid & pointer_read.i.ready) << 1,
                "saturations": write_back.o_saturated,
                "overflows": arithmetic.overflow,
            },
        )
        return m

    def _load(
        self,
        m: Module,
        pointer_read: PointerRead,
        sparse_matrix_read: SparseMatrixRead,
        arithmetic: Arithmetic,
        accumulators: Accumulators,
        act_rw: ActRW,
    ) -> None:
        """Take the words of the load bus that are meant for this PE."""
        load = self.load
        mine = load.en & (load.pe == self.pe)
        lane_bits = exact_log2(self.config.lanes)
        in_group = load.en & (load.pe[lane_bits:] == self.pe[lane_bits:])
        lane = self.pe[:lane_bits]
        for port, taken in (
            (pointer_read.w_port, mine & (load.target == Target.POINTERS)),
            (sparse_matrix_read.w_port, mine & (load.target == Target.SPMAT)),
            (accumulators.w_bias, mine & (load.target == Target.BIAS)),
            (arithmetic.codebook, load.en & (load.target == CODEBOOK)),
        ):
            m.d.comb += [
                port.en.eq(taken),
                port.address.eq(load.address),
                port.data.eq(load.data),
            ]
        m.d.comb += [
            act_rw.w_source.en.eq(in_group & (load.target == Target.ACTIVATIONS)),
            act_rw.w_source.address.eq(load.address),
            act_rw.w_source.data.eq(load.data.word_select(lane, ACTIVATION_BITS)),
        ]

    def _count(self, m: Module, events: dict[str, Value]) -> None:
        """Count what `zskip.model.eie.counters.PER_PE` names."""
        m.submodules.counters = counters = Counters(self.config)
        for name in PER_PE:
            m.d.comb += getattr(counters.events, name).eq(events[name])
        m.d.comb += [
            counters.restart.eq(self.control.restart),
            counters.select.eq(self.control.counter),
            self.counters.eq(counters.word),
        ]
