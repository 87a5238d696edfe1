"""Bench of the pointer read; oracle: the model's two banks."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject
from numpy.typing import NDArray

from zskip.hw.eie.interfaces import activation_layout, column_layout
from zskip.hw.eie.pe.pointer_read import PointerRead
from zskip.model.eie.packets import POINTER_HALF_BITS
from zskip.model.eie.pe.pointer_read import PointerRead as Model
from zskip.model.eie.pointers import PAIR
from zskip.verif.common.checkers import StreamChecker
from zskip.verif.common.ports import Fields, random_values
from zskip.verif.common.streams import PATTERNS
from zskip.verif.common.unit import write
from zskip.verif.eie.unit import unit_bench, unit_config

LATENCY = 2
"""Cycles from an activation to the place of its column's entries."""


class BanksChecker(StreamChecker):
    """Checker of the pointer read with random pointers; the model has the same.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses in front of the unit and behind it.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", stall: str = "never") -> None:
        self.config = unit_config()
        self.pairs = self.config.pointer_words
        super().__init__(unit_bench(dut, PointerRead), idle, stall)

    async def start(self) -> None:
        """Begin, and fill both banks."""
        rng = self.bench.rng
        pointers = rng.integers(
            self.config.spmat_entries, size=self.config.pointer_depth, endpoint=True
        )
        pointers[rng.integers(pointers.size)] = self.config.spmat_entries
        await self.bench.start()
        pairs = pointers.reshape(-1, 2)
        await write(self.bench, "w_port", pairs[:, 0] | pairs[:, 1] << POINTER_HALF_BITS)
        self.model = Model(pointers)

    def last_column(self, base: int) -> int:
        """Return the last column whose pointers both exist."""
        return min(2 * (self.pairs - base) - 2, self.config.vector_depth - 1)

    def place(self, start: int, end: int) -> Fields:
        """Return where the entries stand; any two pointers are shown in the bits that there are."""
        layout = column_layout(self.config)
        given = {"start": start, "more": end - start - 1, "empty": start == end}
        return {name: value % (1 << layout[name].width) for name, value in given.items()}

    async def read(self, base: int, columns: NDArray[np.int64]) -> None:
        """Read columns of a pass, and compare."""
        items = random_values(activation_layout(self.config), self.bench.rng, columns.size)
        starts, ends = self.model.read(base, columns, PAIR)
        for item, column, start, end in zip(items, columns, starts, ends, strict=True):
            item["index"] = int(column)
            self.expected.append({"value": item["value"], **self.place(int(start), int(end))})
        self.bench["pointer_base"].set(base)
        self.source.send(items)
        await self.finish(LATENCY + 1)


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, stall=PATTERNS)
async def random_columns(dut: HierarchyObject, idle: str, stall: str) -> None:
    """Columns of several passes, each with its own base."""
    banks = BanksChecker(dut, idle, stall)
    await banks.start()
    for _ in range(3):
        base = int(banks.bench.rng.integers(banks.pairs))
        columns = banks.bench.rng.integers(banks.last_column(base), size=30, endpoint=True)
        await banks.read(base, columns)


@cocotb.test()
async def columns_at_both_ends(dut: HierarchyObject) -> None:
    """First and last columns, even and odd, at the first, a middle and the last base."""
    banks = BanksChecker(dut)
    await banks.start()
    for base in {0, banks.pairs // 2, banks.pairs - 1}:
        last = banks.last_column(base)
        columns = sorted({column for column in (0, 1, 2, last - 1, last) if 0 <= column <= last})
        await banks.read(base, np.array(columns))
        await banks.read(base, np.array(columns[::-1]))


@cocotb.test()
async def reads_one_a_cycle(dut: HierarchyObject) -> None:
    """Without pauses one a cycle, two cycles later; even and odd columns in any order."""
    banks = BanksChecker(dut)
    await banks.start()
    begun = banks.bench.cycle
    await banks.read(0, banks.bench.rng.integers(banks.last_column(0), size=40, endpoint=True))
    assert banks.source.cycles == list(range(begun, begun + 40))
    assert banks.sink.cycles == [LATENCY + cycle for cycle in banks.source.cycles]


@cocotb.test()
async def waits_with_a_column_in_hand(dut: HierarchyObject) -> None:
    """A column is offered before it is asked for, and holds while two more wait."""
    banks = BanksChecker(dut, "never", "always")
    await banks.start()
    items = random_values(activation_layout(banks.config), banks.bench.rng, 3)
    for item in items:
        item["index"] %= banks.last_column(0) + 1
    banks.source.send(items)
    await banks.bench.step(10)
    assert banks.sink.offered
    assert len(banks.source.items) == 2
    assert banks.bench["busy"].number
    banks.sink.pause("never")
    await banks.bench.step(3)
    starts, ends = banks.model.read(0, np.array([item["index"] for item in items]), PAIR)
    places = [banks.place(*bounds) for bounds in zip(starts.tolist(), ends.tolist(), strict=True)]
    assert [item | place for item, place in zip(banks.sink.items, places, strict=True)] == (
        banks.sink.items
    )
    await banks.bench.step()
    assert not banks.bench["busy"].number


@cocotb.test()
async def rewritten_pointers(dut: HierarchyObject) -> None:
    """A pair written again, behind a read of it, gives the new pointers."""
    banks = BanksChecker(dut)
    await banks.start()
    await banks.read(0, np.array([0]))
    for bank in (banks.model.even, banks.model.odd):
        bank[0] = banks.config.spmat_entries - bank[0]
    pair = banks.model.even[0] | banks.model.odd[0] << POINTER_HALF_BITS
    await write(banks.bench, "w_port", [pair])
    await banks.read(0, np.array([0]))
