"""Bench of the arithmetic unit; oracle: the model's, column after column."""

from itertools import pairwise
from typing import NamedTuple

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject
from numpy.typing import NDArray

from zskip.hw.eie.pe.arithmetic import Arithmetic
from zskip.model.common.fixed import ACTIVATION_BITS, CODEBOOK_BITS, limits
from zskip.model.eie.encoding import encode
from zskip.model.eie.packets import pack_activations
from zskip.model.eie.pe.arithmetic import Arithmetic as Model
from zskip.verif.common.ports import Fields
from zskip.verif.common.streams import PATTERNS, StreamSource
from zskip.verif.common.testbench import Events, Testbench
from zskip.verif.eie.unit import unit_bench, unit_config, write

LATENCY = 5
"""Cycles from an entry to the first one in which its accumulator is in the file."""


class File:
    """Agent that plays the destination file, as `AccumulatorPort` describes it.

    A read shows in the next cycle, with every write of the cycles before that one; without a read
    it shows something random.

    Parameters
    ----------
    bench : Testbench
    rows : ndarray of int64, shape (rows,)
        Contents to begin with.
    """

    def __init__(self, bench: Testbench, rows: NDArray[np.int64]) -> None:
        self.rows = rows.copy()
        self._bench = bench
        self._reading: int | None = None
        bench.add(self)

    def drive(self) -> None:
        """Show the row that was asked for."""
        port = self._bench["accumulators__r_data"]
        if self._reading is None:
            port.set_bits(int.from_bytes(self._bench.rng.bytes(8)) % (1 << port.width))
        else:
            port.set(int(self.rows[self._reading]))

    def sample(self, cycle: int) -> None:
        """Take a read and a write."""
        port = {name: self._bench[f"accumulators__{name}"] for name in ("r_en", "w_en")}
        self._reading = None
        if port["r_en"].number:
            self._reading = self._bench["accumulators__r_row"].number
        if port["w_en"].number:
            row = self._bench["accumulators__w_row"].number
            self.rows[row] = self._bench["accumulators__w_data"].number


class Column(NamedTuple):
    """Entries of a column with the activation that they meet."""

    value: int
    codes: NDArray[np.int64]
    runs: NDArray[np.int64]


class Unit:
    """The arithmetic unit with a destination file, and the model with the same.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle : str
        Pattern of pauses in front of the unit.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never") -> None:
        self.config = unit_config()
        self.bench = unit_bench(dut, Arithmetic)
        self.source = StreamSource(self.bench, "i", idle)
        self.writes = Events(
            self.bench, "accumulators__w_en", "accumulators__w_row", "accumulators__w_data"
        )
        self.overflows = Events(self.bench, "overflow")
        self.busy = Events(self.bench, "busy")

    async def start(
        self, codebook: NDArray[np.int64] | None = None, rows: NDArray[np.int64] | None = None
    ) -> None:
        """Begin with a codebook and accumulators, random ones by default."""
        rng = self.bench.rng
        low, high = limits(CODEBOOK_BITS)
        if codebook is None:
            codebook = rng.integers(low, high, size=self.config.codebook_size, endpoint=True)
            codebook[:3] = 0, low, high
        if rows is None:
            low, high = limits(self.config.acc_bits)
            rows = rng.integers(low, high, size=self.config.register_depth, endpoint=True)
        self.model = Model(self.config, codebook)
        self.rows = rows.copy()
        self.file = File(self.bench, rows)
        await self.bench.start()
        await write(self.bench, "codebook", pack_activations(codebook))

    async def run(self, columns: list[Column]) -> None:
        """Let the unit and the model add the columns, and compare every write."""
        for column in columns:
            self.source.send(_entries(column))
        expected, overflow = self._expect(columns)
        await self.bench.until(lambda: self.source.empty)
        await self.bench.step(LATENCY)
        assert self.writes.values == expected
        assert self.file.rows.tolist() == self.rows.tolist()
        real = [
            cycle
            for cycle, entry in zip(self.source.cycles, self.source.items, strict=True)
            if entry["code"]
        ]
        assert self.writes.cycles == [cycle + LATENCY - 1 for cycle in real]
        assert self.overflows.cycles == [
            cycle for cycle, left in zip(self.writes.cycles, overflow, strict=True) if left
        ]
        assert set(self.busy.cycles) == {cycle + i for cycle in real for i in range(1, LATENCY)}

    def _expect(self, columns: list[Column]) -> tuple[list[tuple[int, int]], list[bool]]:
        """Return every write, and whether its addition left the range."""
        writes: list[tuple[int, int]] = []
        overflow: list[bool] = []
        for column in columns:
            counts = np.array([column.codes.size])
            weights, rows = self.model.decode(column.codes, column.runs, counts)
            real = column.codes != 0
            accumulators = self.rows[:, np.newaxis]
            overflow += self.model.accumulate(
                accumulators, rows[real], weights[real], np.array([column.value])
            )[:, 0].tolist()
            writes += [(row, int(self.rows[row])) for row in rows[real].tolist()]
        return writes, overflow

    def random_columns(self, count: int, density: float) -> list[Column]:
        """Return columns of a random matrix as one PE holds them."""
        rng, config = self.bench.rng, self.config
        shape = (config.vector_depth, count)
        codes = rng.integers(config.codebook_size, size=shape, dtype=np.uint8)
        codes[rng.random(shape) > density] = 0
        matrix = encode(codes, config)
        where = matrix.entry_range(0)
        bounds = matrix.pointers[0]
        return [
            Column(
                self.random_value(),
                matrix.codes[where][start:end].astype(np.int64),
                matrix.runs[where][start:end].astype(np.int64),
            )
            for start, end in pairwise(bounds)
        ]

    def random_value(self) -> int:
        """Return a random activation."""
        return int(self.bench.rng.integers(*limits(ACTIVATION_BITS), endpoint=True))

    def columns_of_one(self, rows: list[int], code: int = 1) -> list[Column]:
        """Return columns with a single entry each, and the padding that its row needs."""
        moves = [divmod(row, self.config.max_run + 1) for row in rows]
        return [
            Column(
                self.random_value(),
                np.array([0] * padding + [code]),
                np.array([self.config.max_run] * padding + [run]),
            )
            for padding, run in moves
        ]


def _entries(column: Column) -> list[Fields]:
    """Return the entries of a column as the unit takes them."""
    return [
        {"value": column.value, "code": code, "run": run, "first": int(number == 0)}
        for number, (code, run) in enumerate(
            zip(column.codes.tolist(), column.runs.tolist(), strict=True)
        )
    ]


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
        codebook = unit.bench.rng.integers(-999, 999, size=unit.config.codebook_size)
        await write(unit.bench, "codebook", pack_activations(codebook))
        unit.model = Model(unit.config, codebook)
        columns = [
            column
            for code in range(1, unit.config.codebook_size)
            for column in unit.columns_of_one([code % 4], code)
        ]
        for recorded in (unit.writes, unit.overflows, unit.busy):
            recorded.clear()
        unit.source.clear()
        await unit.run(columns)
