"""A bank of the accumulators."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.write_port import address_bits
from zskip.hw.eie.interfaces import PRODUCT_BITS
from zskip.model.eie.config import Config


def bank_signature(config: Config) -> wiring.Signature:
    """Return the ports of `AccumulatorBank`."""
    return wiring.Signature(
        {
            "valid": In(1),
            "clear": In(1),
            "row": In(address_bits(config.bank_depth)),
            "product": In(signed(PRODUCT_BITS)),
            "o": Out(signed(config.acc_bits)),
            "overflow": Out(1),
        }
    )


class AccumulatorBank(wiring.Component):
    """Every row of a bank that nothing was added to stands for 0.

    A bank has few rows, so that a row is read, added to and written in the same cycle and needs no
    bypass.

    Latency: a product that comes in one cycle is in its row in the next; `o` and `overflow` belong
    to the same and to the last cycle. Throughput: one addition or clearing a cycle. Stall rule:
    none.

    Parameters
    ----------
    config : Config
        Gives depth and widths.

    Members
    -------
    valid : In(1)
        Add `product` to row `row`.
    clear : In(1)
        Give row `row` out and let it stand for 0 again; not together with `valid`.
    row : In
        Row of the bank.
    product : In(signed(32))
        What to add.
    o : Out(signed(acc_bits))
        The row that is cleared, otherwise 0.
    overflow : Out(1)
        The addition of the last cycle left the accumulator's range and wrapped around.
    """

    valid: Signal
    clear: Signal
    row: Signal
    product: Signal
    o: Signal
    overflow: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(bank_signature(config))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        acc_bits, depth = self.config.acc_bits, self.config.bank_depth
        m.submodules.file = file = memory.Memory(shape=signed(acc_bits), depth=depth, init=[])
        r_port = file.read_port(domain="comb")
        w_port = file.write_port()
        touched = Signal(depth)
        read = Signal(signed(acc_bits))
        exact = Signal(signed(max(PRODUCT_BITS, acc_bits) + 1))
        sign = exact[acc_bits - 1 :]
        m.d.comb += [
            r_port.addr.eq(self.row),
            read.eq(Mux(touched.bit_select(self.row, 1), r_port.data, 0)),
            exact.eq(read + self.product),
            w_port.en.eq(self.valid),
            w_port.addr.eq(self.row),
            w_port.data.eq(exact[:acc_bits].as_signed()),
            self.o.eq(Mux(self.clear, read, 0)),
        ]
        m.d.sync += self.overflow.eq(self.valid & sign.any() & ~sign.all())
        with m.If(self.valid | self.clear):
            m.d.sync += touched.bit_select(self.row, 1).eq(self.valid)
        return m
