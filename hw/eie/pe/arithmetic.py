"""Arithmetic: codebook look-up, row-address sum, multiply and accumulate."""

from amaranth import Cat, Module, Mux, Signal, Value, signed
from amaranth.hdl import ShapeLike
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.write_port import WritePortInterface
from zskip.hw.eie.interfaces import PRODUCT_BITS, codebook_port, entry_layout
from zskip.hw.eie.pe.accumulator_port import AccumulatorPort, AccumulatorPortInterface
from zskip.hw.eie.pe.codebook import look_up
from zskip.hw.eie.pe.product import register_product
from zskip.model.common.fixed import ACTIVATION_BITS, CODEBOOK_BITS
from zskip.model.eie.config import Config
from zskip.model.eie.latencies import ARITHMETIC
from zskip.model.eie.passes import SHIFT_BITS


class Arithmetic(wiring.Component):
    """Multiply and accumulate one entry a cycle (EIE paper, section IV).

    Stages, the prefix of their registers in brackets: codebook look-up and row-address sum (d),
    two half products or the whole one (m), product and accumulator read (p), sum (s), accumulator
    write. An entry that finds its row in one of the two entries ahead takes their sum instead of
    the file's accumulator. Padding moves the row address and nothing else.

    Write-back takes the same way: a row in place of an entry, half of the shift's unit in place of
    the product; the sum leaves through `o`, and the row is cleared.

    Latency: four cycles from an entry to the write of its accumulator, and from `write_back` to
    `o`. Throughput: one entry or row a cycle. Stall rule: none, `i` is always ready. Entries and
    rows never come together; an entry for a row comes at the earliest four cycles behind its
    write-back.

    Parameters
    ----------
    config : Config
        Gives the widths.

    Members
    -------
    i : In(stream)
        Entries with their activation.
    write_back : In(1)
        Give row `row` out.
    row : In(row_bits)
        Row of `write_back`.
    shift : In(SHIFT_BITS)
        Write-back shift.
    accumulators : Out(AccumulatorPort)
        Access to the accumulators.
    codebook : In(WritePort)
        Writes four codebook values; between passes only.
    o_valid : Out(1)
        A row goes out.
    o_row : Out(row_bits)
        Its number.
    o_rounded : Out(signed(acc_bits + 1))
        Its accumulator with half of the shift's unit added.
    overflow : Out(1)
        The addition of the last cycle left the accumulator's range and wrapped around.
    """

    LATENCY = ARITHMETIC

    i: stream.Interface
    write_back: Signal
    row: Signal
    shift: Signal
    accumulators: AccumulatorPortInterface
    codebook: WritePortInterface
    o_valid: Signal
    o_row: Signal
    o_rounded: Signal
    overflow: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(entry_layout(config), always_ready=True)),
                "write_back": In(1),
                "row": In(config.row_bits),
                "shift": In(SHIFT_BITS),
                "accumulators": Out(AccumulatorPort(config)),
                "codebook": In(codebook_port(config)),
                "o_valid": Out(1),
                "o_row": Out(config.row_bits),
                "o_rounded": Out(signed(config.acc_bits + 1)),
                "overflow": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        acc_bits = self.config.acc_bits
        d = self._stage("d", weight=signed(CODEBOOK_BITS), value=signed(ACTIVATION_BITS))
        m_ = self._stage("m")
        product = signed(max(PRODUCT_BITS, acc_bits))
        p = self._stage("p", product=product, accumulator=signed(acc_bits), repeats_row=1)
        s = self._stage("s", exact=signed(product.width + 1))
        self._look_up(m, d)
        self._product(m, m_, p, s, self._multiply(m, d, m_))
        self._sum(m, p, s)
        self._write(m, s)
        return m

    def _stage(self, prefix: str, **shapes: ShapeLike) -> dict[str, Signal]:
        """Return the registers of a stage: what is in it, of which row, and its numbers."""
        every = {"valid": 1, "write_back": 1, "row": self.config.row_bits}
        return {
            name: Signal(shape, name=f"{prefix}_{name}")
            for name, shape in {**every, **shapes}.items()
        }

    def _look_up(self, m: Module, d: dict[str, Signal]) -> None:
        """Look the weight up, and find the row."""
        entry = self.i.payload
        skipped = Cat(entry.run, entry.gap)
        (weight,) = look_up(m, self.codebook, [entry.code])
        m.d.sync += [
            d["valid"].eq(self.i.valid & (entry.code != 0)),
            d["write_back"].eq(self.write_back),
        ]
        with m.If(self.i.valid):
            m.d.sync += [
                d["weight"].eq(weight),
                d["value"].eq(entry.value),
                d["row"].eq(Mux(entry.first, skipped, d["row"] + skipped + 1)),
            ]
        with m.Elif(self.write_back):
            m.d.sync += d["row"].eq(self.row)

    def _multiply(self, m: Module, d: dict[str, Signal], m_: dict[str, Signal]) -> Value:
        """Address the accumulator; multiply, and return the product of the next cycle."""
        m.d.comb += [
            self.accumulators.r_en.eq(d["valid"] | d["write_back"]),
            self.accumulators.r_row.eq(d["row"]),
        ]
        with m.If(d["valid"]):
            product = register_product(m, d["value"], d["weight"], self.config, "m_{}")
        m.d.sync += [m_[name].eq(d[name]) for name in ("valid", "write_back", "row")]
        return product

    def _product(
        self,
        m: Module,
        m_: dict[str, Signal],
        p: dict[str, Signal],
        s: dict[str, Signal],
        product: Value,
    ) -> None:
        """Take the product and the accumulator, which does not show a write of this cycle yet."""
        m.d.sync += [p[name].eq(m_[name]) for name in ("valid", "write_back")]
        is_written = s["valid"] & (s["row"] == m_["row"])
        with m.If(m_["valid"] | m_["write_back"]):
            m.d.sync += [
                p["product"].eq(product),
                p["accumulator"].eq(Mux(is_written, self._wrapped(s), self.accumulators.r_data)),
                p["row"].eq(m_["row"]),
                p["repeats_row"].eq(p["valid"] & (p["row"] == m_["row"])),
            ]
        half = Signal(self.config.acc_bits)
        m.d.comb += half.eq((1 << self.shift) >> 1)
        with m.If(m_["write_back"]):
            m.d.sync += p["product"].eq(half)

    def _sum(self, m: Module, p: dict[str, Signal], s: dict[str, Signal]) -> None:
        """Add; an entry for the row of the one ahead takes that one's sum."""
        augend = Signal.like(p["accumulator"])
        exact = Signal.like(s["exact"], name="exact")
        m.d.comb += [
            augend.eq(Mux(p["repeats_row"], self._wrapped(s), p["accumulator"])),
            exact.eq(augend + p["product"]),
        ]
        m.d.sync += [s[name].eq(p[name]) for name in ("valid", "write_back")]
        with m.If(p["valid"] | p["write_back"]):
            m.d.sync += [s["exact"].eq(exact), s["row"].eq(p["row"])]

    def _write(self, m: Module, s: dict[str, Signal]) -> None:
        """Write the sum, or give it out."""
        acc_bits = self.config.acc_bits
        sign = s["exact"][acc_bits - 1 :]
        m.d.comb += [
            self.overflow.eq(s["valid"] & sign.any() & ~sign.all()),
            self.accumulators.w_en.eq(s["valid"]),
            self.accumulators.w_row.eq(s["row"]),
            self.accumulators.w_data.eq(self._wrapped(s)),
            self.accumulators.w_clear.eq(s["write_back"]),
            self.o_valid.eq(s["write_back"]),
            self.o_row.eq(s["row"]),
            self.o_rounded.eq(s["exact"][: acc_bits + 1].as_signed()),
        ]

    def _wrapped(self, s: dict[str, Signal]) -> Value:
        """Return the sum in the accumulator's width."""
        return s["exact"][: self.config.acc_bits].as_signed()
