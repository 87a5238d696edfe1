"""Activation read/write: source and destination files of a PE."""

from amaranth import Cat, Module, Mux, Signal, signed
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.sram import Sram
from zskip.hw.eie.interfaces import (
    AccumulatorPort,
    AccumulatorPortInterface,
    Control,
    ControlInterface,
    WritePort,
    WritePortInterface,
    activation_stream,
)
from zskip.hw.eie.pe.local_lnzd import LocalLnzd
from zskip.hw.eie.pe.write_back import WriteBack
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.eie.config import STREAM_BITS, Config

WRITE_BACK_CYCLES = WriteBack.LATENCY + 1
"""Cycles between a row's write-back command and the cycle that writes its activation."""


class ActRW(wiring.Component):
    """Two register files that swap roles, with bias, write-back and local LNZD.

    The source file holds activations and a non-zero flag for each row; in computing mode the
    non-zero ones leave through `o` in ascending order, each once. The destination file holds
    accumulators. A row that nothing was added to yet stands for its bias, so every accumulator
    starts from its bias without a preload phase. Write-back turns a row of the destination file
    into an activation, in place, and sets its flag; then the files swap (EIE paper, section IV;
    design section 3).

    Latency: two cycles from a flag to `o`, one from an accumulator's row to its data,
    `WRITE_BACK_CYCLES` from a write-back command to its write. Throughput: one activation out,
    one accumulator read and one written, or one row written back, a cycle. Stall rule: `o` waits
    for the LNZD tree; the accumulator side never stalls. Write-back and accumulation never
    overlap.

    Parameters
    ----------
    config : Config
        Gives depth and widths.

    Members
    -------
    control : In(Control)
        Commands of the central control unit.
    pe : In(pe_bits)
        Number of the PE.
    w_source : In(WritePort)
        Writes an activation to the source file; in I/O mode only.
    w_bias : In(WritePort)
        Writes a bias; in I/O mode only.
    accumulators : In(AccumulatorPort)
        Access of the arithmetic unit.
    o : Out(stream)
        Non-zero activations with their column index.
    activation : Out(signed(16))
        Source row of the last `control.read`, from the cycle after it.
    saturated : Out(1)
        The row just written back was clipped to 16 bits.
    busy : Out(1)
        A non-zero activation has not left yet.
    """

    control: ControlInterface
    pe: Signal
    w_source: WritePortInterface
    w_bias: WritePortInterface
    accumulators: AccumulatorPortInterface
    o: stream.Interface
    activation: Signal
    saturated: Signal
    busy: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "control": In(Control(config)),
                "pe": In(config.pe_bits),
                "w_source": In(WritePort(address_bits=config.row_bits, data_bits=ACTIVATION_BITS)),
                "w_bias": In(
                    WritePort(address_bits=config.bias_address_bits, data_bits=STREAM_BITS)
                ),
                "accumulators": In(AccumulatorPort(config)),
                "o": Out(activation_stream(config)),
                "activation": Out(signed(ACTIVATION_BITS)),
                "saturated": Out(1),
                "busy": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        control = self.control
        m.submodules.bias = bias = Sram(width=config.acc_bits, depth=config.bias_depth)
        m.submodules.write_back = write_back = WriteBack(config)
        m.submodules.lnzd = lnzd = LocalLnzd(depth=config.register_depth)

        # Destination: a row is presented in one cycle and arrives in the next.
        row = Signal(config.row_bits)
        arriving_row = Signal(config.row_bits)
        arriving_for_write_back = Signal()
        touched = Signal(config.register_depth)
        m.d.comb += [
            row.eq(Mux(control.write_back, control.row, self.accumulators.r_row)),
            bias.en.eq(
                self.w_bias.en
                | ((self.accumulators.r_en | control.write_back) & ~touched.bit_select(row, 1))
            ),
            bias.we.eq(self.w_bias.en),
            bias.w_data.eq(self.w_bias.data),
            bias.address.eq(
                Mux(self.w_bias.en, self.w_bias.address, control.settings.bias_base + row)
            ),
        ]
        m.d.sync += [arriving_row.eq(row), arriving_for_write_back.eq(control.write_back)]
        with m.If(control.swap):
            m.d.sync += touched.eq(0)
        with m.Elif(self.accumulators.w_en):
            m.d.sync += touched.bit_select(self.accumulators.w_row, 1).eq(1)

        # Files: each has one read and one write port, used by the side whose role it has.
        source_row = Signal(config.row_bits)
        source_data, destination_data = self._files(m, source_row, arriving_row, write_back)
        accumulator = Signal(signed(config.acc_bits))
        m.d.comb += [
            accumulator.eq(
                Mux(touched.bit_select(arriving_row, 1), destination_data, bias.r_data.as_signed())
            ),
            self.accumulators.r_data.eq(accumulator),
            write_back.settings.shift.eq(control.settings.shift),
            write_back.settings.relu.eq(control.settings.relu),
            write_back.i_valid.eq(arriving_for_write_back),
            write_back.i_row.eq(arriving_row),
            write_back.i_accumulator.eq(accumulator),
            self.saturated.eq(write_back.o_saturated),
        ]

        # Source: flag, row, activation with its column index.
        flags = Signal(config.register_depth)
        lead_valid = Signal()
        lead_row = Signal(config.row_bits)
        lead_ready = ~self.o.valid | self.o.ready
        pick = control.compute & lnzd.found & (~lead_valid | lead_ready)
        m.d.comb += [
            lnzd.flags.eq(flags),
            source_row.eq(Mux(control.read, control.row, lead_row)),
            self.busy.eq(lnzd.found | lead_valid | self.o.valid),
        ]
        with m.If(lead_ready):
            m.d.sync += [
                self.o.valid.eq(lead_valid),
                self.o.payload.value.eq(source_data),
                self.o.payload.index.eq(Cat(self.pe, lead_row)),
                lead_valid.eq(0),
            ]
        with m.If(pick):
            m.d.sync += [
                lead_valid.eq(1),
                lead_row.eq(lnzd.row),
                flags.bit_select(lnzd.row, 1).eq(0),
            ]
        with m.If(self.w_source.en):
            m.d.sync += flags.bit_select(self.w_source.address, 1).eq(self.w_source.data.any())
        with m.If(write_back.o_valid):
            m.d.sync += flags.bit_select(write_back.o_row, 1).eq(write_back.o_activation.any())
        with m.If(control.finish):
            m.d.sync += flags.eq(0)
        with m.If(control.read):
            m.d.sync += self.activation.eq(source_data)
        return m

    def _files(
        self, m: Module, source_row: Signal, destination_row: Signal, write_back: WriteBack
    ) -> tuple[Signal, Signal]:
        """Build both files; return the data of a source row and of a destination row."""
        config = self.config
        source_data = Signal(signed(ACTIVATION_BITS))
        destination_data = Signal(signed(config.acc_bits))
        swapped = Signal()
        with m.If(self.control.swap):
            m.d.sync += swapped.eq(~swapped)

        w_en = Signal()
        w_row = Signal(config.row_bits)
        w_data = Signal(signed(config.acc_bits))
        m.d.comb += [
            w_en.eq(self.accumulators.w_en | write_back.o_valid),
            w_row.eq(Mux(write_back.o_valid, write_back.o_row, self.accumulators.w_row)),
            w_data.eq(Mux(write_back.o_valid, write_back.o_activation, self.accumulators.w_data)),
        ]
        for number in range(2):
            m.submodules[f"file_{number}"] = file = memory.Memory(
                shape=signed(config.acc_bits), depth=config.register_depth, init=[]
            )
            r_port = file.read_port(domain="comb")
            w_port = file.write_port()
            is_source = swapped == number
            with m.If(is_source):
                m.d.comb += [
                    r_port.addr.eq(source_row),
                    source_data.eq(r_port.data),
                    w_port.en.eq(self.w_source.en),
                    w_port.addr.eq(self.w_source.address),
                    w_port.data.eq(self.w_source.data.as_signed()),
                ]
            with m.Else():
                m.d.comb += [
                    r_port.addr.eq(destination_row),
                    destination_data.eq(r_port.data),
                    w_port.en.eq(w_en),
                    w_port.addr.eq(w_row),
                    w_port.data.eq(w_data),
                ]
        return source_data, destination_data
