# amaranth: UnusedElaboratable=no
"""Bench of the queue; oracle: a `collections.deque`, cycle by cycle."""

from collections import deque

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.common.queue import Queue
from zskip.verif.common.checkers import StreamChecker
from zskip.verif.common.ports import random_number
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.streams import PATTERNS
from zskip.verif.common.testbench import Testbench


class QueueChecker(StreamChecker):
    """Checker with a deque that does in every cycle what the queue must do.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses in front of the queue and behind it.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", stall: str = "never") -> None:
        stimulus = current_stimulus()
        self.depth: int = stimulus["depth"]
        self._held: deque[int] = deque()
        self._tells_alone: bool = stimulus["tells_alone"]
        queue = Queue(stimulus["width"], depth=self.depth, tells_alone=self._tells_alone)
        super().__init__(Testbench(dut, queue.signature), idle, stall)

    def send(self, count: int) -> None:
        """Give the queue random items."""
        shape = self.bench["i__payload"].shape
        items = [random_number(shape, self.bench.rng) for _ in range(count)]
        self.expected += items
        self.source.send(items)

    def sample(self, cycle: int) -> None:
        """Compare both sides of the queue, then move on."""
        bench, held = self.bench, self._held
        offered, taken = bench["i__valid"].number, bench["o__ready"].number
        put = offered and len(held) < self.depth
        assert bench["i__ready"].number == (len(held) < self.depth), f"ready in cycle {cycle}"
        assert bench["held"].number == (len(held) > 0), f"held in cycle {cycle}"
        if self._tells_alone:
            assert bench["alone"].number == (len(held) == 1), f"alone in cycle {cycle}"
        assert bench["o__valid"].number == (len(held) > 0 or offered), f"valid in cycle {cycle}"
        if put:
            held.append(bench["i__payload"].number)
        if held:
            assert bench["o__payload"].number == held[0], f"payload in cycle {cycle}"
            if taken:
                held.popleft()

    def reset(self) -> None:
        """Hold nothing."""
        self._held.clear()


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, stall=PATTERNS)
async def passes_all_on_in_order(dut: HierarchyObject, idle: str, stall: str) -> None:
    """Whatever the pauses, what comes out is what went in."""
    queue = QueueChecker(dut, idle, stall)
    await queue.bench.start()
    queue.send(120)
    await queue.finish()


@cocotb.test()
async def empty_queue_takes_no_time(dut: HierarchyObject) -> None:
    """An item leaves in the cycle in which it comes, and nothing is held."""
    queue = QueueChecker(dut, "seldom")
    await queue.bench.start()
    queue.send(30)
    await queue.finish()
    assert queue.sink.cycles == queue.source.cycles


@cocotb.test()
async def one_a_cycle(dut: HierarchyObject) -> None:
    """Without pauses one a cycle goes in and out."""
    queue = QueueChecker(dut)
    await queue.bench.start()
    queue.send(30)
    await queue.finish()
    assert queue.source.cycles == queue.sink.cycles == list(range(30))


@cocotb.test()
async def one_a_cycle_while_items_are_held(dut: HierarchyObject) -> None:
    """A queue that was held up goes on at full speed; one of depth 1 passes the others on."""
    queue = QueueChecker(dut, stall="always")
    await queue.bench.start()
    queue.send(1)
    await queue.bench.step()
    queue.send(20)
    queue.sink.pause("never")
    await queue.finish()
    assert queue.sink.cycles == list(range(1, 22))


@cocotb.test()
async def full_queue_takes_nothing_while_it_gives(dut: HierarchyObject) -> None:
    """All entries are usable; the one given away is free in the next cycle."""
    queue = QueueChecker(dut, stall="always")
    bench, source, sink, depth = queue.bench, queue.source, queue.sink, queue.depth
    await bench.start()
    queue.send(4 * depth)
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
    queue = QueueChecker(dut, stall="always")
    await queue.bench.start()
    for _ in range(7):
        queue.send(queue.depth)
        queue.sink.pause("always")
        await queue.bench.until(lambda: queue.source.empty)
        queue.sink.pause("never")
        await queue.bench.step(queue.depth)
        assert not queue.bench["o__valid"].number
        queue.send(1)
        await queue.bench.step()
        assert queue.sink.items == queue.expected


@cocotb.test()
async def reset_empties(dut: HierarchyObject) -> None:
    """Items that a queue held before its reset are gone."""
    queue = QueueChecker(dut, stall="always")
    await queue.bench.start()
    queue.send(queue.depth)
    await queue.bench.step(queue.depth + 1)
    assert queue.bench["held"].number
    await queue.bench.start()
    assert not queue.bench["held"].number
    assert not queue.bench["o__valid"].number
