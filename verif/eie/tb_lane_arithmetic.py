"""Bench of the lane arithmetic; oracle: the arithmetic's model, lane after lane."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.eie.interfaces import PRODUCT_BITS
from zskip.hw.eie.pe.lane_arithmetic import LaneArithmetic
from zskip.model.common.fixed import ACTIVATION_BITS, CODEBOOK_BITS, limits
from zskip.model.common.stream import pack_activations
from zskip.model.eie.pe.arithmetic import Arithmetic as Model
from zskip.verif.common.ports import Fields
from zskip.verif.common.streams import PATTERNS, StreamSource
from zskip.verif.common.testbench import Agent
from zskip.verif.common.unit import write
from zskip.verif.eie.unit import unit_bench, unit_config

Products = list[tuple[int, int] | None]
"""Row and product of each lane, None where it has none."""


class LanesChecker(Agent):
    """Driver of the lanes, and checker of their products.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle : str
        Pattern of pauses in front of the unit.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never") -> None:
        self.config = unit_config()
        bench = unit_bench(dut, LaneArithmetic)
        self.source = StreamSource(bench, "i", idle)
        self.given: dict[int, Products] = {}
        self.expected: list[Products] = []
        super().__init__(bench)

    async def start(self, codebook: np.ndarray | None = None) -> None:
        """Begin with a codebook, a random one by default."""
        low, high = limits(CODEBOOK_BITS)
        if codebook is None:
            size = self.config.codebook_size
            codebook = self.bench.rng.integers(low, high, size, endpoint=True)
            codebook[:3] = 0, low, high
        self.model = Model(self.config, codebook)
        await self.bench.start()
        await write(self.bench, "codebook", pack_activations(codebook))

    def sample(self, cycle: int) -> None:
        """Record the products of a cycle."""
        bits, row_bits = self.bench["products"].bits, self.config.row_bits
        products: Products = []
        for _ in range(self.config.lanes):
            valid, row = bits & 1, bits >> 1 & (1 << row_bits) - 1
            product = bits >> 1 + row_bits & (1 << PRODUCT_BITS) - 1
            product -= product >> PRODUCT_BITS - 1 << PRODUCT_BITS
            products.append((row, product) if valid else None)
            bits >>= 1 + row_bits + PRODUCT_BITS
        if any(products):
            self.given[cycle] = products

    def send(self, value: int, codes: list[int], rows: list[int]) -> None:
        """Send a group, for the first lanes; the others show something random."""
        config, rng = self.config, self.bench.rng
        entry_bits = config.weight_bits + config.row_bits
        entries = 0
        for lane in range(config.lanes):
            anything = int(rng.integers(1 << entry_bits))
            known = lane < len(codes)
            entry = codes[lane] | rows[lane] << config.weight_bits if known else anything
            entries |= entry << lane * entry_bits
        item: Fields = {"value": value, "valid": (1 << len(codes)) - 1, "entries": entries}
        self.source.send([item])
        accumulators = np.zeros((config.register_depth, 1), dtype=np.int64)
        weights = self.model.codebook[codes]
        self.model.accumulate(accumulators, np.array(rows), weights, np.array([value]))
        wide = (weights * value).tolist()
        wrapped = accumulators[rows, 0].tolist()
        assert [w % (1 << config.acc_bits) for w in wide] == [
            w % (1 << config.acc_bits) for w in wrapped
        ]
        products: Products = list(zip(rows, wide, strict=True))
        self.expected.append(products + [None] * (config.lanes - len(codes)))

    async def finish(self) -> None:
        """Wait for all products, and compare each in its cycle."""
        await self.bench.until(lambda: self.source.empty)
        await self.bench.step(LaneArithmetic.LATENCY + 2)
        assert list(self.given.values()) == self.expected
        assert list(self.given) == [c + LaneArithmetic.LATENCY for c in self.source.cycles]


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS)
async def random_groups(dut: HierarchyObject, idle: str) -> None:
    """Groups of every size, of random entries."""
    lanes = LanesChecker(dut, idle)
    await lanes.start()
    rng, config = lanes.bench.rng, lanes.config
    most = min(config.lanes, config.register_depth)
    for _ in range(100):
        count = int(rng.integers(1, most, endpoint=True))
        value = int(rng.integers(*limits(ACTIVATION_BITS), endpoint=True))
        codes = rng.integers(1, config.codebook_size, count).tolist()
        lanes.send(value, codes, rng.permutation(config.register_depth)[:count].tolist())
    await lanes.finish()


@cocotb.test()
async def products_of_extremes(dut: HierarchyObject) -> None:
    """The largest products of either sign are exact in every lane."""
    lanes = LanesChecker(dut)
    low, high = limits(ACTIVATION_BITS)
    codebook = np.resize([0, low, high, -1], lanes.config.codebook_size)
    codebook[0] = 0
    await lanes.start(codebook)
    count = min(lanes.config.lanes, lanes.config.register_depth)
    for value in (low, high, -1, 0, 1):
        for first in (1, 2, 3):
            codes = [1 + (first + lane) % 3 for lane in range(count)]
            lanes.send(value, codes, list(range(count)))
    await lanes.finish()
