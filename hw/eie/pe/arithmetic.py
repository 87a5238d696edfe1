"""Arithmetic: codebook look-up, row-address sum, multiply and accumulate."""

from amaranth import Array, Cat, Module, Mux, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.eie.interfaces import (
    AccumulatorPort,
    AccumulatorPortInterface,
    WritePort,
    WritePortInterface,
    entry_layout,
)
from zskip.model.common.fixed import ACTIVATION_BITS, CODEBOOK_BITS
from zskip.model.common.stream import LANES, STREAM_BITS
from zskip.model.eie.config import Config

HALF_BITS = CODEBOOK_BITS // 2
"""Bits of a weight that one half of the multiplier takes."""

PRODUCT_BITS = ACTIVATION_BITS + CODEBOOK_BITS
"""Bits of an exact product."""


class Arithmetic(wiring.Component):
    """Multiply and accumulate one entry a cycle (EIE paper, section IV).

    Stages, the prefix of their registers in brackets: codebook look-up and row-address sum (d),
    two half products (m), product and accumulator read (p), sum (s), accumulator write. An entry
    that finds its row in one of the two entries ahead takes their sum instead of the file's
    accumulator. Padding moves the row address and nothing else.

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
    shift : In(6)
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
                "shift": In(6),
                "accumulators": Out(AccumulatorPort(config)),
                "codebook": In(
                    WritePort(
                        address_bits=max(1, (config.codebook_words - 1).bit_length()),
                        data_bits=STREAM_BITS,
                    )
                ),
                "o_valid": Out(1),
                "o_row": Out(config.row_bits),
                "o_rounded": Out(signed(config.acc_bits + 1)),
                "overflow": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        row_shape = config.row_bits

        codebook = Array(
            Signal(signed(CODEBOOK_BITS), name=f"codebook_{code}")
            for code in range(config.codebook_size)
        )
        with m.If(self.codebook.en):
            for code in range(config.codebook_size):
                with m.If(self.codebook.address == code // LANES):
                    value = self.codebook.data.word_select(code % LANES, CODEBOOK_BITS)
                    m.d.sync += codebook[code].eq(value)

        # Codebook look-up and row-address sum.
        d_valid = Signal()
        d_write_back = Signal()
        d_weight = Signal(signed(CODEBOOK_BITS))
        d_value = Signal(signed(ACTIVATION_BITS))
        d_row = Signal(row_shape)
        entry = self.i.payload
        skipped = Cat(entry.run, entry.gap)
        m.d.sync += [
            d_valid.eq(self.i.valid & (entry.code != 0)),
            d_write_back.eq(self.write_back),
        ]
        with m.If(self.i.valid):
            m.d.sync += [
                d_weight.eq(codebook[entry.code]),
                d_value.eq(entry.value),
                d_row.eq(Mux(entry.first, skipped, d_row + skipped + 1)),
            ]
        with m.Elif(self.write_back):
            m.d.sync += d_row.eq(self.row)

        # Half products; the accumulator is addressed.
        m_valid = Signal()
        m_write_back = Signal()
        m_low = Signal(signed(ACTIVATION_BITS + HALF_BITS + 1))
        m_high = Signal(signed(ACTIVATION_BITS + HALF_BITS))
        m_row = Signal(row_shape)
        m.d.comb += [
            self.accumulators.r_en.eq(d_valid | d_write_back),
            self.accumulators.r_row.eq(d_row),
        ]
        m.d.sync += [m_valid.eq(d_valid), m_write_back.eq(d_write_back), m_row.eq(d_row)]
        with m.If(d_valid):
            m.d.sync += [
                m_low.eq(d_value * d_weight[:HALF_BITS]),
                m_high.eq(d_value * d_weight[HALF_BITS:].as_signed()),
            ]

        # Product; the accumulator arrives. The file does not show a write of this cycle yet.
        p_valid = Signal()
        p_write_back = Signal()
        p_product = Signal(signed(max(PRODUCT_BITS, config.acc_bits)))
        p_accumulator = Signal(signed(config.acc_bits))
        p_row = Signal(row_shape)
        p_repeats_row = Signal()
        s_valid = Signal()
        s_write_back = Signal()
        s_exact = Signal(signed(len(p_product) + 1))
        s_sum = s_exact[: config.acc_bits].as_signed()
        s_row = Signal(row_shape)
        half = Signal(config.acc_bits)
        m.d.comb += half.eq((1 << self.shift) >> 1)
        m.d.sync += [p_valid.eq(m_valid), p_write_back.eq(m_write_back)]
        with m.If(m_valid | m_write_back):
            m.d.sync += [
                p_product.eq(m_low + (m_high << HALF_BITS)),
                p_accumulator.eq(Mux(s_valid & (s_row == m_row), s_sum, self.accumulators.r_data)),
                p_row.eq(m_row),
                p_repeats_row.eq(p_valid & (p_row == m_row)),
            ]
        with m.If(m_write_back):
            m.d.sync += p_product.eq(half)

        # Sum; an entry for the row of the one ahead takes that one's sum.
        exact = Signal.like(s_exact)
        m.d.comb += exact.eq(Mux(p_repeats_row, s_sum, p_accumulator) + p_product)
        m.d.sync += [
            s_valid.eq(p_valid),
            s_write_back.eq(p_write_back),
        ]
        with m.If(p_valid | p_write_back):
            m.d.sync += [s_exact.eq(exact), s_row.eq(p_row)]

        sign = s_exact[config.acc_bits - 1 :]
        m.d.comb += [
            self.overflow.eq(s_valid & sign.any() & ~sign.all()),
            self.accumulators.w_en.eq(s_valid),
            self.accumulators.w_row.eq(s_row),
            self.accumulators.w_data.eq(s_sum),
            self.accumulators.w_clear.eq(s_write_back),
            self.o_valid.eq(s_write_back),
            self.o_row.eq(s_row),
            self.o_rounded.eq(s_exact[: config.acc_bits + 1].as_signed()),
        ]
        return m
