"""A processing element: its units in the order in which an activation passes them."""

from amaranth import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped
from amaranth.utils import exact_log2

from zskip.hw.common.load_bus import LoadBusInterface
from zskip.hw.common.readout import ReadoutInterface
from zskip.hw.common.write_back import WriteBack
from zskip.hw.eie import shell
from zskip.hw.eie.commands import Control, ControlInterface
from zskip.hw.eie.interfaces import (
    CODEBOOK,
    PE_NUMBER_BITS,
    ActivationBranchInterface,
    activation_branch,
    activation_stream,
    load_bus,
)
from zskip.hw.eie.pe.accumulator_banks import AccumulatorBanks
from zskip.hw.eie.pe.accumulators import Accumulators
from zskip.hw.eie.pe.act_queue import ActQueue
from zskip.hw.eie.pe.act_rw import ActRW
from zskip.hw.eie.pe.arithmetic import Arithmetic
from zskip.hw.eie.pe.column_queue import ColumnQueue
from zskip.hw.eie.pe.counters import Counters
from zskip.hw.eie.pe.grouped_pointer_read import GroupedPointerRead
from zskip.hw.eie.pe.lane_arithmetic import LaneArithmetic
from zskip.hw.eie.pe.pointer_read import PointerRead
from zskip.hw.eie.pe.read_out import ReadOut
from zskip.hw.eie.pe.sparse_matrix_read import SparseMatrixRead
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
            "load": In(load_bus()),
            "control": In(Control(config)),
            "readout": In(shell.readout(config)),
            "i": In(activation_stream(config)),
            "o": Out(activation_branch(config)),
            "word": Out(STREAM_BITS + config.parity),
            "idle": Out(1),
            "overflow": Out(1),
            "faulty": Out(config.parity),
        }
    )


class Pipeline(wiring.Component):
    """Processing element: everything that a part of the rows needs (EIE paper, section IV).

    Broadcast, activation queue, pointer read, sparse matrix read, arithmetic, activation
    read/write, and back to the LNZD tree. Which rows of a layer it owns depends on `pe` alone, so
    one module serves the whole array.

    Latency: eleven cycles from a broadcast to the write of its first accumulator. Throughput: one
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
        Writes to the PE's memories, a cycle later.
    control : In(Control)
        Commands of the central control unit.
    readout : In(Readout)
        Commands of the emitter.
    i : In(stream)
        Broadcast activations.
    o : Out(ActivationSource)
        Non-zero activations of the PE's part of the input vector, or its words.
    word : Out(STREAM_BITS + parity)
        What `readout` asked for in the cycle before, as `ReadOut` gives it.
    idle : Out(1)
        No broadcast is held and every entry is on its way through the arithmetic.
    overflow : Out(1)
        The addition of the last cycle left the accumulator's range.
    faulty : Out(parity)
        The parity of a word that was used in the last cycle is wrong.
    """

    pe: Signal
    load: LoadBusInterface
    control: ControlInterface
    readout: ReadoutInterface
    i: stream.Interface
    o: ActivationBranchInterface
    word: Signal
    idle: Signal
    overflow: Signal
    faulty: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(pipeline_signature(config))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.act_queue = act_queue = ActQueue(config)
        m.submodules.pointer_read = pointer_read = self._pointer_read(m)
        m.submodules.sparse_matrix_read = sparse_matrix_read = self._matrix_read(m)
        arithmetic, accumulators, rows, overflows = self._arithmetic(m)
        m.submodules.write_back = write_back = shell.write_back(config)
        m.submodules.act_rw = act_rw = ActRW(config)

        connect(m, flipped(self.i), act_queue.i)
        connect(m, act_queue.o, pointer_read.i)
        column_waits = self._columns(m, pointer_read, sparse_matrix_read)
        connect(m, sparse_matrix_read.o, arithmetic.i)
        connect(m, act_rw.o, flipped(self.o))
        holds = Signal()
        m.d.comb += [
            holds.eq(act_queue.held | pointer_read.busy | column_waits | sparse_matrix_read.busy),
            self.idle.eq(~holds),
            accumulators.bias_base.eq(self.control.settings.bias_base),
            self.overflow.eq(overflows.any()),
        ]
        self._activations(m, act_rw)
        self._write_back(m, rows, write_back, act_rw)
        self._load(m, pointer_read, sparse_matrix_read, arithmetic, accumulators, act_rw)
        memories = (pointer_read, sparse_matrix_read, accumulators, act_rw)
        m.d.sync += self.faulty.eq(Cat(unit.faulty for unit in memories).any())
        working = Signal()
        m.d.comb += working.eq(holds | arithmetic.i.valid)
        counters = self._count(
            m,
            {
                **self._entry_events(sparse_matrix_read),
                "busy": self.control.compute & working,
                "starved": self.control.compute & ~working,
                "spmat_reads": sparse_matrix_read.reading,
                "pointer_reads": self._pointer_reads(pointer_read),
                "saturations": write_back.o_saturated,
                "overflows": overflows,
            },
        )
        self._read_out(m, act_rw, counters)
        return m

    def _arithmetic(
        self, m: Module
    ) -> tuple[
        Arithmetic | LaneArithmetic,
        Accumulators | AccumulatorBanks,
        Arithmetic | AccumulatorBanks,
        Signal,
    ]:
        """Return arithmetic and accumulators, which of them gives rows out, and overflows."""
        if self.config.lanes == 1:
            m.submodules.arithmetic = arithmetic = Arithmetic(self.config)
            m.submodules.accumulators = accumulators = Accumulators(self.config)
            connect(m, arithmetic.accumulators, accumulators.port)
            return arithmetic, accumulators, arithmetic, arithmetic.overflow
        m.submodules.arithmetic = lanes = LaneArithmetic(self.config)
        m.submodules.accumulators = banks = AccumulatorBanks(self.config)
        m.d.comb += banks.products.eq(lanes.products)
        return lanes, banks, banks, banks.overflows

    def _pointer_read(self, m: Module) -> PointerRead | GroupedPointerRead:
        """Make the unit that reads pointers as the configuration has them."""
        settings = self.control.settings
        if not self.config.grouped_pointers:
            unit = PointerRead(self.config)
        else:
            unit = GroupedPointerRead(self.config)
            m.d.comb += unit.group_bits.eq(settings.group_bits)
            if self.config.holds_pointers:
                m.d.comb += unit.restart.eq(self.control.restart)
        m.d.comb += unit.pointer_base.eq(settings.pointer_base)
        return unit

    def _matrix_read(self, m: Module) -> SparseMatrixRead:
        """Make the unit that reads entries; each pass counts its reads from its start on."""
        unit = SparseMatrixRead(self.config)
        if self.config.reads_in_banks:
            m.d.comb += unit.restart.eq(self.control.restart)
        return unit

    def _pointer_reads(self, pointer_read: PointerRead | GroupedPointerRead) -> Value:
        """Return the words of pointers that are read in this cycle."""
        if isinstance(pointer_read, GroupedPointerRead) and self.config.holds_pointers:
            return pointer_read.reading
        accepted = pointer_read.i.valid & pointer_read.i.ready
        return accepted << (self.config.pointer_reads - 1)

    def _columns(
        self,
        m: Module,
        pointer_read: PointerRead | GroupedPointerRead,
        sparse_matrix_read: SparseMatrixRead,
    ) -> Value:
        """Hand the columns on, through their queue if there is one; return whether it holds any."""
        if not self.config.column_queue_depth:
            connect(m, pointer_read.o, sparse_matrix_read.i)
            return Const(0)
        m.submodules.column_queue = column_queue = ColumnQueue(self.config)
        connect(m, pointer_read.o, column_queue.i)
        connect(m, column_queue.o, sparse_matrix_read.i)
        return column_queue.held

    def _activations(self, m: Module, act_rw: ActRW) -> None:
        """Tell the activation read/write what to send and what to show."""
        settings = self.control.settings
        m.d.comb += [
            act_rw.pe.eq(self.pe),
            act_rw.compute.eq(self.control.compute),
            act_rw.inputs.eq(settings.inputs),
            act_rw.half.eq(settings.half),
        ]
        if self.config.streamed:
            m.d.comb += act_rw.first.eq(settings.first)
        if self.config.holds_first_word:
            m.d.comb += act_rw.hands_on.eq(settings.hands_on)
        if self.config.double_input:
            m.d.comb += [act_rw.fresh.eq(settings.fresh), act_rw.bank.eq(settings.bank)]

    def _write_back(
        self,
        m: Module,
        rows: Arithmetic | AccumulatorBanks,
        write_back: WriteBack,
        act_rw: ActRW,
    ) -> None:
        """Let rows go through the arithmetic and the write-back to the activation SRAM."""
        settings = self.control.settings
        m.d.comb += [
            rows.write_back.eq(self.control.write_back),
            rows.row.eq(self.control.row),
            rows.shift.eq(settings.shift),
            write_back.row_base.eq(settings.row_base),
            write_back.shift.eq(settings.shift),
            write_back.relu.eq(settings.relu),
            write_back.i_valid.eq(rows.o_valid),
            write_back.i_row.eq(rows.o_row),
            write_back.i_rounded.eq(rows.o_rounded),
            act_rw.w_output.en.eq(write_back.o_valid),
            act_rw.w_output.address.eq(write_back.o_row),
            act_rw.w_output.data.eq(write_back.o_activation),
        ]

    def _entry_events(self, entries: SparseMatrixRead) -> dict[str, Value]:
        """Return how many entries come in this cycle, and how many of them are padding."""
        if self.config.lanes > 1:
            return {"entries": entries.counted, "padding": entries.padding}
        entry = entries.o.payload
        return {
            "entries": Mux(entries.o.valid, entry.gap + 1, 0),
            "padding": Mux(entries.o.valid, entry.gap + (entry.code == 0), 0),
        }

    def _load(
        self,
        m: Module,
        pointer_read: PointerRead | GroupedPointerRead,
        sparse_matrix_read: SparseMatrixRead,
        arithmetic: Arithmetic | LaneArithmetic,
        accumulators: Accumulators | AccumulatorBanks,
        act_rw: ActRW,
    ) -> None:
        """Take the words of the load bus that are meant for this PE, a cycle later.

        They are registered here, as they go on to every cell of each memory.
        """
        load = self.load
        mine = Signal()
        address = Signal.like(load.address, name="load_address", reset_less=True)
        word = Signal.like(load.data, name="load_data", reset_less=True)
        lane_bits = exact_log2(self.config.pes_per_beat)
        in_group = load.en & (load.pe[lane_bits:] == self.pe[lane_bits:])
        m.d.comb += mine.eq(load.en & (load.pe == self.pe))
        m.d.sync += [address.eq(load.address), word.eq(load.data)]
        for name, port, taken in (
            ("pointers", pointer_read.w_port, mine & (load.target == Target.POINTERS)),
            ("spmat", sparse_matrix_read.w_port, mine & (load.target == Target.SPMAT)),
            ("bias", accumulators.w_bias, mine & (load.target == Target.BIAS)),
            ("activations", act_rw.w_source, in_group & (load.target == Target.ACTIVATIONS)),
            ("codebook", arithmetic.codebook, load.en & (load.target == CODEBOOK)),
        ):
            loads = Signal(name=f"loads_{name}")
            m.d.sync += loads.eq(taken)
            m.d.comb += [port.en.eq(loads), port.address.eq(address), port.data.eq(word)]
        lane = self.pe[:lane_bits]
        m.d.comb += act_rw.w_source.data.eq(word.word_select(lane, ACTIVATION_BITS))
        if self.config.streamed:
            for unit in (pointer_read, sparse_matrix_read):
                m.d.comb += [
                    unit.halves.read.eq(self.control.settings.tile_half),
                    unit.halves.write.eq(address[-1]),
                ]
        if self.config.double_input:
            m.d.comb += act_rw.w_bank.eq(address[-1])

    def _read_out(self, m: Module, act_rw: ActRW, counters: Counters) -> None:
        """Give the emitter what it asks for."""
        m.submodules.read_out = read_out = ReadOut(self.config)
        connect(m, flipped(self.readout), read_out.i)
        m.d.comb += [
            read_out.pe.eq(self.pe),
            act_rw.read.eq(read_out.read),
            act_rw.row.eq(read_out.row),
            read_out.activation.eq(act_rw.activation),
            read_out.faulty_activation.eq(act_rw.faulty_activation),
            counters.select.eq(read_out.select),
            read_out.counters.eq(counters.word),
            self.word.eq(read_out.word),
        ]

    def _count(self, m: Module, events: dict[str, Value]) -> Counters:
        """Count what `zskip.model.eie.counters.PER_PE` names."""
        m.submodules.performance = counters = Counters(self.config)
        for name in PER_PE:
            m.d.comb += getattr(counters.events, name).eq(events[name])
        m.d.comb += counters.restart.eq(self.control.restart)
        return counters
