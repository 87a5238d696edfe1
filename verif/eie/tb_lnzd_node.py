"""Bench of a node of the LNZD tree; oracle: the child that the model's node picks."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.eie.interfaces import activation_layout
from zskip.hw.eie.lnzd_node import LnzdNode
from zskip.model.eie.lnzd import FAN_IN, lnzd_node
from zskip.verif.common.ports import Fields, random_values
from zskip.verif.common.streams import PATTERNS, StreamSink
from zskip.verif.common.testbench import Agent
from zskip.verif.eie.activation_agent import ActivationAgent
from zskip.verif.eie.unit import unit_bench, unit_config

CAPACITY = 2
"""Activations that a node holds while they are not taken."""


class NodeChecker(Agent):
    """Checker of the node between children and the node above it.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses of the children and of the node above.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", stall: str = "never") -> None:
        bench = unit_bench(dut, LnzdNode)
        self.children = [ActivationAgent(bench, f"i__{i}", idle) for i in range(FAN_IN)]
        self.sink = StreamSink(bench, "o__stream", stall)
        self.expected: list[Fields] = []
        self.waited: list[int] = []
        self._held = 0
        super().__init__(bench)

    def reset(self) -> None:
        """Hold nothing."""
        self._held = 0

    @property
    def more(self) -> bool:
        """Whether the node may still give an activation."""
        return bool(self.bench["o__more"].number)

    def feed(self, child: int, count: int, linger: int = 0) -> list[Fields]:
        """Give a child random activations for a pass; they come behind those of earlier ones."""
        layout = activation_layout(unit_config())
        items = random_values(layout, self.bench.rng, count)
        self.children[child].feed(items, linger)
        self.expected += items
        return items

    def sample(self, cycle: int) -> None:
        """Compare which child is taken: the model's, if it offers and the node can take."""
        more = np.array([child.more for child in self.children])
        can_take = self._held < CAPACITY
        assert self.sink.offered == (self._held > 0), f"valid in cycle {cycle}"
        assert self.more == (self._held > 0 or more.any()), f"more in cycle {cycle}"
        turn = lnzd_node(more)
        taken = [i for i, child in enumerate(self.children) if child.cycles[-1:] == [cycle]]
        if can_take and turn is not None and self.children[turn].offered:
            assert taken == [turn], f"cycle {cycle}"
        else:
            assert not taken, f"cycle {cycle}"
        if can_take and not taken:
            offers = any(child.offered for child in self.children)
            self.waited += [cycle] if offers else []
        self._held += len(taken) - (self.sink.cycles[-1:] == [cycle])

    async def finish(self) -> None:
        """Wait for the end of the pass, and compare: one child after the other."""
        await self.bench.step()
        await self.bench.until(lambda: not self.more)
        await self.bench.step(5)
        assert not self.more
        assert all(child.empty for child in self.children)
        assert self.sink.items == self.expected


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, stall=PATTERNS)
async def one_child_after_the_other(dut: HierarchyObject, idle: str, stall: str) -> None:
    """Whatever the pauses: all of the first child that may have more, then of the next one."""
    node = NodeChecker(dut, idle, stall)
    await node.bench.start()
    for _ in range(4):
        for child in range(FAN_IN):
            count, linger = node.bench.rng.integers((15, 6)).tolist()
            node.feed(child, count * int(node.bench.rng.integers(2)), linger)
        await node.finish()


@cocotb.test()
async def one_a_cycle_in_order_of_the_children(dut: HierarchyObject) -> None:
    """Without pauses there is none between children either; one cycle later."""
    node = NodeChecker(dut)
    await node.bench.start()
    for child in range(FAN_IN):
        node.feed(child, 5)
    await node.finish()
    assert node.sink.cycles == list(range(1, 1 + 5 * FAN_IN))


@cocotb.test()
async def waits_for_a_child_that_may_have_more(dut: HierarchyObject) -> None:
    """A later child waits exactly until all in front of it have no more."""
    node = NodeChecker(dut)
    for child in range(1, FAN_IN):
        await node.bench.start()
        begin = node.bench.cycle
        node.waited.clear()
        node.feed(child - 1, 0, linger=11)
        node.feed(child, 1)
        await node.finish()
        assert node.waited == list(range(begin, begin + 11))
        assert node.sink.cycles[-1] == begin + 12


@cocotb.test()
async def children_that_do_not_exist(dut: HierarchyObject) -> None:
    """A node with one child passes it on, whichever it is, without waiting."""
    node = NodeChecker(dut, "seldom", "seldom")
    await node.bench.start()
    for child in range(FAN_IN):
        node.feed(child, 20)
        await node.finish()
    assert not node.waited


@cocotb.test()
async def nothing_at_all(dut: HierarchyObject) -> None:
    """Without an activation nothing comes, and `more` follows the children."""
    node = NodeChecker(dut)
    await node.bench.start()
    await node.bench.step(3)
    assert not node.more
    for child in range(FAN_IN):
        node.feed(child, 0, linger=3 + child)
    await node.bench.step()
    assert node.more
    await node.finish()


@cocotb.test()
async def offers_before_it_is_asked(dut: HierarchyObject) -> None:
    """The node takes two activations and offers the first; the others wait."""
    node = NodeChecker(dut, "never", "always")
    await node.bench.start()
    for child in range(FAN_IN):
        node.feed(child, CAPACITY + 1)
    await node.bench.step(5)
    assert node.sink.offered
    assert [len(child.items) for child in node.children] == [CAPACITY] + [0] * (FAN_IN - 1)
    node.sink.pause("never")
    await node.finish()
