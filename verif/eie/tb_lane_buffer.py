"""Bench of the lane buffer; oracles: the model's groups, and the cycle model of the buffer."""

from collections.abc import Iterable
from itertools import pairwise

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.eie.interfaces import word_layout
from zskip.hw.eie.pe.lane_buffer import LaneBuffer
from zskip.model.common.fixed import IntArray
from zskip.model.eie.buffer_cycles import buffer_times
from zskip.model.eie.encoding import local_rows
from zskip.model.eie.groups import counted
from zskip.model.eie.pe.lane_buffer import LaneBuffer as Model
from zskip.verif.common.checkers import StreamChecker
from zskip.verif.common.ports import random_values
from zskip.verif.common.streams import PATTERNS
from zskip.verif.common.testbench import Events
from zskip.verif.eie.unit import unit_bench, unit_config
from zskip.verif.eie.words_stimulus import (
    PADDING,
    Matrix,
    pattern_matrix,
    random_columns,
    random_matrix,
)

LATENCY = 4
"""Cycles from a word to the first group of a column of one word."""

Group = tuple[int, list[tuple[int, int]]]
"""An activation, and codebook index and local row of its entries."""


class Ranks:
    """Columns one behind the other, as the cycle model wants to know of them."""

    def __init__(self, wanted: list[bool], begins: list[bool]) -> None:
        self._before = counted(np.array(wanted, dtype=np.bool_))
        self._begun = counted(np.array(begins, dtype=np.bool_))

    def rank(self, entry: IntArray) -> IntArray:
        """Return how many non-zeros stand in front of an entry."""
        return self._before[entry]

    def work(self, low: IntArray, high: IntArray) -> IntArray:
        """Return the entries between two that are not padding."""
        return self._before[high] - self._before[low]

    def groups(self, low: IntArray, high: IntArray) -> IntArray:
        """Return the groups that begin between two ranks."""
        return self._begun[high] - self._begun[low]


class LaneBufferChecker(StreamChecker):
    """Checker of the lane buffer, with the words of columns in front of it.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses in front of the unit and behind it.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", stall: str = "never") -> None:
        self.config = unit_config()
        bench = unit_bench(dut, LaneBuffer)
        self.busy = Events(bench, "busy")
        self.counted = Events(bench, "counted", "counted", "padding")
        self.columns: list[list[tuple[int, int]]] = []
        """Place of the first entry and of the one behind the last of each word of each column."""
        self._wanted: list[bool] = []
        self._begins: list[bool] = []
        super().__init__(bench, idle, stall)

    def send(self, matrix: Matrix, columns: Iterable[tuple[int, int]]) -> None:
        """Send the words of columns, given by their first entry and the one past their last."""
        layout, rng = word_layout(self.config), self.bench.rng
        size = self.config.entries_per_word
        for start, end in columns:
            words = list(matrix.words(start, end))
            items = random_values(layout, rng, len(words))
            for number, (item, word) in enumerate(zip(items, words, strict=True)):
                if not word.empty:
                    item["entries"] = int(matrix.image[word.address])
                    item |= {"slot": word.slot, "last_slot": word.last_slot}
                last = int(number == len(words) - 1)
                item |= {"value": items[0]["value"], "first": int(word.first)}
                self.source.send([item | {"empty": int(word.empty), "last": last}])
            # Places count from the first column that was sent.
            shift = len(self._wanted) - start
            edges = [start, *range(start - start % size + size, end, size), end]
            self.columns.append([(a + shift, b + shift) for a, b in pairwise(edges)])
            self._expect(int(items[0]["value"]), matrix.codes[start:end], matrix.runs[start:end])

    def _expect(self, value: int, codes: IntArray, runs: IntArray) -> None:
        """Expect the groups of a column."""
        wanted = codes != 0
        rows = local_rows(runs, np.array([codes.size]))[wanted] % (1 << self.config.row_bits)
        begins = np.zeros(rows.size, dtype=np.bool_)
        begins[Model(self.config).begins(np.zeros_like(rows), rows)] = True
        self._wanted += wanted.tolist()
        self._begins += begins.tolist()
        entries = list(zip(codes[wanted].tolist(), rows.tolist(), strict=True))
        edges = [*np.flatnonzero(begins).tolist(), len(entries)]
        self.expected += [(value, entries[a:b]) for a, b in pairwise(edges) if a < b]

    def _group(self, item: dict[str, int]) -> Group:
        """Return the entries of a group; those of other lanes mean nothing."""
        count = item["valid"].bit_count()
        assert item["valid"] == (1 << count) - 1, f"lanes {item['valid']:b}"
        bits, code_bits = self.config.weight_bits + self.config.row_bits, self.config.weight_bits
        entries = [item["entries"] >> lane * bits & (1 << bits) - 1 for lane in range(count)]
        return item["value"], [(e & (1 << code_bits) - 1, e >> code_bits) for e in entries]

    async def finish(self, rest: int = LATENCY + 8) -> None:
        """Wait for all groups, and compare; also how many entries were counted."""
        await self.bench.until(
            lambda: self.source.empty and len(self.sink.items) >= len(self.expected)
        )
        self.sink.pause("never")
        await self.bench.step(rest)
        assert [self._group(item) for item in self.sink.items] == self.expected
        assert not self.bench["busy"].number
        counts = np.array(self.counted.values).reshape(-1, 2).sum(axis=0).tolist()
        assert counts == [len(self._wanted), self._wanted.count(False)]

    async def finish_on_time(self, begin: int) -> None:
        """Wait for all groups of words offered from a cycle on, and compare when they came."""
        await self.finish()
        ranks = Ranks(self._wanted, self._begins)
        times = buffer_times(ranks, self.config.replace(pe_count=1))
        taken: list[int] = []
        fetch = np.array([begin - 1])
        for words in self.columns:
            start, end = np.array([words[0][0]]), np.array([words[-1][1]])
            for low, high in words:
                edges = start, np.array([low]), np.array([high]), end
                times.take(np.array([True]), fetch, *edges)
                fetch = times.moved
                taken.append(int(fetch[0]))
            # A column that ends with padding may leave a block without entries behind.
            if self._wanted[end[0] - 1] and end[0] > start[0]:
                given = int(ranks.groups(np.array([0]), ranks.rank(end))[0])
                assert self.sink.cycles[given - 1] == times.unpacked[0]
        assert self.source.cycles == taken
        assert self.busy.cycles[-1] == times.unpacked[0]


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, stall=PATTERNS)
async def random_words(dut: HierarchyObject, idle: str, stall: str) -> None:
    """Columns anywhere, with little and much padding in them."""
    buffer = LaneBufferChecker(dut, idle, stall)
    await buffer.bench.start()
    rng = buffer.bench.rng
    for padding in PADDING:
        columns = random_columns(buffer.config, rng, 12)
        buffer.send(random_matrix(buffer.config, rng, padding), columns)
    await buffer.finish()


@cocotb.test()
@cocotb.parametrize(padding=PADDING, mean=(2.0, 6.0, 30.0))
async def every_group_in_its_cycle(dut: HierarchyObject, padding: float, mean: float) -> None:
    """Without pauses every word is taken, and every column done, in the cycle of the model."""
    buffer = LaneBufferChecker(dut)
    await buffer.bench.start()
    rng = buffer.bench.rng
    columns = random_columns(buffer.config, rng, 60, mean / (1 - padding))
    buffer.send(random_matrix(buffer.config, rng, padding), columns)
    await buffer.finish_on_time(buffer.bench.cycle)


@cocotb.test()
async def latency_of_a_column(dut: HierarchyObject) -> None:
    """The group of a column of one entry comes four cycles after its word."""
    buffer = LaneBufferChecker(dut)
    await buffer.bench.start()
    buffer.send(pattern_matrix(buffer.config, "e"), [(0, 1)])
    await buffer.finish()
    assert buffer.sink.cycles == [buffer.source.cycles[-1] + LATENCY]


@cocotb.test()
@cocotb.parametrize(pattern=("pe", "pppe", "epe", "lpf", "fl", "plfp", "eppppe", "p", "e"))
@cocotb.parametrize(stall=("never", "mostly"))
async def words_of_padding(dut: HierarchyObject, pattern: str, stall: str) -> None:
    """Words of padding at the start, in the middle and at the end of columns, and full words.

    Columns begin and end in the middle of words as well.
    """
    buffer = LaneBufferChecker(dut, "never", stall)
    await buffer.bench.start()
    begin = buffer.bench.cycle
    last, middle = buffer.config.spmat_entries, buffer.config.entries_per_word // 2
    columns = [(start, end) for start in (0, middle) for end in (last, last - middle)]
    buffer.send(pattern_matrix(buffer.config, pattern), columns)
    if stall == "never":
        await buffer.finish_on_time(begin)
    else:
        await buffer.finish()


@cocotb.test()
async def every_distance_between_two_rows(dut: HierarchyObject) -> None:
    """Two entries come in the same cycle, unless their rows are in the same bank."""
    buffer = LaneBufferChecker(dut)
    await buffer.bench.start()
    begin = buffer.bench.cycle
    size = buffer.config.entries_per_word
    for run in range(buffer.config.max_run + 1):
        codes = np.resize([1, 0, 2], buffer.config.spmat_entries)
        runs = np.resize([0, run, 0], codes.size)
        buffer.send(Matrix(buffer.config, codes, runs), [(0, 3), (0, size), (1, 3)])
    await buffer.finish_on_time(begin)


@cocotb.test()
@cocotb.parametrize(stall=("never", "mostly"))
async def empty_columns(dut: HierarchyObject, stall: str) -> None:
    """Without a column queue, empty columns come in runs, and give nothing."""
    buffer = LaneBufferChecker(dut, "never", stall)
    await buffer.bench.start()
    begin = buffer.bench.cycle
    last = buffer.config.spmat_entries
    empty = [(0, 0), (last, last), (1, 1)]
    some = [(0, 1), (last - 1, last), (0, last)]
    buffer.send(
        random_matrix(buffer.config, buffer.bench.rng, 0.3),
        [*empty * 3, *some, *empty, *some, *empty[:1], *some[::-1], *empty * 2],
    )
    if stall == "never":
        await buffer.finish_on_time(begin)
    else:
        await buffer.finish()
