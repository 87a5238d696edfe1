"""Bench of a node of the LNZD tree; oracle: the child that the model's node picks."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.eie.interfaces import activation_layout
from zskip.hw.eie.lnzd_node import LnzdNode
from zskip.model.eie.lnzd import FAN_IN, lnzd_node
from zskip.verif.common.ports import Fields, random_values
from zskip.verif.common.streams import PATTERNS, StreamSink, StreamSource
from zskip.verif.eie.unit import unit_bench, unit_config


class Node:
    """The node between children and the node above it.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses of the children and of the node above.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", stall: str = "never") -> None:
        self.bench = unit_bench(dut, LnzdNode)
        self.children = [StreamSource(self.bench, f"i__{i}", idle) for i in range(FAN_IN)]
        self.sink = StreamSink(self.bench, "o", stall)
        self.expected: list[Fields] = []
        self._full = False
        self.bench.add(self)

    def send(self, child: int, count: int) -> list[Fields]:
        """Give a child random activations."""
        layout = activation_layout(unit_config())
        items = random_values(layout, self.bench.rng, count)
        self.children[child].send(items)
        return items

    def drive(self) -> None:
        """Drive nothing."""

    def sample(self, cycle: int) -> None:
        """Compare which child is taken: the model's, when the node can take one at all."""
        valid = np.array([child.offered for child in self.children])
        can_take = not self._full or self.bench["o__ready"].number
        assert self.sink.offered == self._full, f"valid in cycle {cycle}"
        picked = lnzd_node(valid) if can_take else None
        taken = [i for i, child in enumerate(self.children) if child.cycles[-1:] == [cycle]]
        assert taken == ([] if picked is None else [picked]), f"cycle {cycle}"
        for child in taken:
            self.expected.append(self.children[child].items[-1])
        self._full = bool(taken) or not can_take

    async def finish(self) -> None:
        """Wait until all is through, and compare."""
        await self.bench.until(lambda: all(child.empty for child in self.children))
        await self.bench.until(lambda: len(self.sink.items) == len(self.expected))
        await self.bench.step(3)
        assert self.sink.items == self.expected


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, stall=PATTERNS)
async def takes_the_first_child(dut: HierarchyObject, idle: str, stall: str) -> None:
    """In every cycle the node takes what the model's takes, and nothing is lost."""
    node = Node(dut, idle, stall)
    await node.bench.start()
    for child in range(FAN_IN):
        node.send(child, 40)
    await node.finish()


@cocotb.test()
async def one_a_cycle_in_order_of_the_children(dut: HierarchyObject) -> None:
    """All of the first child, then all of the second one; one cycle later."""
    node = Node(dut)
    await node.bench.start()
    items = [item for child in range(FAN_IN) for item in node.send(child, 5)]
    await node.finish()
    assert node.sink.items == items
    assert node.sink.cycles == list(range(1, 1 + len(items)))


@cocotb.test()
async def children_that_do_not_exist(dut: HierarchyObject) -> None:
    """A node with one child passes it on, whichever it is."""
    node = Node(dut, "seldom", "seldom")
    await node.bench.start()
    for child in range(FAN_IN):
        items = node.send(child, 20)
        await node.finish()
        assert node.sink.items[-20:] == items


@cocotb.test()
async def offers_before_it_is_asked(dut: HierarchyObject) -> None:
    """The node takes one activation and offers it; the others wait."""
    node = Node(dut, "never", "always")
    await node.bench.start()
    items = [node.send(child, 2)[0] for child in range(FAN_IN)]
    await node.bench.step(5)
    assert node.sink.offered
    assert node.expected == items[:1]
