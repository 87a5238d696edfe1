"""Accumulators of a PE, which start from their biases."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.sram import Sram
from zskip.hw.common.write_port import WritePort, WritePortInterface
from zskip.hw.eie.pe.accumulator_port import AccumulatorPort, AccumulatorPortInterface
from zskip.model.common.stream import STREAM_BITS
from zskip.model.eie.config import Config


class Accumulators(wiring.Component):
    """Destination register file with the biases (EIE paper, section IV).

    A row that nothing was added to yet stands for its bias, so every accumulator starts from its
    bias without a preload phase; clearing a row brings it back there.

    Latency: one cycle from a row to its accumulator. Throughput: one read and one write a cycle.
    Stall rule: none.

    Parameters
    ----------
    config : Config
        Gives depth and widths.

    Members
    -------
    port : In(AccumulatorPort)
        Access of the arithmetic unit.
    bias_base : In(bias_address_bits)
        Address of the bias of row 0.
    w_bias : In(WritePort)
        Writes a bias; in I/O mode only.
    faulty : Out(parity)
        `port.r_data` is a bias whose parity is wrong.
    """

    port: AccumulatorPortInterface
    bias_base: Signal
    w_bias: WritePortInterface
    faulty: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "port": In(AccumulatorPort(config)),
                "bias_base": In(config.bias_address_bits),
                "w_bias": In(
                    WritePort(address_bits=config.bias_address_bits, data_bits=STREAM_BITS)
                ),
                "faulty": Out(config.parity),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        port = self.port
        m.submodules.bias = bias = Sram(
            width=config.acc_bits, depth=config.bias_depth, parity=config.parity
        )
        m.submodules.file = file = memory.Memory(
            shape=signed(config.acc_bits), depth=config.register_depth, init=[]
        )
        r_port = file.read_port(domain="comb")
        w_port = file.write_port()
        touched = Signal(config.register_depth)
        arriving_row = Signal(config.row_bits)
        arriving_touched = Signal()
        r_touched = touched.bit_select(port.r_row, 1)
        bias_address = Signal.like(self.bias_base)
        m.d.comb += [
            bias_address.eq(self.bias_base + port.r_row),
            bias.en.eq(self.w_bias.en | (port.r_en & ~r_touched)),
            bias.we.eq(self.w_bias.en),
            bias.w_data.eq(self.w_bias.data),
            bias.address.eq(Mux(self.w_bias.en, self.w_bias.address, bias_address)),
            r_port.addr.eq(arriving_row),
            port.r_data.eq(Mux(arriving_touched, r_port.data, bias.word.as_signed())),
            w_port.en.eq(port.w_en),
            w_port.addr.eq(port.w_row),
            w_port.data.eq(port.w_data),
        ]
        m.d.sync += [
            arriving_row.eq(port.r_row),
            arriving_touched.eq(r_touched | (port.w_en & (port.w_row == port.r_row))),
        ]
        if config.parity:
            reads_bias = Signal()
            m.d.sync += reads_bias.eq(port.r_en & ~r_touched)
            m.d.comb += self.faulty.eq(reads_bias & ~arriving_touched & bias.faulty)
        with m.If(port.w_en | port.w_clear):
            m.d.sync += touched.bit_select(port.w_row, 1).eq(port.w_en)
        return m
