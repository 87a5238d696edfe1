"""Surroundings of the arithmetic unit in its bench: columns, rows, and the accumulators."""

from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from cocotb.handle import HierarchyObject
from numpy.typing import NDArray

from zskip.hw.eie.pe.arithmetic import Arithmetic
from zskip.model.common.fixed import ACTIVATION_BITS, CODEBOOK_BITS, limits, write_back
from zskip.model.common.stream import pack_activations
from zskip.model.eie.encoding import encode
from zskip.model.eie.latencies import ARITHMETIC
from zskip.model.eie.pe.arithmetic import Arithmetic as Model
from zskip.verif.common.ports import Fields
from zskip.verif.common.streams import StreamSource, pauses
from zskip.verif.common.testbench import Agent, Events, Testbench
from zskip.verif.common.unit import write
from zskip.verif.eie.unit import unit_bench, unit_config


class AccumulatorsAgent(Agent):
    """Agent that plays the accumulators, as `AccumulatorPort` describes them.

    A read shows in the next cycle, with every write up to its own cycle; without a read it shows
    something random.

    Parameters
    ----------
    bench : Testbench
    rows, bias : ndarray of int64, shape (rows,)
        Contents to begin with, and after a row was cleared.
    """

    def __init__(self, bench: Testbench, rows: NDArray[np.int64], bias: NDArray[np.int64]) -> None:
        self.rows = rows.copy()
        self._bias = bias
        self._reading: int | None = None
        super().__init__(bench)

    def drive(self) -> None:
        """Show the row that was asked for."""
        port = self.bench["accumulators__r_data"]
        if self._reading is None:
            port.set_bits(int.from_bytes(self.bench.rng.bytes(8)) % (1 << port.width))
        else:
            port.set(int(self.rows[self._reading]))

    def sample(self, cycle: int) -> None:
        """Take a read, and a write or a clearing."""
        r_en, w_en, w_clear = (
            self.bench[f"accumulators__{name}"].number for name in ("r_en", "w_en", "w_clear")
        )
        row = self.bench["accumulators__w_row"].number
        self._reading = self.bench["accumulators__r_row"].number if r_en else None
        assert not (w_en and w_clear), f"write and clearing in cycle {cycle}"
        assert not w_clear or self._reading != row, f"read and clearing of {row} in cycle {cycle}"
        if w_en:
            self.rows[row] = self.bench["accumulators__w_data"].number
        if w_clear:
            self.rows[row] = self._bias[row]


class RowAgent(Agent):
    """Agent that asks for rows once a stream has nothing left.

    Parameters
    ----------
    bench : Testbench
    behind : StreamSource
        The stream.
    pattern : str
        When to pause, see `zskip.verif.common.streams.pauses`.

    Attributes
    ----------
    cycles : list of int
        When each row was asked for.
    """

    def __init__(self, bench: Testbench, behind: StreamSource, pattern: str) -> None:
        self.cycles: list[int] = []
        self._behind = behind
        self._pauses = pauses(pattern, bench.rng)
        self._rows: deque[int] = deque()
        super().__init__(bench)

    @property
    def empty(self) -> bool:
        """Whether every row was asked for."""
        return not self._rows

    def send(self, rows: Sequence[int]) -> None:
        """Ask for rows."""
        self.cycles.clear()
        self._rows.extend(rows)

    def drive(self) -> None:
        """Ask for the next row, or show a random one."""
        bench = self.bench
        asking = self._behind.empty and not self.empty and not next(self._pauses)
        row = self._rows.popleft() if asking else bench.rng.integers(1 << bench["row"].width)
        bench["write_back"].set(asking)
        bench["row"].set(int(row))
        if asking:
            self.cycles.append(bench.cycle)


class Column(NamedTuple):
    """Entries of a column with the activation that they meet."""

    value: int
    codes: NDArray[np.int64]
    runs: NDArray[np.int64]


class ArithmeticChecker:
    """Checker of the arithmetic unit with its accumulators, and the model with the same.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle : str
        Pattern of pauses in front of the unit.
    skipped : float
        Share of the padding that is skipped in front of the unit.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", skipped: float = 0.5) -> None:
        self.config = unit_config()
        self.bench = unit_bench(dut, Arithmetic)
        self.source = StreamSource(self.bench, "i", idle)
        self._skipped = skipped
        self._row_agent = RowAgent(self.bench, self.source, idle)
        self.writes = Events(
            self.bench, "accumulators__w_en", "accumulators__w_row", "accumulators__w_data"
        )
        self.overflows = Events(self.bench, "overflow")
        self._clears = Events(self.bench, "accumulators__w_clear", "accumulators__w_row")
        self._outputs = Events(self.bench, "o_valid", "o_row", "o_rounded")
        self._reads = Events(self.bench, "accumulators__r_en", "accumulators__r_row")

    async def start(
        self, codebook: NDArray[np.int64] | None = None, rows: NDArray[np.int64] | None = None
    ) -> None:
        """Begin with a codebook and accumulators, random ones by default."""
        rng = self.bench.rng
        low, high = limits(CODEBOOK_BITS)
        if codebook is None:
            codebook = rng.integers(low, high, size=self.config.codebook_size, endpoint=True)
            codebook[:3] = 0, low, high
        low, high = limits(self.config.acc_bits)
        self.bias = rng.integers(low, high, size=self.config.register_depth, endpoint=True)
        self.rows = (self.bias if rows is None else rows).copy()
        self.file = AccumulatorsAgent(self.bench, self.rows, self.bias)
        await self.bench.start()
        await self.load_codebook(codebook)

    async def load_codebook(self, codebook: NDArray[np.int64]) -> None:
        """Write the codebook of a pass."""
        self.model = Model(self.config, codebook)
        await write(self.bench, "codebook", pack_activations(codebook))

    async def run(self, columns: list[Column], rows: Sequence[int] = (), shift: int = 0) -> None:
        """Let the unit and the model add the columns, then give rows out; compare everything."""
        for recorded in (
            self.source,
            self.writes,
            self.overflows,
            self._clears,
            self._outputs,
            self._reads,
        ):
            recorded.clear()
        self.bench["shift"].set(shift)
        for column in columns:
            self.source.send(self._entries(column))
        self._row_agent.send(rows)
        expected, overflow = self._expect(columns)
        await self.bench.until(lambda: self.source.empty and self._row_agent.empty)
        await self.bench.step(ARITHMETIC + 1)
        real = [
            cycle
            for cycle, entry in zip(self.source.cycles, self.source.items, strict=True)
            if entry["code"]
        ]
        assert self.writes.values == expected
        assert self.writes.cycles == [cycle + ARITHMETIC for cycle in real]
        assert self.overflows.cycles == [
            cycle for cycle, left in zip(self.writes.cycles, overflow, strict=True) if left
        ]
        self._compare_rows(rows, shift)
        assert len(self._reads.cycles) == len(real) + len(rows)
        assert self.file.rows.tolist() == self.rows.tolist()

    async def follow(self, row: int, distance: int) -> None:
        """Give a row out, and let an entry for it come some cycles later."""
        self.writes.clear()
        column = self.columns_of_one([row])[0]
        self._row_agent.send([row])
        await self.bench.step(distance)
        self.source.send(self._entries(column))
        self.rows[row] = self.bias[row]
        expected, _ = self._expect([column])
        await self.bench.step(ARITHMETIC + 1)
        assert self.writes.values == expected

    def _compare_rows(self, rows: Sequence[int], shift: int) -> None:
        """Compare the rows that came out, and clear them."""
        accumulators = self.rows[list(rows)]
        rounded = accumulators + ((1 << shift) >> 1)
        assert self._outputs.values == list(zip(rows, rounded.tolist(), strict=True))
        assert self._outputs.cycles == [cycle + ARITHMETIC for cycle in self._row_agent.cycles]
        assert self._clears.values == [(row,) for row in rows]
        assert self._clears.cycles == self._outputs.cycles
        activations, _ = write_back(accumulators, shift, False)
        shifted = np.array([value for _, value in self._outputs.values], dtype=np.int64) >> shift
        assert np.clip(shifted, *limits(ACTIVATION_BITS)).tolist() == activations.tolist()
        self.rows[list(rows)] = self.bias[list(rows)]

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

    def _entries(self, column: Column) -> list[Fields]:
        """Return the entries of a column as the unit takes them, some padding skipped."""
        last = column.codes.size - 1
        entries: list[Fields] = []
        gap = 0
        for number, (code, run) in enumerate(
            zip(column.codes.tolist(), column.runs.tolist(), strict=True)
        ):
            if not code and number < last and self.bench.rng.random() < self._skipped:
                gap += 1
                continue
            first = int(not entries)
            entries.append(
                {"value": column.value, "code": code, "run": run, "gap": gap, "first": first}
            )
            gap = 0
        return entries

    def random_columns(self, count: int, density: float) -> list[Column]:
        """Return columns of a random matrix as one PE holds them."""
        rng, config = self.bench.rng, self.config
        shape = (config.pe_count * config.register_depth, count)
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
