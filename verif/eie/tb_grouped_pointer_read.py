"""Bench of the grouped pointer read; oracle: the model's unit of this name."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject
from numpy.typing import NDArray

from zskip.hw.eie.interfaces import activation_layout, column_layout, numbered
from zskip.hw.eie.pe.grouped_pointer_read import GroupedPointerRead
from zskip.model.eie.config import COUNT_BITS, LARGEST_GROUP
from zskip.model.eie.packets import POINTER_HALF_BITS
from zskip.model.eie.pe.grouped_pointer_read import GroupedPointerRead as Model
from zskip.model.eie.pointers import PAIR
from zskip.verif.common.checkers import StreamChecker
from zskip.verif.common.ports import Fields, random_values
from zskip.verif.common.streams import PATTERNS
from zskip.verif.common.testbench import Events
from zskip.verif.common.unit import write
from zskip.verif.eie.broadcasts import GROUP_SIZES
from zskip.verif.eie.unit import unit_bench, unit_config

NONE_EMPTY = 0x01010101
"""Counts of a group of four columns, or of two, none of which is empty: no broadcast is dropped."""

LATENCY = 2
"""Cycles from an activation to the place of its column's entries."""


class GroupsChecker(StreamChecker):
    """Checker of the grouped pointer read with random words; the model has the same.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses in front of the unit and behind it.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", stall: str = "never") -> None:
        self.config = unit_config()
        bench = unit_bench(dut, GroupedPointerRead)
        self.reads = Events(bench, "reading") if self.config.holds_pointers else None
        self.sizes = GROUP_SIZES if self.config.in_groups else range(PAIR, LARGEST_GROUP + 1)
        super().__init__(bench, idle, stall)

    async def start(self, least: int = 0) -> None:
        """Begin, and fill the memory with counts in which the bits of `least` are set."""
        rng, words = self.bench.rng, self.config.pointer_words
        first = rng.integers(self.config.spmat_entries, size=words, endpoint=True)
        first[rng.integers(words)] = self.config.spmat_entries
        await self.bench.start()
        await self.fill(first, rng.integers(1 << COUNT_BITS, size=words) | least)

    async def fill(self, first: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
        """Write words from the first one on."""
        words = first.astype(np.uint64) | counts.astype(np.uint64) << np.uint64(POINTER_HALF_BITS)
        await write(self.bench, "w_port", words)
        self.model = Model(np.stack((first, counts), axis=-1).ravel())

    def last_column(self, base: int, bits: int) -> int:
        """Return the last column whose word exists."""
        columns = (self.config.pointer_words - base) << bits
        return min(columns, self.config.vector_depth) - 1

    def place(self, start: int, end: int) -> Fields:
        """Return where entries stand; words are random, and shown in the bits that there are."""
        layout = column_layout(self.config)
        given = {"start": start, "more": end - start - 1, "empty": start == end}
        return {name: value % (1 << layout[name].width) for name, value in given.items()}

    def told(self, item: Fields, base: int, bits: int) -> Fields | None:
        """Return what the unit tells of a broadcast, None if it is dropped."""
        index = item["index"]
        columns = self.column(item["value"], base, index, bits)
        empty = [columns["empty"]]
        for number in range(1, self.config.broadcast_size):
            place = (index >> bits << bits) + item[numbered("place", number)] % (1 << bits)
            other = self.column(item[numbered("value", number)], base, place, bits)
            other["empty"] |= not item[numbered("valid", number)]
            empty.append(other["empty"])
            columns |= {numbered(name, number): value for name, value in other.items()}
        return None if self.config.in_groups and all(empty) else columns

    def column(self, value: int, base: int, column: int, bits: int) -> Fields:
        """Return what the unit tells of a column."""
        starts, ends = self.model.read(base, np.array([column]), bits)
        return {"value": value, **self.place(int(starts[0]), int(ends[0]))}

    async def read(self, base: int, columns: NDArray[np.int64], bits: int) -> None:
        """Read columns of a pass, and compare."""
        items = random_values(activation_layout(self.config), self.bench.rng, columns.size)
        for item, column in zip(items, columns.tolist(), strict=True):
            item["index"] = column
        told = [self.told(item, base, bits) for item in items]
        self.expected += [columns for columns in told if columns is not None]
        self.bench["pointer_base"].set(base)
        self.bench["group_bits"].set(bits)
        await self._forget()
        self.source.send(items)
        await self.finish(LATENCY + 1)
        if self.reads is not None:
            groups = np.count_nonzero(np.diff(columns >> bits, prepend=-1))
            assert len(self.reads.cycles) == groups

    async def _forget(self) -> None:
        """Begin a pass: no word is held."""
        if self.reads is not None:
            self.reads.clear()
            self.bench["restart"].set(1)
            await self.bench.step()
            self.bench["restart"].set(0)


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, stall=PATTERNS)
async def random_columns(dut: HierarchyObject, idle: str, stall: str) -> None:
    """Columns of several passes, each with its own base, in groups of every size."""
    groups = GroupsChecker(dut, idle, stall)
    await groups.start()
    for bits in groups.sizes:
        base = int(groups.bench.rng.integers(groups.config.pointer_words))
        last = groups.last_column(base, bits)
        await groups.read(base, groups.bench.rng.integers(last, size=30, endpoint=True), bits)


@cocotb.test()
async def columns_at_both_ends(dut: HierarchyObject) -> None:
    """First and last columns of first and last groups, at the first, a middle and the last base."""
    groups = GroupsChecker(dut)
    await groups.start()
    words = groups.config.pointer_words
    for bits in groups.sizes:
        for base in {0, words // 2, words - 1}:
            last, size = groups.last_column(base, bits), 1 << bits
            wanted = {0, 1, size - 1, size, last - 1, last}
            columns = sorted(column for column in wanted if 0 <= column <= last)
            await groups.read(base, np.array(columns), bits)
            await groups.read(base, np.array(columns[::-1]), bits)


@cocotb.test()
@cocotb.parametrize(stall=("never", "mostly"))
async def columns_side_by_side(dut: HierarchyObject, stall: str) -> None:
    """Columns in ascending order: where words are held, one read serves all of a group."""
    groups = GroupsChecker(dut, "never", stall)
    await groups.start()
    for bits in groups.sizes:
        columns = np.arange(min(40, groups.last_column(0, bits) + 1))
        await groups.read(0, columns, bits)
        await groups.read(0, columns[::3], bits)


@cocotb.test()
async def reads_one_a_cycle(dut: HierarchyObject) -> None:
    """Without pauses one a cycle, two cycles later; columns of one or several groups."""
    groups = GroupsChecker(dut)
    await groups.start(least=NONE_EMPTY)
    last = groups.last_column(0, 2)
    await groups.read(0, groups.bench.rng.integers(last, size=40, endpoint=True), 2)
    begun = groups.source.cycles[0]
    assert groups.source.cycles == list(range(begun, begun + 40))
    assert groups.sink.cycles == [LATENCY + cycle for cycle in groups.source.cycles]


@cocotb.test()
async def waits_with_a_column_in_hand(dut: HierarchyObject) -> None:
    """A column is offered before it is asked for, and holds while two more wait."""
    groups = GroupsChecker(dut, "never", "always")
    await groups.start(least=NONE_EMPTY)
    bits = groups.sizes[0]
    groups.bench["group_bits"].set(bits)
    items = random_values(activation_layout(groups.config), groups.bench.rng, 3)
    for item in items:
        item["index"] %= groups.last_column(0, bits) + 1
    groups.source.send(items)
    await groups.bench.step(10)
    assert groups.sink.offered
    assert len(groups.source.items) == 2
    assert groups.bench["busy"].number
    groups.sink.pause("never")
    await groups.bench.step(3)
    assert groups.sink.items == [groups.told(item, 0, bits) for item in items]


@cocotb.test()
async def rewritten_words(dut: HierarchyObject) -> None:
    """Words written again, behind a read of them, give the new columns."""
    groups = GroupsChecker(dut)
    await groups.start()
    columns = np.arange(min(8, groups.last_column(0, 3) + 1))
    await groups.read(0, columns, 3)
    model = groups.model
    await groups.fill(model.first[::-1].copy(), (1 << COUNT_BITS) - 1 - model.counts)
    await groups.read(0, columns, 3)
