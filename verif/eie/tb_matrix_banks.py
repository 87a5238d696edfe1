"""Bench of the two banks of the sparse matrix; oracle: the model's, and the entries themselves."""

from collections.abc import Iterable
from itertools import pairwise

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.eie.interfaces import column_layout
from zskip.hw.eie.pe.matrix_banks import MatrixBanks
from zskip.model.eie.pe.matrix_banks import MatrixBanks as Model
from zskip.verif.common.checkers import StreamChecker
from zskip.verif.common.ports import Fields, random_values
from zskip.verif.common.streams import PATTERNS
from zskip.verif.common.testbench import Events
from zskip.verif.common.unit import write
from zskip.verif.eie.unit import unit_bench, unit_config
from zskip.verif.eie.words_stimulus import random_columns, random_matrix

LATENCY = 4
"""Cycles from a column to its first part."""


class BanksChecker(StreamChecker):
    """Checker of the banks, with random words in them.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses in front of the unit and behind it.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", stall: str = "never") -> None:
        self.config = unit_config()
        bench = unit_bench(dut, MatrixBanks)
        self.reads = Events(bench, "reading", "reading")
        self.last = self.config.spmat_entries
        self._columns: list[tuple[int, int]] = []
        super().__init__(bench, idle, stall)

    async def start(self) -> None:
        """Begin, and fill the memory."""
        await self.bench.start()
        await self.fill()

    async def fill(self) -> None:
        """Write other words."""
        image = random_matrix(self.config, self.bench.rng, 0.3).image
        bits, mask = self.config.entry_bits, (1 << self.config.entry_bits) - 1
        slots = range(0, self.config.word_bits, bits)
        self._entries = [word >> slot & mask for word in image.tolist() for slot in slots]
        await write(self.bench, "w_port", image)

    def send(self, columns: Iterable[tuple[int, int]]) -> int:
        """Ask for columns, given by their first entry and the one past their last; count parts."""
        bounds = list(columns)
        size, parts = self.config.entries_per_word, 0
        items = random_values(column_layout(self.config), self.bench.rng, len(bounds))
        for item, (start, end) in zip(items, bounds, strict=True):
            item |= {"start": start, "more": end - start - 1, "empty": 0}
            for low in range(start, end, size):
                entries = self._entries[low : min(end, low + size)]
                marks = low == start, low + size >= end
                self.expected.append((item["value"], entries, *marks))
                parts += 1
        self._columns += bounds
        self.source.send(items)
        return parts

    def _part(self, item: Fields) -> tuple[int, list[int], bool, bool]:
        """Return what a part says; entries behind its last one mean nothing."""
        assert (item["slot"], item["empty"]) == (0, 0)
        bits, mask = self.config.entry_bits, (1 << self.config.entry_bits) - 1
        slots = range(item["last_slot"] + 1)
        entries = [item["entries"] >> slot * bits & mask for slot in slots]
        return item["value"], entries, bool(item["first"]), bool(item["last"])

    async def finish(self, rest: int = LATENCY) -> None:
        """Wait for all parts, and compare; also how many words were read for them."""
        await self.bench.until(
            lambda: self.source.empty and len(self.sink.items) >= len(self.expected)
        )
        await self.bench.step(rest)
        assert [self._part(item) for item in self.sink.items] == self.expected
        assert not self.bench["busy"].number
        start, end = np.array(self._columns).T
        words = Model(self.config.entries_per_word).read(start, end)
        assert sum(reads for (reads,) in self.reads.values) == sum(bank.size for bank in words)

    async def restart(self) -> None:
        """Begin another pass."""
        self.bench["restart"].set(1)
        await self.bench.step()
        self.bench["restart"].set(0)
        self.forget()

    def forget(self) -> None:
        """Forget what was read: no bank shows a word."""
        self._columns.clear()
        self.reads.clear()
        self.sink.clear()
        self.expected.clear()


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, stall=PATTERNS)
async def columns_anywhere(dut: HierarchyObject, idle: str, stall: str) -> None:
    """Columns anywhere and behind each other, of any length, in several passes."""
    banks = BanksChecker(dut, idle, stall)
    await banks.start()
    rng = banks.bench.rng
    for _ in range(2):
        edges = np.unique(rng.integers(banks.last, size=20, endpoint=True)).tolist()
        banks.send(random_columns(banks.config, rng, 20))
        banks.send(pairwise(edges))
        await banks.finish()
        await banks.restart()


@cocotb.test()
async def one_part_a_cycle(dut: HierarchyObject) -> None:
    """Without pauses a part comes in every cycle, four cycles later, wherever columns begin."""
    banks = BanksChecker(dut)
    await banks.start()
    begin = banks.bench.cycle
    columns = [(start, banks.last) for start in range(banks.last)]
    parts = banks.send([*random_columns(banks.config, banks.bench.rng, 40), *columns])
    await banks.finish()
    assert banks.sink.cycles == list(range(begin + LATENCY, begin + LATENCY + parts))


@cocotb.test()
async def words_that_are_shown(dut: HierarchyObject) -> None:
    """A word is read once for columns side by side, and anew in the next pass."""
    banks = BanksChecker(dut)
    await banks.start()
    for _ in range(2):
        banks.send((start, start + 1) for start in range(banks.last))
        await banks.finish()
        assert len(banks.reads.cycles) == banks.config.spmat_depth
        await banks.restart()


@cocotb.test()
async def rewritten_words(dut: HierarchyObject) -> None:
    """Words written again, behind a read of them, are read again."""
    banks = BanksChecker(dut)
    await banks.start()
    for _ in range(2):
        banks.send([(0, banks.last), (0, 1), (banks.last - 1, banks.last)])
        await banks.finish()
        await banks.fill()
        banks.forget()


@cocotb.test()
async def waits_with_a_part_in_hand(dut: HierarchyObject) -> None:
    """A part is offered before it is asked for, and holds while three stages are full."""
    banks = BanksChecker(dut, "never", "always")
    await banks.start()
    banks.send([(0, 1)] * 9)
    await banks.bench.step(20)
    assert banks.sink.offered
    assert len(banks.source.items) == LATENCY
    assert banks.bench["busy"].number
    banks.sink.pause("never")
    await banks.finish()
