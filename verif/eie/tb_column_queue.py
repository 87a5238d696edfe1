"""Bench of the column queue; oracle: the model's queue, cycle by cycle."""

from collections.abc import Iterable

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.eie.interfaces import numbered
from zskip.hw.eie.pe.column_queue import ColumnQueue
from zskip.model.common.fixed import ACTIVATION_BITS, limits
from zskip.model.eie.pe.column_queue import Column
from zskip.model.eie.pe.column_queue import ColumnQueue as Model
from zskip.verif.common.checkers import StreamChecker
from zskip.verif.common.ports import Fields
from zskip.verif.common.streams import PATTERNS
from zskip.verif.eie.unit import unit_bench, unit_config

NOTHING = Column(0, 0, 0)
"""An empty column."""


def _fields(column: Column, number: int = 0) -> Fields:
    """Return how the hardware tells a column."""
    more = max(0, column.entries - 1)
    fields = {"value": column.value, "start": column.start, "more": more}
    fields["empty"] = int(column.empty)
    return {numbered(field, number): value for field, value in fields.items()}


def _column(fields: Fields, number: int = 0) -> Column:
    """Return the column that the hardware tells."""
    value, start, more, empty = (
        fields[numbered(name, number)] for name in ("value", "start", "more", "empty")
    )
    return Column(value, start, 0 if empty else more + 1)


class ColumnQueueChecker(StreamChecker):
    """Checker with the model's queue, which does in every cycle what the unit must do.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses in front of the queue and behind it.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", stall: str = "never") -> None:
        self.config = unit_config()
        self.depth = self.config.column_queue_depth
        self._model = Model(self.config)
        self._taken = 0
        """Columns of the broadcast in hand that are in the queue."""
        super().__init__(unit_bench(dut, ColumnQueue), idle, stall)

    def columns(self, empty: Iterable[bool], far: float = 0.0) -> list[Column]:
        """Return random columns, each empty or not as asked for.

        One with entries is a page at most behind the one before, or with the probability `far`
        anywhere.
        """
        rng = self.bench.rng
        low, high = limits(ACTIVATION_BITS)
        columns = []
        start = int(rng.integers(self.config.spmat_entries))
        for is_empty in empty:
            most = 0 if is_empty else self.config.register_depth
            if not is_empty:
                entries = self.config.spmat_entries
                reach = entries if rng.random() < far else 1 << self.config.page_bits
                start = (start + int(rng.integers(reach))) % entries
            count = int(rng.integers(min(1, most), most, endpoint=True))
            columns.append(Column(int(rng.integers(low, high, endpoint=True)), start, count))
        return columns

    def send(self, columns: list[Column]) -> None:
        """Give columns to the queue, each alone."""
        size = self.config.broadcast_size
        places = self.bench.rng.integers(size, size=len(columns)).tolist()
        self.send_groups(
            [
                [*[NOTHING] * place, column, *[NOTHING] * (size - place - 1)]
                for column, place in zip(columns, places, strict=True)
            ]
        )

    def send_groups(self, groups: list[list[Column]]) -> None:
        """Give the columns of broadcasts to the queue."""
        for group in groups:
            fields: Fields = {}
            for number, column in enumerate(group):
                fields |= _fields(column, number)
            self.source.send([fields])
            self.expected += [_fields(column) for column in group if not column.empty]

    def sample(self, cycle: int) -> None:
        """Compare both sides of the queue, then move on."""
        bench, model = self.bench, self._model
        assert bench["held"].number == (model.level > 0), f"held in cycle {cycle}"
        if bench["i__valid"].number:
            self._push(cycle)
        assert bench["o__valid"].number == (model.level > 0), f"valid in cycle {cycle}"
        if model.level and bench["o__ready"].number:
            assert _column(bench["o__payload"].fields) == model.pop(), f"cycle {cycle}"

    def _push(self, cycle: int) -> None:
        """Let the next column that has entries into the queue if there is a place."""
        fields = self.bench["i__payload"].fields
        columns = [_column(fields, number) for number in range(self.config.broadcast_size)]
        some = [column for column in columns if not column.empty]
        place = bool(some) and not self._model.full
        ready = not some or (place and self._taken == len(some) - 1)
        assert self.bench["i__ready"].number == ready, f"ready in cycle {cycle}"
        if place:
            self._model.push(some[self._taken])
            self._taken += 1
        if ready:
            self._taken = 0


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, stall=PATTERNS, empty=(0.3, 0.9), far=(0.0, 0.3))
async def drops_empty_columns(
    dut: HierarchyObject, idle: str, stall: str, empty: float, far: float
) -> None:
    """Whatever the pauses, every column with entries comes out, in order."""
    queue = ColumnQueueChecker(dut, idle, stall)
    await queue.bench.start()
    queue.send(queue.columns(queue.bench.rng.random(30) < empty, far))
    await queue.finish()


@cocotb.test()
async def runs_of_empty_columns(dut: HierarchyObject) -> None:
    """A run of any length takes a cycle a column, also as the first and as the last one."""
    queue = ColumnQueueChecker(dut)
    await queue.bench.start()
    empty = [flag for run in (3, 1, 2, 7, 40, 5) for flag in (*[True] * run, False)] + [True] * 9
    queue.send(queue.columns(empty))
    await queue.finish()
    assert queue.source.cycles == list(range(len(empty)))
    assert queue.sink.cycles == [cycle for cycle, flag in enumerate(empty) if not flag]


@cocotb.test()
async def only_empty_columns(dut: HierarchyObject) -> None:
    """Nothing comes out, whatever the place of the columns, and nothing is held."""
    queue = ColumnQueueChecker(dut, stall="always")
    await queue.bench.start()
    last = queue.config.spmat_entries - 1
    queue.send([Column(1, place, 0) for place in (0, 1, last // 2, last - 1, last)])
    await queue.finish()
    assert queue.source.cycles == list(range(5))


@cocotb.test()
async def columns_of_every_length(dut: HierarchyObject) -> None:
    """A column of one entry is not empty, nor is the longest one."""
    queue = ColumnQueueChecker(dut)
    await queue.bench.start()
    queue.send([Column(-1, 0, 1 + count) for count in range(queue.config.register_depth)])
    await queue.finish()


@cocotb.test()
async def moves_one_a_cycle(dut: HierarchyObject) -> None:
    """A column with entries leaves an empty queue in the cycle in which it comes."""
    queue = ColumnQueueChecker(dut)
    await queue.bench.start()
    queue.send(queue.columns([False] * 20))
    await queue.finish()
    assert queue.source.cycles == queue.sink.cycles == list(range(20))


@cocotb.test()
async def full_queue_still_drops(dut: HierarchyObject) -> None:
    """Empty columns do not wait for a place; the next one with entries does."""
    queue = ColumnQueueChecker(dut, stall="always")
    bench, source, sink, depth = queue.bench, queue.source, queue.sink, queue.depth
    await bench.start()
    queue.send(queue.columns([False] * depth + [True] * 5 + [False, True]))
    await bench.step(depth + 20)
    assert source.cycles == list(range(depth + 5))
    sink.pause("never")
    await bench.step()
    sink.pause("always")
    gave = sink.cycles[-1]
    assert source.cycles[-1] < gave
    await bench.step(5)
    assert source.cycles[-2:] == [gave + 1, gave + 2]
    sink.pause("never")
    await queue.finish()


@cocotb.test()
async def page_after_page(dut: HierarchyObject) -> None:
    """Columns on the same page, or each on the next one, go on without a pause, around the end."""
    queue = ColumnQueueChecker(dut, stall="seldom")
    await queue.bench.start()
    page, entries = 1 << queue.config.page_bits, queue.config.spmat_entries
    places = [0, page - 1, page, 2 * page - 1, *range(2 * page, entries, page), entries - 1, 0, 1]
    queue.send([Column(1, place, 1) for place in places])
    await queue.finish()


@cocotb.test()
async def waits_behind_a_far_column(dut: HierarchyObject) -> None:
    """Behind a column two pages ahead, or behind, the next one waits until that is the oldest."""
    queue = ColumnQueueChecker(dut, stall="always")
    bench, page = queue.bench, 1 << queue.config.page_bits
    if not queue.config.queues_by_page or queue.depth < 4:
        return
    await bench.start()
    taken = 0
    for places in ([0, page, 3 * page, 3 * page + 1], [4 * page, 3 * page, 4 * page]):
        queue.send([Column(1, place, 1) for place in places])
        await bench.step(10)
        taken += len(places) - 1
        assert len(queue.source.cycles) == taken
        for _ in range(taken - len(queue.sink.cycles) - 1):
            queue.sink.pause("never")
            await bench.step()
            queue.sink.pause("always")
            assert len(queue.source.cycles) == taken
            await bench.step(2)
        taken += 1
        assert len(queue.source.cycles) == taken
    queue.sink.pause("never")
    await queue.finish()


@cocotb.test()
@cocotb.parametrize(idle=("never", "mostly"), stall=PATTERNS, empty=(0.1, 0.6, 0.9))
async def groups_of_columns(dut: HierarchyObject, idle: str, stall: str, empty: float) -> None:
    """Of a group any may be empty; those that have entries enter in order, one a cycle."""
    queue = ColumnQueueChecker(dut, idle, stall)
    size = queue.config.broadcast_size
    if size == 1:
        return
    await queue.bench.start()
    columns = queue.columns(queue.bench.rng.random(30 * size) < empty)
    groups = [columns[first : first + size] for first in range(0, len(columns), size)]
    queue.send_groups(groups)
    await queue.finish()
    if idle == stall == "never":
        taken = [max(1, sum(not column.empty for column in group)) for group in groups]
        assert queue.source.cycles == [sum(taken[: i + 1]) - 1 for i in range(len(groups))]
