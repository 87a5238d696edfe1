"""Bench of the arithmetic unit; oracle: the model's, column after column."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.model.common.fixed import ACTIVATION_BITS, limits
from zskip.verif.common.streams import PATTERNS
from zskip.verif.eie.arithmetic_environment import Column, Unit


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, density=(0.02, 0.3, 1.0))
async def random_matrices(dut: HierarchyObject, idle: str, density: float) -> None:
    """Sparse matrices with padding and empty columns, and full ones."""
    unit = Unit(dut, idle)
    await unit.start()
    await unit.run(unit.random_columns(12, density))


@cocotb.test()
@cocotb.parametrize(distance=(1, 2, 3, 4, 5), idle=("never", "seldom", "mostly"))
async def same_row_again(dut: HierarchyObject, distance: int, idle: str) -> None:
    """An entry finds the sum of the one before it for its row, at every distance."""
    unit = Unit(dut, idle)
    await unit.start()
    rows = [i % min(distance, unit.config.register_depth) for i in range(60)]
    await unit.run(unit.columns_of_one(rows))


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS)
async def few_rows_in_any_order(dut: HierarchyObject, idle: str) -> None:
    """Every mixture of distances between entries of the same row."""
    unit = Unit(dut, idle)
    await unit.start()
    await unit.run(unit.columns_of_one(unit.bench.rng.integers(3, size=300).tolist()))


@cocotb.test()
async def accumulators_wrap_around(dut: HierarchyObject) -> None:
    """Additions that leave the range at either end wrap and are reported, each by itself."""
    unit = Unit(dut)
    low, high = limits(unit.config.acc_bits)
    rows = np.array([high, low, high - 1, low + 1])
    codebook = np.zeros(unit.config.codebook_size, dtype=np.int64)
    codebook[1] = 1
    await unit.start(codebook, np.resize(rows, unit.config.register_depth))
    columns = [
        column._replace(value=value)
        for value in (1, -1, -1, 1, 0)
        for column in unit.columns_of_one([0, 1, 2, 3])
    ]
    await unit.run(columns)
    assert len(unit.overflows.cycles) == 4


@cocotb.test()
async def products_of_extremes(dut: HierarchyObject) -> None:
    """The largest products of either sign are exact, on accumulators at both ends and at 0."""
    unit = Unit(dut)
    low, high = limits(ACTIVATION_BITS)
    codebook = np.zeros(unit.config.codebook_size, dtype=np.int64)
    codebook[1:4] = low, high, -1
    ends = [*limits(unit.config.acc_bits), 0, -1]
    await unit.start(codebook, np.resize(ends, unit.config.register_depth))
    columns = [
        column._replace(value=value)
        for value in (low, high, -1, 0, 1)
        for code in (1, 2, 3)
        for column in unit.columns_of_one([0, 1, 2, 3, 0], code)
    ]
    await unit.run(columns)


@cocotb.test()
async def padding_only_moves(dut: HierarchyObject) -> None:
    """Padding reads and writes nothing, in front of an entry, between entries and at the tail."""
    unit = Unit(dut)
    codebook = np.full(unit.config.codebook_size, -5)
    await unit.start(codebook)
    run = unit.config.max_run
    padding = (unit.config.register_depth - 1) // (run + 1)
    codes = [0] * padding + [1, 0]
    column = Column(77, np.array(codes), np.array([run] * padding + [0, run]))
    only = Column(99, np.zeros(padding + 1, dtype=np.int64), np.full(padding + 1, run))
    await unit.run([column, only, column, column, only])
    assert len(unit.writes.cycles) == 3


@cocotb.test()
async def codebook_changes_between_passes(dut: HierarchyObject) -> None:
    """Every value of the codebook is used, and another one after it is rewritten."""
    unit = Unit(dut)
    await unit.start()
    for _ in range(2):
        await unit.load_codebook(unit.bench.rng.integers(-999, 999, unit.config.codebook_size))
        columns = [
            column
            for code in range(1, unit.config.codebook_size)
            for column in unit.columns_of_one([code % 4], code)
        ]
        await unit.run(columns)
