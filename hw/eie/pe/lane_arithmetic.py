"""Lane arithmetic: codebook look-up and multiplication, several entries a cycle."""

from amaranth import Module, Signal, Value, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.write_port import WritePortInterface
from zskip.hw.eie.interfaces import codebook_port, group_layout, products_layout
from zskip.hw.eie.pe.codebook import look_up
from zskip.hw.eie.pe.product import register_product
from zskip.model.common.fixed import ACTIVATION_BITS, CODEBOOK_BITS
from zskip.model.eie.config import Config
from zskip.model.eie.latencies import HALF_PRODUCTS, LOOK_UP


class LaneArithmetic(wiring.Component):
    """Multiply the entries of a group with their activation, each in its lane.

    Stages: codebook look-up, two half products or the whole one; the product of halves is their
    sum behind the registers.

    Latency: two cycles. Throughput: one group a cycle. Stall rule: none, `i` is always ready.

    Parameters
    ----------
    config : Config
        Gives the widths.

    Members
    -------
    i : In(stream)
        Groups.
    codebook : In(WritePort)
        Writes four codebook values; between passes only.
    products : Out
        The products with their local rows.
    """

    LATENCY = LOOK_UP + HALF_PRODUCTS

    i: stream.Interface
    codebook: WritePortInterface
    products: data.View

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(group_layout(config), always_ready=True)),
                "codebook": In(codebook_port(config)),
                "products": Out(products_layout(config)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        codes = [entry.code for entry in self.i.payload.entries]
        weights = look_up(m, self.codebook, codes)
        value = Signal(signed(ACTIVATION_BITS))
        with m.If(self.i.valid):
            m.d.sync += value.eq(self.i.payload.value)
        for lane, weight in enumerate(weights):
            self._lane(m, lane, weight, value)
        return m

    def _lane(self, m: Module, lane: int, looked_up: Value, value: Signal) -> None:
        """Add the stages of a lane."""
        entry, product = self.i.payload.entries[lane], self.products[lane]
        found, multiplied = (Signal(name=f"{stage}_valid_{lane}") for stage in "dm")
        weight = Signal(signed(CODEBOOK_BITS), name=f"weight_{lane}")
        row = Signal(self.config.row_bits, name=f"d_row_{lane}")
        m_row = Signal.like(row, name=f"m_row_{lane}")
        comes = self.i.valid & self.i.payload.valid[lane]
        m.d.sync += [found.eq(comes), multiplied.eq(found)]
        with m.If(comes):
            m.d.sync += [weight.eq(looked_up), row.eq(entry.row)]
        with m.If(found):
            exact = register_product(m, value, weight, self.config, f"{{}}_{lane}")
            m.d.sync += m_row.eq(row)
        m.d.comb += [
            product.valid.eq(multiplied),
            product.row.eq(m_row),
            product.product.eq(exact),
        ]
