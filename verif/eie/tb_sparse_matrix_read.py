"""Bench of the sparse matrix read; oracle: the model's, column after column."""

from collections.abc import Iterable

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.eie.interfaces import column_layout
from zskip.hw.eie.pe.sparse_matrix_read import SparseMatrixRead
from zskip.verif.common.checkers import StreamChecker
from zskip.verif.common.ports import random_values
from zskip.verif.common.streams import PATTERNS
from zskip.verif.common.testbench import Events
from zskip.verif.common.unit import write
from zskip.verif.eie.unit import unit_bench, unit_config
from zskip.verif.eie.words_stimulus import (
    PADDING,
    Matrix,
    Reading,
    pattern_matrix,
    random_columns,
    random_matrix,
)

LATENCY = 5
"""Cycles from a column to its first entry."""


class MatrixChecker(StreamChecker):
    """Checker of the sparse matrix read, with words in its memory.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses in front of the unit and behind it.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", stall: str = "never") -> None:
        self.config = unit_config()
        bench = unit_bench(dut, SparseMatrixRead)
        self.reads, self.busy = Events(bench, "reading"), Events(bench, "busy")
        self.last = self.config.spmat_entries
        self.columns: list[tuple[int, int]] = []
        self._counts: list[int] = []
        self._owed = 0
        super().__init__(bench, idle, stall)

    async def start(self, matrix: Matrix) -> None:
        """Begin, and fill the memory."""
        self.matrix = matrix
        await self.bench.start()
        await write(self.bench, "w_port", matrix.image)

    def send(self, columns: Iterable[tuple[int, int]]) -> None:
        """Ask for columns, given by their first entry and the one past their last."""
        bounds = list(columns)
        items = random_values(column_layout(self.config), self.bench.rng, len(bounds))
        for item, (start, end) in zip(items, bounds, strict=True):
            item |= {
                "start": start % self.last,
                "more": max(0, end - start - 1),
                "empty": int(start == end),
            }
            entries = self.matrix.entries(item["value"], start, end)
            self.expected += entries
            self._counts.append(len(entries))
        self.columns += bounds
        self.source.send(items)

    def sample(self, cycle: int) -> None:
        """Check that the unit is busy while it owes more than the entry it offers."""
        if self._owed > self.sink.offered:
            assert self.bench["busy"].number, f"not busy in cycle {cycle}"
        if self.source.cycles[-1:] == [cycle]:
            self._owed += self._counts[len(self.source.items) - 1]
        self._owed -= self.sink.cycles[-1:] == [cycle]

    async def finish(self, rest: int = LATENCY) -> None:
        """Wait for all entries, and compare."""
        await super().finish(0)
        self.sink.pause("never")
        await self.bench.until(lambda: not self.bench["busy"].number)
        await super().finish(rest)
        words = [word for column in self.columns for word in self.matrix.words(*column)]
        assert len(self.reads.cycles) == sum(not word.empty for word in words)
        assert not self.bench["busy"].number

    async def finish_on_time(self, begin: int) -> None:
        """Wait for all entries of columns offered from a cycle on, and compare when they came."""
        await self.finish()
        reading = Reading()
        for column in self.columns:
            reading.column(self.matrix.words(*column), begin)
            begin = reading.taken[-1] + 1
        assert self.source.cycles == reading.taken
        assert self.sink.cycles == reading.unpacking.given
        assert self.busy.cycles == sorted(reading.held)


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, stall=PATTERNS)
async def columns_anywhere(dut: HierarchyObject, idle: str, stall: str) -> None:
    """Columns anywhere, of any length, with padding in them."""
    memory = MatrixChecker(dut, idle, stall)
    rng = memory.bench.rng
    await memory.start(random_matrix(memory.config, rng, float(rng.choice(PADDING))))
    memory.send(random_columns(memory.config, rng, 30))
    await memory.finish()


@cocotb.test()
@cocotb.parametrize(padding=PADDING)
async def one_entry_a_cycle(dut: HierarchyObject, padding: float) -> None:
    """Without pauses each entry comes in its cycle: no bubble between words or columns."""
    memory = MatrixChecker(dut)
    rng = memory.bench.rng
    await memory.start(random_matrix(memory.config, rng, padding))
    columns = random_columns(memory.config, rng, 60, 3.0 / (1 - padding))
    memory.send([(0, memory.last), *columns, (0, 1), (1 % memory.last, memory.last)])
    await memory.finish_on_time(memory.bench.cycle)
    if not padding and memory.config.column_queue_depth:
        # What `Reading` comes to where no word is dropped and no column is empty.
        begin = memory.source.cycles[0] + LATENCY
        assert memory.sink.cycles == list(range(begin, begin + len(memory.expected)))


@cocotb.test()
async def latency_of_a_column(dut: HierarchyObject) -> None:
    """The first entry of a column comes five cycles after the column."""
    memory = MatrixChecker(dut)
    await memory.start(pattern_matrix(memory.config, "e"))
    for _ in range(3):
        memory.send([(0, memory.last)])
        memory.sink.clear()
        memory.expected = memory.expected[-memory.last :]
        await memory.finish()
        assert memory.sink.cycles[0] == memory.source.cycles[-1] + LATENCY


@cocotb.test()
@cocotb.parametrize(pattern=("pe", "pppe", "lpf", "plfp", "eppppe"))
@cocotb.parametrize(stall=("never", "mostly"))
async def words_of_padding(dut: HierarchyObject, pattern: str, stall: str) -> None:
    """Words of padding at the start and in the middle of columns cost nothing if padding is free.

    They pass while the words before them are unpacked.
    """
    memory = MatrixChecker(dut, "never", stall)
    await memory.start(pattern_matrix(memory.config, pattern))
    middle = memory.config.entries_per_word // 2
    begin = memory.bench.cycle
    memory.send([(0, memory.last), (min(middle, memory.last - 1), memory.last)] * 2)
    if stall == "never":
        await memory.finish_on_time(begin)
    else:
        await memory.finish()


@cocotb.test()
@cocotb.parametrize(stall=("never", "mostly"))
async def word_boundaries(dut: HierarchyObject, stall: str) -> None:
    """Columns that begin and end at, before and behind each boundary of words."""
    memory = MatrixChecker(dut, "never", stall)
    await memory.start(random_matrix(memory.config, memory.bench.rng, 0.3))
    size = memory.config.entries_per_word
    empty = 0 if not memory.config.column_queue_depth else 1
    edges = {edge + i for edge in range(0, memory.last + 1, size) for i in (-1, 0, 1)}
    edges = sorted(edge for edge in edges if 0 <= edge <= min(memory.last, 3 * size))
    memory.send((start, end) for start in edges for end in edges if start + empty <= end)
    await memory.finish()


@cocotb.test()
@cocotb.parametrize(stall=("never", "seldom"))
async def empty_columns(dut: HierarchyObject, stall: str) -> None:
    """Runs of empty columns at the start, in the middle and at the end; they read nothing."""
    memory = MatrixChecker(dut, "never", stall)
    await memory.start(random_matrix(memory.config, memory.bench.rng, 0.3))
    last = memory.last
    some = [(0, 1), (last - 1, last), (0, last)]
    empty = [] if memory.config.column_queue_depth else [(0, 0), (last, last), (1, 1), (0, 0)]
    begin = memory.bench.cycle
    memory.send([*empty, *some, *empty, *some, *some[::-1], *empty])
    if stall == "never":
        await memory.finish_on_time(begin)
    else:
        await memory.finish()


@cocotb.test()
async def no_entries_at_all(dut: HierarchyObject) -> None:
    """Without a column queue, a PE without an entry passes every column over, one a cycle."""
    memory = MatrixChecker(dut)
    if memory.config.column_queue_depth:
        return
    await memory.start(pattern_matrix(memory.config, "e"))
    memory.send([(0, 0)] * 20)
    begin = memory.bench.cycle
    await memory.finish()
    assert memory.source.cycles == list(range(begin, begin + 20))
    assert memory.busy.cycles == list(range(begin + 1, begin + 20 + LATENCY - 1))


@cocotb.test()
async def waits_with_an_entry_in_hand(dut: HierarchyObject) -> None:
    """An entry is offered before it is asked for, and holds."""
    memory = MatrixChecker(dut, "never", "always")
    await memory.start(pattern_matrix(memory.config, "e"))
    memory.send([(0, memory.last)] * 5)
    await memory.bench.step(20)
    assert memory.sink.offered
    assert not memory.sink.items
    memory.sink.pause("never")
    await memory.finish()
