"""What surrounds the arithmetic unit in its bench: columns, and the destination file."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from cocotb.handle import HierarchyObject
from numpy.typing import NDArray

from zskip.hw.eie.pe.arithmetic import Arithmetic
from zskip.model.common.fixed import ACTIVATION_BITS, CODEBOOK_BITS, limits
from zskip.model.eie.encoding import encode
from zskip.model.eie.packets import pack_activations
from zskip.model.eie.pe.arithmetic import Arithmetic as Model
from zskip.verif.common.ports import Fields
from zskip.verif.common.streams import StreamSource
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
        self.rows = rows.copy()
        self.file = File(self.bench, rows)
        await self.bench.start()
        await self.load_codebook(codebook)

    async def load_codebook(self, codebook: NDArray[np.int64]) -> None:
        """Write the codebook of a pass."""
        self.model = Model(self.config, codebook)
        await write(self.bench, "codebook", pack_activations(codebook))

    async def run(self, columns: list[Column]) -> None:
        """Let the unit and the model add the columns, and compare every write."""
        for recorded in (self.source, self.writes, self.overflows, self.busy):
            recorded.clear()
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
