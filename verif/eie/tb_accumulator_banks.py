"""Bench of the accumulators in banks; oracles: the models of accumulators and arithmetic."""

from collections import deque

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.eie.interfaces import PRODUCT_BITS
from zskip.hw.eie.pe.accumulator_banks import AccumulatorBanks
from zskip.hw.eie.pe.lane_arithmetic import LaneArithmetic
from zskip.model.common.fixed import add_wrap, limits
from zskip.model.common.stream import STREAM_BITS
from zskip.model.eie.latencies import LANE_ARITHMETIC
from zskip.model.eie.pe.accumulators import Accumulators as Model
from zskip.verif.common.streams import pauses
from zskip.verif.common.testbench import Agent, Events
from zskip.verif.common.unit import write
from zskip.verif.eie.unit import unit_bench, unit_config

Products = list[tuple[int, int]]
"""Rows of a cycle, in different banks, and what is added to them."""


class BanksChecker(Agent):
    """Driver of the banks, and checker of what they hold.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle : str
        Pattern of pauses between the products of two cycles.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never") -> None:
        self.config = unit_config()
        self.depth = min(self.config.register_depth, self.config.bias_depth)
        self._pending: deque[Products] = deque()
        self._asked: deque[int] = deque()
        self.ahead = 0
        """Cycles by which a row is asked for in front of the last products."""
        super().__init__(unit_bench(dut, AccumulatorBanks))
        self._pauses = pauses(idle, self.bench.rng)
        self.asked_cycles: list[int] = []
        self.outputs = Events(self.bench, "o_valid", "o_row", "o_rounded")
        self.overflows = Events(self.bench, "overflows", "overflows")

    async def start(self, bias_base: int = 0) -> None:
        """Begin a pass with random biases."""
        low, high = limits(self.config.acc_bits)
        self.bias = self.bench.rng.integers(low, high, self.config.bias_depth, endpoint=True)
        await self.bench.start()
        words = (bias % (1 << STREAM_BITS) for bias in self.bias.tolist())
        await write(self.bench, "w_bias", words)
        self.bench["bias_base"].set(bias_base)
        self._bias_base = bias_base
        self.left = 0
        self.overflows.clear()
        self.values = np.zeros((self.config.register_depth, 1), dtype=np.int64)
        self.model = Model(self.values, self.bias, self.config)
        self.model.start(bias_base, np.arange(self.depth))

    def drive(self) -> None:
        """Show the products of the next cycle in some lanes, or ask for a row."""
        bench, rng = self.bench, self.bench.rng
        asks = len(self._pending) <= self.ahead and bool(self._asked)
        products: Products = []
        if self._pending and not next(self._pauses):
            products = self._pending.popleft()
            asks = asks and bool(self.ahead)
        row = self._asked.popleft() if asks else int(rng.integers(1 << bench["row"].width))
        if asks:
            self.asked_cycles.append(bench.cycle)
        bench["write_back"].set(asks)
        bench["row"].set(row)
        self._show(products)

    def _show(self, products: Products) -> None:
        """Show products in random lanes."""
        lanes, row_bits = self.config.lanes, self.config.row_bits
        width = 1 + row_bits + PRODUCT_BITS
        rng = self.bench.rng
        bits = 0
        for lane in range(lanes):
            bits |= int(rng.integers(1 << width - 1)) << 1 + lane * width
        places = rng.permutation(lanes)[: len(products)].tolist()
        for lane, (row, product) in zip(places, products, strict=True):
            shown = 1 | row << 1 | product % (1 << PRODUCT_BITS) << 1 + row_bits
            bits &= ~((1 << width) - 1 << lane * width)
            bits |= shown << lane * width
        self.bench["products"].set_bits(bits)

    def add(self, products: Products) -> None:
        """Add products to rows of different banks in the next cycle that is free."""
        self._pending.append(products)
        for row, product in products:
            total, over = add_wrap(self.values[row], np.array([product]), self.config.acc_bits)
            self.values[row] = total
            self.left += int(over[0])

    async def give(self, rows: list[int], shift: int = 0) -> None:
        """Let all products be added; then give rows out, and compare everything."""
        self.bench["shift"].set(shift)
        self._asked.extend(rows)
        await self.bench.until(lambda: not self._pending and not self._asked)
        await self.bench.step(LANE_ARITHMETIC + 2)
        self.left += int(self.model.finish(self._bias_base, np.array(rows))[0])
        rounded = self.values[rows, 0] + (1 << shift >> 1)
        assert self.outputs.values == list(zip(rows, rounded.tolist(), strict=True))
        assert self.outputs.cycles == [cycle + LANE_ARITHMETIC for cycle in self.asked_cycles]
        assert sum(count for (count,) in self.overflows.values) == self.left
        self.model.start(self._bias_base, np.array(rows))
        self.outputs.clear()
        self.asked_cycles.clear()

    def random_products(self, density: float, few: bool) -> Products:
        """Return products for rows in different banks, at most one a lane."""
        rng, banks = self.bench.rng, self.config.accumulator_banks
        chosen = rng.permutation(min(banks, self.depth))[: self.config.lanes]
        products: Products = []
        for bank in chosen[rng.random(chosen.size) < density].tolist():
            rows = np.arange(bank, self.depth, banks)
            row = int(rows[0] if few else rng.choice(rows))
            extreme = rng.choice(limits(PRODUCT_BITS))
            anything = rng.integers(*limits(PRODUCT_BITS), endpoint=True)
            products.append((row, int(extreme if rng.random() < 0.3 else anything)))
        return products


@cocotb.test()
@cocotb.parametrize(density=(0.3, 1.0), few=(False, True), idle=("never", "seldom"))
async def random_products(dut: HierarchyObject, density: float, few: bool, idle: str) -> None:
    """Any mixture of lanes and banks, on all rows or on one of each bank, cycle after cycle."""
    banks = BanksChecker(dut, idle)
    rng = banks.bench.rng
    for _ in range(2):
        room = banks.config.bias_depth - banks.depth
        await banks.start(int(rng.integers(room, endpoint=True)))
        for _ in range(2):
            for _ in range(120):
                banks.add(banks.random_products(density, few))
            await banks.give(list(range(banks.depth)), int(rng.integers(banks.config.acc_bits)))


@cocotb.test()
async def rows_that_nothing_was_added_to(dut: HierarchyObject) -> None:
    """They stand for their biases, again behind every write-back; so does a row alone."""
    banks = BanksChecker(dut)
    await banks.start()
    rows = list(range(banks.depth))
    await banks.give(rows)
    banks.add([(rows[-1], 1)])
    await banks.give(rows[-1:])
    await banks.give(rows[::-1])


@cocotb.test()
async def a_row_right_behind_its_products(dut: HierarchyObject) -> None:
    """A row holds all that came in front of it, of one cycle and of several in a row."""
    banks = BanksChecker(dut)
    await banks.start()
    for count in (1, 2, 3):
        for product in (5, -7):
            for _ in range(count):
                banks.add([(0, product)])
            await banks.give([0], 1)


@cocotb.test()
async def the_products_of_the_cycle_in_front(dut: HierarchyObject) -> None:
    """A row holds what entered the lanes one cycle in front of it, and comes out of them later."""
    banks = BanksChecker(dut)
    await banks.start()
    banks.ahead = LaneArithmetic.LATENCY - 1
    for product in (12, -5):
        banks.add([(0, product)])
        await banks.give([0], 2)
