"""Accumulators of a PE in banks, so that several rows are added to in a cycle."""

from functools import reduce
from operator import or_

from amaranth import Module, Mux, Signal, Value, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.shared_module import SharedModule
from zskip.hw.common.sram import Sram
from zskip.hw.common.write_port import WritePort, WritePortInterface
from zskip.hw.eie.interfaces import products_layout
from zskip.hw.eie.pe.accumulator_bank import bank_signature
from zskip.model.common.stream import STREAM_BITS
from zskip.model.eie.config import Config
from zskip.model.eie.latencies import HALF_PRODUCTS, LANE_ARITHMETIC, LOOK_UP
from zskip.model.eie.passes import SHIFT_BITS

BANK_MODULE = "zskip_eie_accumulator_bank"
"""Verilog module of a bank."""


class AccumulatorBanks(wiring.Component):
    """Add products to the rows of several banks; give rows out with their biases.

    Row ``r`` stands in bank ``r mod accumulator_banks``. Stages of a product: the register of its
    bank, the accumulator. A row that is given out takes the place of products, so it comes with
    all that was multiplied in front of it; then its bias is added, then half of the shift's unit.
    So every row starts from 0, and from its bias only when it is given out.

    Latency: two cycles from a product to its accumulator, six from `write_back` to `o`, two of
    them in place of `LaneArithmetic`. Throughput: a product a lane, or one row, a cycle. Stall
    rule: none; products of the same cycle are for different banks, and products and rows that
    are given out never come together.

    Parameters
    ----------
    config : Config
        Gives depth and widths.

    Members
    -------
    products : In
        Products with their local rows.
    write_back : In(1)
        Give row `row` out and clear it.
    row : In(row_bits)
        Row of `write_back`.
    shift : In(SHIFT_BITS)
        Write-back shift; constant while rows are on their way.
    bias_base : In(bias_address_bits)
        Address of the bias of row 0.
    w_bias : In(WritePort)
        Writes a bias; in I/O mode only.
    o_valid : Out(1)
        A row goes out.
    o_row : Out(row_bits)
        Its number.
    o_rounded : Out(signed(acc_bits + 1))
        Its sum with half of the shift's unit added.
    overflows : Out
        Additions that left the accumulator's range and wrapped around, as they show one cycle
        later.
    faulty : Out(parity)
        The parity of a bias that is added is wrong.
    """

    LATENCY = LANE_ARITHMETIC

    products: data.View
    write_back: Signal
    row: Signal
    shift: Signal
    bias_base: Signal
    w_bias: WritePortInterface
    o_valid: Signal
    o_row: Signal
    o_rounded: Signal
    overflows: Signal
    faulty: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "products": In(products_layout(config)),
                "write_back": In(1),
                "row": In(config.row_bits),
                "shift": In(SHIFT_BITS),
                "bias_base": In(config.bias_address_bits),
                "w_bias": In(
                    WritePort(address_bits=config.bias_address_bits, data_bits=STREAM_BITS)
                ),
                "o_valid": Out(1),
                "o_row": Out(config.row_bits),
                "o_rounded": Out(signed(config.acc_bits + 1)),
                "overflows": Out(range(config.lanes + 2)),
                "faulty": Out(config.parity),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        asked, row = self._delayed(m, self.write_back, self.row, LOOK_UP + HALF_PRODUCTS)
        banks = [
            self._bank(m, number, asked, row) for number in range(self.config.accumulator_banks)
        ]
        asked, row = self._delayed(m, asked, row, 1)
        cleared = Signal(signed(self.config.acc_bits))
        m.d.sync += cleared.eq(reduce(or_, (bank.o for bank in banks)))
        bias = self._bias(m, asked, row)
        asked, row = self._delayed(m, asked, row, 1)
        if self.config.parity:
            m.d.comb += self.faulty.eq(asked & bias.faulty)
        left = self._give(m, cleared, bias.word.as_signed(), *self._delayed(m, asked, row, 1))
        m.d.comb += self.overflows.eq(sum((bank.overflow for bank in banks), left))
        return m

    def _delayed(self, m: Module, asked: Signal, row: Signal, cycles: int) -> tuple[Signal, Signal]:
        """Return a request for a row some cycles later."""
        for _ in range(cycles):
            later, later_row = Signal(name="asked"), Signal.like(row, name="asked_row")
            m.d.sync += [later.eq(asked), later_row.eq(row)]
            asked, row = later, later_row
        return asked, row

    def _bank(self, m: Module, number: int, asked: Signal, row: Signal) -> SharedModule:
        """Add a bank behind the registers of what it takes in a cycle."""
        bits = self.config.bank_bits
        bank = SharedModule(BANK_MODULE, bank_signature(self.config))
        m.submodules[f"bank_{number}"] = bank
        valid, clear = Signal(name=f"valid_{number}"), Signal(name=f"clear_{number}")
        place = Signal.like(bank.row, name=f"place_{number}")
        product = Signal.like(bank.product, name=f"product_{number}")
        mine: list[tuple[Signal, data.View]] = []
        for lane in range(self.config.lanes):
            given = self.products[lane]
            taken = Signal(name=f"takes_{number}_{lane}")
            m.d.comb += taken.eq(given.valid & (given.row[:bits] == number))
            mine.append((taken, given))
        m.d.sync += [
            valid.eq(reduce(or_, (taken for taken, _ in mine))),
            clear.eq(asked & (row[:bits] == number)),
        ]
        # Products of a cycle are for different banks, so that at most one of them is taken.
        places = (Mux(taken, given.row[bits:], 0) for taken, given in mine)
        products = (Mux(taken, given.product, 0) for taken, given in mine)
        m.d.sync += place.eq(reduce(or_, places, Mux(asked, row[bits:], 0)))
        m.d.sync += product.eq(reduce(or_, products))
        m.d.comb += [
            bank.valid.eq(valid),
            bank.clear.eq(clear),
            bank.row.eq(place),
            bank.product.eq(product),
        ]
        return bank

    def _bias(self, m: Module, asked: Signal, row: Signal) -> Sram:
        """Return the memory that shows the bias of the row that was asked for in the last cycle."""
        m.submodules.bias = bias = Sram(
            width=self.config.acc_bits, depth=self.config.bias_depth, parity=self.config.parity
        )
        address = Signal.like(self.bias_base, name="bias_address")
        m.d.comb += [
            address.eq(self.bias_base + row),
            bias.en.eq(self.w_bias.en | asked),
            bias.we.eq(self.w_bias.en),
            bias.w_data.eq(self.w_bias.data),
            bias.address.eq(Mux(self.w_bias.en, self.w_bias.address, address)),
        ]
        return bias

    def _give(self, m: Module, cleared: Signal, bias: Value, asked: Signal, row: Signal) -> Signal:
        """Add a row's bias, then round; return whether the first sum left the range."""
        acc_bits = self.config.acc_bits
        total = Signal(signed(acc_bits + 1))
        # The shift comes from afar.
        half = Signal(acc_bits, reset_less=True)
        left = Signal(name="bias_overflow")
        m.d.comb += left.eq(asked & (total[-1] != total[-2]))
        m.d.sync += [
            half.eq((1 << self.shift) >> 1),
            total.eq(cleared + bias),
            self.o_rounded.eq(total[:acc_bits].as_signed() + half),
            self.o_valid.eq(asked),
            self.o_row.eq(row),
        ]
        return left
