# amaranth: UnusedElaboratable=no
"""Bench of the queue; oracle: a `collections.deque`, cycle by cycle."""

from collections import deque

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.common.queue import Queue
from zskip.verif.common.case import current_case
from zskip.verif.common.ports import random_number
from zskip.verif.common.streams import PATTERNS, StreamSink, StreamSource
from zskip.verif.common.testbench import Testbench


class Unit:
    """The queue, and a deque that does in every cycle what the queue must do.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses in front of the queue and behind it.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", stall: str = "never") -> None:
        case = current_case()
        self.depth: int = case["depth"]
        self.bench = Testbench(dut, Queue(case["width"], depth=self.depth).signature)
        self.source = StreamSource(self.bench, "i", idle)
        self.sink = StreamSink(self.bench, "o", stall)
        self.sent: list[int] = []
        self._held: deque[int] = deque()
        self.bench.add(self)

    def send(self, count: int) -> None:
        """Give the queue random items."""
        shape = self.bench["i__payload"].shape
        items = [random_number(shape, self.bench.rng) for _ in range(count)]
        self.sent += items
        self.source.send(items)

    def drive(self) -> None:
        """Drive nothing."""

    def sample(self, cycle: int) -> None:
        """Compare both sides of the queue, then move on."""
        bench, held = self.bench, self._held
        offered, taken = bench["i__valid"].number, bench["o__ready"].number
        put = offered and len(held) < self.depth
        assert bench["i__ready"].number == (len(held) < self.depth), f"ready in cycle {cycle}"
        assert bench["held"].number == (len(held) > 0), f"held in cycle {cycle}"
        assert bench["o__valid"].number == (len(held) > 0 or offered), f"valid in cycle {cycle}"
        if put:
            held.append(bench["i__payload"].number)
        if held:
            assert bench["o__payload"].number == held[0], f"payload in cycle {cycle}"
            if taken:
                held.popleft()

    async def finish(self) -> None:
        """Wait until all is through, and compare: nothing lost, doubled or out of order."""
        await self.bench.until(lambda: len(self.sink.items) >= len(self.sent))
        await self.bench.step(self.depth + 2)
        assert self.sink.items == self.sent


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, stall=PATTERNS)
async def passes_all_on_in_order(dut: HierarchyObject, idle: str, stall: str) -> None:
    """Whatever the pauses, what comes out is what went in."""
    unit = Unit(dut, idle, stall)
    await unit.bench.start()
    unit.send(120)
    await unit.finish()


@cocotb.test()
async def empty_queue_takes_no_time(dut: HierarchyObject) -> None:
    """An item leaves in the cycle in which it comes, and nothing is held."""
    unit = Unit(dut, "seldom")
    await unit.bench.start()
    unit.send(30)
    await unit.finish()
    assert unit.sink.cycles == unit.source.cycles


@cocotb.test()
async def one_a_cycle(dut: HierarchyObject) -> None:
    """Without pauses one a cycle goes in and out."""
    unit = Unit(dut)
    await unit.bench.start()
    unit.send(30)
    await unit.finish()
    assert unit.source.cycles == unit.sink.cycles == list(range(30))


@cocotb.test()
async def one_a_cycle_while_items_are_held(dut: HierarchyObject) -> None:
    """A queue that was held up goes on at full speed; one of depth 1 passes the others on."""
    unit = Unit(dut, stall="always")
    await unit.bench.start()
    unit.send(1)
    await unit.bench.step()
    unit.send(20)
    unit.sink.pause("never")
    await unit.finish()
    assert unit.sink.cycles == list(range(1, 22))


@cocotb.test()
async def full_queue_takes_nothing_while_it_gives(dut: HierarchyObject) -> None:
    """All entries are usable; the one given away is free in the next cycle."""
    unit = Unit(dut, stall="always")
    bench, source, sink, depth = unit.bench, unit.source, unit.sink, unit.depth
    await bench.start()
    unit.send(4 * depth)
    await bench.step(2 * depth + 4)
    assert source.cycles == list(range(depth))
    for _ in range(depth):
        sink.pause("never")
        await bench.step()
        sink.pause("always")
        gave = sink.cycles[-1]
        assert source.cycles[-1] < gave
        await bench.step()
        assert source.cycles[-1] == gave + 1
        await bench.step(3)
        assert source.cycles[-1] == gave + 1


@cocotb.test()
async def empties_and_fills_again(dut: HierarchyObject) -> None:
    """The queue wraps around from empty to full to empty, with a passage in between."""
    unit = Unit(dut, stall="always")
    await unit.bench.start()
    for _ in range(7):
        unit.send(unit.depth)
        unit.sink.pause("always")
        await unit.bench.until(lambda: unit.source.empty)
        unit.sink.pause("never")
        await unit.bench.step(unit.depth)
        assert not unit.bench["o__valid"].number
        unit.send(1)
        await unit.bench.step()
        assert unit.sink.items == unit.sent


@cocotb.test()
async def reset_empties(dut: HierarchyObject) -> None:
    """What a queue held before its reset is gone."""
    unit = Unit(dut, stall="always")
    await unit.bench.start()
    unit.send(unit.depth)
    await unit.bench.step(unit.depth + 1)
    assert unit.bench["held"].number
    await unit.bench.start()
    assert not unit.bench["held"].number
    assert not unit.bench["o__valid"].number
