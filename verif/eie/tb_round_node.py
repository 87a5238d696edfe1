"""Bench of a node of the LNZD tree in rounds; oracle: the child that the model's node picks."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.eie.interfaces import activation_layout
from zskip.hw.eie.round_node import RoundNode
from zskip.model.eie.lnzd import lnzd_node, node_fan_in
from zskip.verif.common.ports import Fields, random_values
from zskip.verif.common.streams import PATTERNS, StreamSink
from zskip.verif.common.testbench import Agent
from zskip.verif.eie.branch_agent import BranchAgent, TurnAgent
from zskip.verif.eie.unit import unit_bench, unit_config

CAPACITY = 2
"""Activations that a node holds while they are not taken."""

Rounds = list[list[int]]
"""For each round, how many activations each child has."""


class RoundNodeChecker(Agent):
    """Checker of the node between children and the node above it.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses of the children and of the node above.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", stall: str = "never") -> None:
        bench = unit_bench(dut, RoundNode)
        self.fan_in = fan_in = node_fan_in(unit_config())
        self.children = [BranchAgent(bench, f"i__{i}", idle) for i in range(fan_in)]
        self.sink = StreamSink(bench, "o__stream", stall)
        self.above = TurnAgent(bench, "o")
        self.expected: list[Fields] = []
        self.rounds: list[int] = []
        """Round of each activation that is expected."""
        self._held = 0
        super().__init__(bench)

    def reset(self) -> None:
        """Hold nothing."""
        self._held = 0

    @property
    def more(self) -> bool:
        """Whether the node may still give an activation."""
        return bool(self.bench["o__more"].number)

    def feed(self, rounds: Rounds, linger: int = 0) -> None:
        """Begin a pass with so many random activations; the model says which child comes first."""
        layout = activation_layout(unit_config())
        given: list[list[list[Fields]]] = [[] for _ in self.children]
        for number, counts in enumerate(rounds):
            for child, count in enumerate(counts):
                given[child].append(random_values(layout, self.bench.rng, count))
            left = [list(items[-1]) for items in given]
            while (child := lnzd_node(np.array([bool(items) for items in left]))) is not None:
                self.expected.append(left[child].pop(0))
                self.rounds.append(number)
        for child, items in zip(self.children, given, strict=True):
            child.feed_rounds(items, linger)

    def sample(self, cycle: int) -> None:
        """Compare what the node says of its rounds, and that it is never two ahead."""
        assert self.sink.offered == (self._held > 0), f"valid in cycle {cycle}"
        more = self._held > 0 or any(child.more for child in self.children)
        assert self.more == more, f"more in cycle {cycle}"
        taken = sum(child.cycles[-1:] == [cycle] for child in self.children)
        assert taken <= (self._held < CAPACITY), f"cycle {cycle}"
        if self.sink.offered:
            left = self.sink.cycles[-1:] == [cycle]
            number = self.rounds[len(self.sink.items) - left]
            assert self.bench["o__round"].number == number % 2, f"round in cycle {cycle}"
        self._held += taken - (self.sink.cycles[-1:] == [cycle])

    async def finish(self) -> None:
        """Wait for the end of the pass, and compare: in each round one child after the other."""
        await self.bench.step()
        await self.bench.until(lambda: not self.more)
        await self.bench.step(5)
        assert not self.more
        assert all(child.empty for child in self.children)
        assert self.sink.items == self.expected


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, stall=PATTERNS)
async def rounds_one_after_the_other(dut: HierarchyObject, idle: str, stall: str) -> None:
    """Whatever the pauses: all of a round, child after child, in front of the next one."""
    node = RoundNodeChecker(dut, idle, stall)
    await node.bench.start()
    rng = node.bench.rng
    for most in (1, 3, 5, 2):
        counts = rng.integers(0, most, (int(rng.integers(1, 9)), node.fan_in), endpoint=True)
        counts[:, rng.random(node.fan_in) < 0.3] = 0
        node.feed(counts.tolist(), int(rng.integers(4)))
        await node.finish()


@cocotb.test()
async def one_a_cycle_in_rounds(dut: HierarchyObject) -> None:
    """Without pauses there is none between children or rounds either; one cycle later."""
    node = RoundNodeChecker(dut)
    await node.bench.start()
    node.feed([[2] * node.fan_in] * 6)
    await node.finish()
    assert node.sink.cycles == list(range(1, 1 + 12 * node.fan_in))


@cocotb.test()
async def rounds_without_an_activation(dut: HierarchyObject) -> None:
    """Rounds in which no child has anything are passed over, at every place."""
    node = RoundNodeChecker(dut)
    nothing, something = [0] * node.fan_in, [0, 1, 0, 2] * (node.fan_in // 4)
    for rounds in (
        [nothing] * 5,
        [nothing, something, nothing, nothing, something],
        [something, nothing, something, nothing],
    ):
        await node.bench.start()
        node.feed(rounds)
        await node.finish()
        node.expected.clear()
        node.sink.clear()
        node.rounds.clear()


@cocotb.test()
async def waits_for_the_node_above(dut: HierarchyObject) -> None:
    """The node takes two activations at most, and none of a round two ahead."""
    node = RoundNodeChecker(dut, "never", "always")
    await node.bench.start()
    node.above.held = True
    node.feed([[0] * node.fan_in, [0] * node.fan_in, [1] * node.fan_in])
    await node.bench.step(20)
    assert not node.sink.offered
    assert not any(child.items for child in node.children)
    node.above.held = False
    await node.bench.step(20)
    assert sum(len(child.items) for child in node.children) == CAPACITY
    node.sink.pause("never")
    await node.finish()
