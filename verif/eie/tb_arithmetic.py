"""Bench of the arithmetic unit; oracle: the model's, column after column."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.model.common.fixed import ACTIVATION_BITS, limits
from zskip.verif.common.streams import PATTERNS
from zskip.verif.eie.arithmetic_checker import ArithmeticChecker, Column


@cocotb.test()
@cocotb.parametrize(
    idle=PATTERNS, matrix=((0.02, 0.0), (0.02, 0.5), (0.02, 1.0), (0.3, 0.5), (1.0, 0.0))
)
async def random_matrices(dut: HierarchyObject, idle: str, matrix: tuple[float, float]) -> None:
    """Sparse matrices with padding and empty columns, and full ones; then some rows come out."""
    density, skipped = matrix
    unit = ArithmeticChecker(dut, idle, skipped)
    rng = unit.bench.rng
    await unit.start()
    for _ in range(2):
        rows = rng.permutation(unit.config.register_depth)[: 1 + rng.integers(12)].tolist()
        shift = int(rng.integers(unit.config.acc_bits))
        await unit.run(unit.random_columns(4, density), rows, shift)


@cocotb.test()
@cocotb.parametrize(distance=(1, 2, 3, 4, 5), idle=("never", "seldom", "mostly"))
async def same_row_again(dut: HierarchyObject, distance: int, idle: str) -> None:
    """An entry finds the sum of the one before it for its row, at every distance."""
    unit = ArithmeticChecker(dut, idle)
    await unit.start()
    rows = [i % min(distance, unit.config.register_depth) for i in range(60)]
    await unit.run(unit.columns_of_one(rows))


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS)
async def few_rows_in_any_order(dut: HierarchyObject, idle: str) -> None:
    """Every mixture of distances between entries of the same row."""
    unit = ArithmeticChecker(dut, idle)
    await unit.start()
    rows = unit.bench.rng.integers(min(3, unit.config.register_depth), size=300).tolist()
    await unit.run(unit.columns_of_one(rows))


@cocotb.test()
async def accumulators_wrap_around(dut: HierarchyObject) -> None:
    """Additions that leave the range at either end wrap and are reported, each by itself."""
    unit = ArithmeticChecker(dut)
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
    unit = ArithmeticChecker(dut)
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
    unit = ArithmeticChecker(dut)
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
@cocotb.parametrize(skipped=(0.0, 1.0))
async def skipped_padding_moves_as_far(dut: HierarchyObject, skipped: float) -> None:
    """A gap of every length leads to the same row as the padding that it stands for."""
    unit = ArithmeticChecker(dut, skipped=skipped)
    await unit.start()
    await unit.run(unit.columns_of_one(list(range(unit.config.register_depth))))
    run = unit.config.max_run
    inside = [
        Column(3, np.array([1, *[0] * gap, 1]), np.array([0, *[run] * gap, 0]))
        for gap in range((unit.config.register_depth - 2) // (run + 1) + 1)
    ]
    await unit.run(inside)
    assert len(unit.source.items) == sum(2 if skipped else c.codes.size for c in inside)


@cocotb.test()
@cocotb.parametrize(idle=("never", "seldom"))
async def rows_behind_entries(dut: HierarchyObject, idle: str) -> None:
    """A row holds the sums of the entries in front of it, at every distance."""
    unit = ArithmeticChecker(dut, idle)
    rng = unit.bench.rng
    await unit.start()
    count = min(5, unit.config.register_depth)
    for _ in range(25):
        entries = rng.integers(count, size=6).tolist()
        rows = rng.permutation(count)[: 1 + rng.integers(count)].tolist()
        await unit.run(unit.columns_of_one(entries), rows, int(rng.integers(unit.config.acc_bits)))


@cocotb.test()
async def a_row_right_behind_its_entry(dut: HierarchyObject) -> None:
    """The sum of the last entry comes out at once, also that of several for the same row."""
    unit = ArithmeticChecker(dut)
    await unit.start()
    last = unit.config.register_depth - 1
    for entries in ([last], [last, last], [last, 0, last], [last, 0], [0, last, 1, 2]):
        await unit.run(unit.columns_of_one(entries), [last, 0], 3)


@cocotb.test()
async def rows_of_extremes(dut: HierarchyObject) -> None:
    """Rounding is exact at both ends of the range, for every shift, and is no overflow."""
    unit = ArithmeticChecker(dut)
    low, high = limits(unit.config.acc_bits)
    ends = np.resize([high, low, high - 1, low + 1, 0, -1], unit.config.register_depth)
    await unit.start(rows=ends)
    unit.bias[:] = ends
    rows = range(min(6, unit.config.register_depth))
    for shift in range(unit.config.acc_bits):
        await unit.run([], rows, shift)
    assert not unit.overflows.cycles


@cocotb.test()
async def entries_behind_rows(dut: HierarchyObject) -> None:
    """A row that came out starts from its bias again."""
    unit = ArithmeticChecker(dut)
    await unit.start()
    for _ in range(3):
        await unit.run(unit.columns_of_one([0, 1, 0, 1, 2]), [0, 1])


@cocotb.test()
async def entries_and_rows_four_cycles_apart(dut: HierarchyObject) -> None:
    """The shortest distance at which an entry finds a cleared row."""
    unit = ArithmeticChecker(dut)
    await unit.start()
    for distance in (4, 5, 6):
        await unit.follow(0, distance)


@cocotb.test()
async def codebook_changes_between_passes(dut: HierarchyObject) -> None:
    """Every value of the codebook is used, and another one after it is rewritten."""
    unit = ArithmeticChecker(dut)
    await unit.start()
    for _ in range(2):
        await unit.load_codebook(unit.bench.rng.integers(-999, 999, unit.config.codebook_size))
        columns = [
            column
            for code in range(1, unit.config.codebook_size)
            for column in unit.columns_of_one([code % 4], code)
        ]
        await unit.run(columns)
