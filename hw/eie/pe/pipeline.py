"""A processing element: its units in the order in which an activation passes them."""

from amaranth import Module, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped
from amaranth.utils import exact_log2

from zskip.hw.eie.interfaces import (
    CODEBOOK,
    PE_NUMBER_BITS,
    Control,
    ControlInterface,
    LoadBus,
    LoadBusInterface,
    activation_stream,
)
from zskip.hw.eie.pe.act_queue import ActQueue
from zskip.hw.eie.pe.act_rw import ActRW
from zskip.hw.eie.pe.arithmetic import Arithmetic
from zskip.hw.eie.pe.counters import Counters
from zskip.hw.eie.pe.pointer_read import PointerRead
from zskip.hw.eie.pe.sparse_matrix_read import SparseMatrixRead
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.eie.config import STREAM_BITS, Config
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
            "o": Out(activation_stream(config)),
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

    Latency: ten cycles from a broadcast to the write of its first accumulator. Throughput: one
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
    o : Out(stream)
        Non-zero activations of the PE's source file.
    activation : Out(signed(16))
        Source row of the last `control.read`.
    counters : Out(64)
        Counters selected by `control.counter`.
    idle : Out(1)
        Nothing is left to broadcast or to add.
    overflow : Out(1)
        The addition of the last cycle left the accumulator's range.
    """

    pe: Signal
    load: LoadBusInterface
    control: ControlInterface
    i: stream.Interface
    o: stream.Interface
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
        m.submodules.act_rw = act_rw = ActRW(config)

        connect(m, flipped(self.i), act_queue.i)
        connect(m, act_queue.o, pointer_read.i)
        connect(m, pointer_read.o, sparse_matrix_read.i)
        connect(m, sparse_matrix_read.o, arithmetic.i)
        connect(m, arithmetic.accumulators, act_rw.accumulators)
        connect(m, act_rw.o, flipped(self.o))
        connect(m, flipped(self.control), act_rw.control)

        working = Signal()
        m.d.comb += [
            working.eq(
                act_queue.o.valid | pointer_read.o.valid | sparse_matrix_read.busy | arithmetic.busy
            ),
            self.idle.eq(~(working | act_rw.busy)),
            pointer_read.pointer_base.eq(self.control.settings.pointer_base),
            act_rw.pe.eq(self.pe),
            self.activation.eq(act_rw.activation),
            self.overflow.eq(arithmetic.overflow),
        ]
        self._load(m, pointer_read, sparse_matrix_read, arithmetic, act_rw)
        self._count(m, working, pointer_read, sparse_matrix_read, arithmetic, act_rw)
        return m

    def _load(
        self,
        m: Module,
        pointer_read: PointerRead,
        sparse_matrix_read: SparseMatrixRead,
        arithmetic: Arithmetic,
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
            (act_rw.w_bias, mine & (load.target == Target.BIAS)),
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

    def _count(
        self,
        m: Module,
        working: Signal,
        pointer_read: PointerRead,
        sparse_matrix_read: SparseMatrixRead,
        arithmetic: Arithmetic,
        act_rw: ActRW,
    ) -> None:
        """Count what `zskip.model.eie.counters.PER_PE` names."""
        m.submodules.counters = counters = Counters()
        entry = arithmetic.i
        events = {
            "entries": entry.valid,
            "padding": entry.valid & (entry.payload.code == 0),
            "busy": self.control.compute & working,
            "starved": self.control.compute & ~working,
            "spmat_reads": sparse_matrix_read.reading,
            "pointer_reads": (pointer_read.i.valid & pointer_read.i.ready) << 1,
            "saturations": act_rw.saturated,
            "overflows": arithmetic.overflow,
        }
        for name in PER_PE:
            m.d.comb += getattr(counters.events, name).eq(events[name])
        m.d.comb += [
            counters.restart.eq(self.control.restart),
            counters.select.eq(self.control.counter),
            self.counters.eq(counters.word),
        ]
