"""Bench of the sparse matrix read; oracle: the model's, column after column."""

from collections.abc import Iterable

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.eie.interfaces import column_layout
from zskip.hw.eie.pe.sparse_matrix_read import SparseMatrixRead
from zskip.model.eie.pe.sparse_matrix_read import SparseMatrixRead as Model
from zskip.verif.common.ports import Fields, random_values
from zskip.verif.common.streams import PATTERNS, StreamSink, StreamSource
from zskip.verif.common.testbench import Events
from zskip.verif.eie.unit import unit_bench, unit_config, write

LATENCY = 3
"""Cycles from a column to its first entry."""


class SparseMatrix:
    """The sparse matrix read with random words, and the model with the same.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses in front of the unit and behind it.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", stall: str = "never") -> None:
        self.config = unit_config()
        self.bench = bench = unit_bench(dut, SparseMatrixRead)
        self.source, self.sink = StreamSource(bench, "i", idle), StreamSink(bench, "o", stall)
        self.reads = Events(bench, "reading")
        self.entries = self.config.spmat_entries
        self.expected: list[Fields] = []
        self.slots: list[int] = []
        self.expected_reads = 0
        self._owed = 0
        bench.add(self)

    async def start(self, words: Iterable[int] | None = None) -> None:
        """Begin, and fill the memory."""
        if words is None:
            words = [
                int.from_bytes(self.bench.rng.bytes(8)) % (1 << self.config.word_bits)
                for _ in range(self.config.spmat_depth)
            ]
        image = np.array(words, dtype=np.uint64)
        self.model = Model(self.config, image)
        await self.bench.start()
        await write(self.bench, "w_port", image)

    def send(self, columns: Iterable[tuple[int, int]]) -> None:
        """Ask for columns, given by their first entry and the one past their last."""
        bounds = list(columns)
        items = random_values(column_layout(self.config), self.bench.rng, len(bounds))
        for item, (start, end) in zip(items, bounds, strict=True):
            item |= {"start": start, "end": end}
            self._expect(item["value"], start, end)
        self.source.send(items)

    def _expect(self, value: int, start: int, end: int) -> None:
        """Expect the entries of a column; note how long after the first column each may come."""
        bounds = np.array([start]), np.array([end])
        codes, runs = self.model.read(*bounds)
        self.expected_reads += int(self.model.word_reads(*bounds)[0])
        begin = self.slots.pop() if self.slots else 0
        for number, (code, run) in enumerate(zip(codes.tolist(), runs.tolist(), strict=True)):
            first = int(number == 0)
            self.expected.append({"value": value, "code": code, "run": run, "first": first})
            self.slots.append(begin + number)
        # The slot of the next entry stands last; an empty column uses one up.
        self.slots.append(begin + max(1, end - start))

    def drive(self) -> None:
        """Drive nothing."""

    def sample(self, cycle: int) -> None:
        """Check that the unit is busy while it owes an entry."""
        assert self.bench["busy"].number or not self._owed, f"not busy in cycle {cycle}"
        if self.source.cycles[-1:] == [cycle]:
            self._owed += self.source.items[-1]["end"] - self.source.items[-1]["start"]
        self._owed -= self.sink.cycles[-1:] == [cycle]

    async def finish(self) -> None:
        """Wait for all entries, and compare."""
        await self.bench.until(
            lambda: self.source.empty and len(self.sink.items) >= len(self.expected)
        )
        self.sink.pause("never")
        await self.bench.step(LATENCY + 2)
        assert self.sink.items == self.expected
        assert len(self.reads.cycles) == self.expected_reads
        assert not self.bench["busy"].number

    def random_columns(self, count: int) -> list[tuple[int, int]]:
        """Return columns of which many are short or empty."""
        rng = self.bench.rng
        starts = rng.integers(self.entries, size=count, endpoint=True)
        lengths = rng.geometric(0.2, size=count) - 1
        return [
            (int(start), min(int(start + length), self.entries))
            for start, length in zip(starts, lengths, strict=True)
        ]


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, stall=PATTERNS)
async def random_columns(dut: HierarchyObject, idle: str, stall: str) -> None:
    """Columns anywhere, of any length, empty ones among them."""
    matrix = SparseMatrix(dut, idle, stall)
    await matrix.start()
    matrix.send(matrix.random_columns(40))
    await matrix.finish()


@cocotb.test()
async def one_entry_a_cycle(dut: HierarchyObject) -> None:
    """Without pauses each entry comes in its slot: no bubble between words or columns."""
    matrix = SparseMatrix(dut)
    await matrix.start()
    columns = [(0, matrix.entries), *matrix.random_columns(60), (0, 1), (1, matrix.entries)]
    matrix.send(columns)
    await matrix.finish()
    begin = matrix.source.cycles[0] + LATENCY
    assert matrix.sink.cycles == [begin + slot for slot in matrix.slots[:-1]]


@cocotb.test()
@cocotb.parametrize(stall=PATTERNS)
async def word_boundaries(dut: HierarchyObject, stall: str) -> None:
    """Columns that begin and end at, before and behind each boundary of words."""
    matrix = SparseMatrix(dut, "never", stall)
    await matrix.start()
    size = matrix.config.entries_per_word
    edges = {edge + i for edge in range(0, matrix.entries + 1, size) for i in (-1, 0, 1)}
    edges = sorted(edge for edge in edges if 0 <= edge <= min(matrix.entries, 4 * size))
    matrix.send((start, end) for start in edges for end in edges if start <= end)
    await matrix.finish()


@cocotb.test()
@cocotb.parametrize(stall=("never", "seldom"))
async def empty_columns(dut: HierarchyObject, stall: str) -> None:
    """Runs of empty columns at the start, in the middle and at the end; they read nothing."""
    matrix = SparseMatrix(dut, "never", stall)
    await matrix.start()
    last = matrix.entries
    some = [(0, 1), (last - 1, last), (0, last)]
    empty = [(0, 0), (last, last), (1, 1), (0, 0)]
    matrix.send([*empty, *some, *empty, *some, *some[::-1], *empty])
    await matrix.finish()


@cocotb.test()
async def no_entries_at_all(dut: HierarchyObject) -> None:
    """A PE without an entry passes every column over, one a cycle."""
    matrix = SparseMatrix(dut)
    busy = Events(matrix.bench, "busy")
    await matrix.start()
    matrix.send([(0, 0)] * 20)
    begin = matrix.bench.cycle
    await matrix.finish()
    assert matrix.source.cycles == list(range(begin, begin + 20))
    assert busy.cycles == list(range(begin + 1, begin + 20 + LATENCY))


@cocotb.test()
async def columns_of_padding(dut: HierarchyObject) -> None:
    """Padding is passed on like any entry, at the tail of a column too."""
    matrix = SparseMatrix(dut, "seldom", "seldom")
    config = matrix.config
    padding = config.max_run << config.weight_bits
    word = sum(padding << slot * config.entry_bits for slot in range(config.entries_per_word))
    await matrix.start([word] * config.spmat_depth)
    matrix.send([(0, matrix.entries), (1, matrix.entries), (0, 1)])
    await matrix.finish()
    assert {entry["code"] for entry in matrix.sink.items} == {0}


@cocotb.test()
async def waits_with_an_entry_in_hand(dut: HierarchyObject) -> None:
    """An entry is offered before it is asked for, and holds."""
    matrix = SparseMatrix(dut, "never", "always")
    await matrix.start()
    matrix.send([(0, matrix.entries)] * 5)
    await matrix.bench.step(20)
    assert matrix.sink.offered
    assert not matrix.sink.items
    matrix.sink.pause("never")
    await matrix.finish()
