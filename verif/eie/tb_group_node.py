"""Bench of a node that joins words to broadcasts; oracle: the model's broadcasts."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject
from numpy.typing import NDArray

from zskip.hw.eie.group_node import GroupNode
from zskip.model.common.fixed import ACTIVATION_BITS, limits
from zskip.model.common.stream import LANES
from zskip.model.eie.config import LARGEST_GROUP
from zskip.model.eie.lnzd import FAN_IN
from zskip.verif.common.ports import Fields
from zskip.verif.common.streams import PATTERNS, StreamSink
from zskip.verif.common.testbench import Agent
from zskip.verif.eie.activation_agent import ActivationAgent
from zskip.verif.eie.branch_agent import TurnAgent
from zskip.verif.eie.broadcasts import GROUP_SIZES, broadcasts, offers
from zskip.verif.eie.unit import unit_bench, unit_config

CAPACITY = 2
"""Broadcasts that the node holds while they are not taken."""

Counts = list[list[int]]
"""For each round, how many activations the word of each PE has."""


class GroupNodeChecker(Agent):
    """Checker of the node between PEs, as many as the array has, and the node above it.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses of the PEs and of the node above.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", stall: str = "never") -> None:
        self.config = unit_config()
        bench = unit_bench(dut, GroupNode)
        count = min(FAN_IN, self.config.pe_count)
        self.pes = [ActivationAgent(bench, f"i__{pe}", idle) for pe in range(count)]
        self.sink = StreamSink(bench, "o__stream", stall)
        self.above = TurnAgent(bench, "o")
        self.expected: list[Fields] = []
        super().__init__(bench)

    @property
    def more(self) -> bool:
        """Whether the node may still give a broadcast."""
        return bool(self.bench["o__more"].number)

    def vector(self, counts: Counts) -> NDArray[np.int64]:
        """Return activations of both signs, so many of each word, in any of its lanes."""
        rng = self.bench.rng
        low, high = limits(ACTIVATION_BITS)
        given = np.zeros((len(counts), LANES, self.config.pe_count), dtype=np.int64)
        for number, of_round in enumerate(counts):
            for pe, count in enumerate(of_round):
                lanes = rng.choice(LANES, count, replace=False)
                given[number, lanes, pe] = rng.choice([low, -1, 1, 256, high], count)
        return given.reshape(-1)

    def feed(self, vector: NDArray[np.int64], group_bits: int, linger: int = 0) -> None:
        """Begin a pass of an input vector; other PEs than those of the node have nothing."""
        self.bench["group_bits"].set(group_bits)
        for number, pe in enumerate(self.pes):
            wait = int(self.bench.rng.integers(linger, endpoint=True))
            pe.feed((item for word in offers(vector, number, self.config) for item in word), wait)
        self.expected += [each.fields for each in broadcasts(vector, group_bits, self.config)]

    def random_counts(self, rounds: int, most: int) -> Counts:
        """Return how many activations words have, some of which have none."""
        rng = self.bench.rng
        counts = rng.integers(0, most, (rounds, len(self.pes)), endpoint=True)
        counts[rng.random(counts.shape) < 0.3] = 0
        return counts.tolist()

    async def finish(self) -> None:
        """Wait for the end of the pass, and compare."""
        await self.bench.step()
        await self.bench.until(lambda: not self.more)
        await self.bench.step(5)
        assert not self.more
        assert all(pe.empty for pe in self.pes)
        assert self.sink.items == self.expected


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, stall=PATTERNS, group_bits=tuple(GROUP_SIZES))
async def joins_words(dut: HierarchyObject, idle: str, stall: str, group_bits: int) -> None:
    """Whatever the pauses, what goes together is the same, in groups of every size."""
    node = GroupNodeChecker(dut, idle, stall)
    await node.bench.start()
    for most, linger in ((1, 0), (2, 3), (LANES, 0), (3, 5)):
        rounds = int(node.bench.rng.integers(1, 9))
        node.feed(node.vector(node.random_counts(rounds, most)), group_bits, linger)
        await node.finish()


@cocotb.test()
async def every_number_of_activations(dut: HierarchyObject) -> None:
    """Words of every length side by side, a round each; the first that is too long waits."""
    node = GroupNodeChecker(dut)
    await node.bench.start()
    counts = np.indices((LANES + 1,) * len(node.pes)).reshape(len(node.pes), -1).T
    longest = node.config.activation_depth // LANES
    for group_bits in GROUP_SIZES:
        for first in range(0, len(counts), longest):
            node.feed(node.vector(counts[first : first + longest].tolist()), group_bits)
            await node.finish()


@cocotb.test()
async def one_broadcast_a_cycle(dut: HierarchyObject) -> None:
    """Full words, of several PEs, leave without a pause, a cycle later."""
    node = GroupNodeChecker(dut)
    if len(node.pes) == 1:
        return
    await node.bench.start()
    node.feed(node.vector([[LANES] * len(node.pes)] * 4), LARGEST_GROUP)
    await node.finish()
    assert node.sink.cycles == list(range(1, 1 + 4 * len(node.pes)))


@cocotb.test()
async def one_activation_of_each(dut: HierarchyObject) -> None:
    """Those of all PEs go together where groups are as large as that, a cycle later."""
    node = GroupNodeChecker(dut)
    for group_bits in GROUP_SIZES:
        await node.bench.start()
        node.expected.clear()
        node.sink.clear()
        node.feed(node.vector([[1] * len(node.pes)]), group_bits)
        begin = node.bench.cycle + 1
        await node.finish()
        sets = -(-len(node.pes) * LANES >> group_bits)
        assert node.sink.cycles == list(range(begin, begin + sets))


@cocotb.test()
async def waits_for_a_late_pe(dut: HierarchyObject) -> None:
    """While the last PE may have a word of the round nothing of the others is taken."""
    node = GroupNodeChecker(dut)
    if len(node.pes) == 1:
        return
    await node.bench.start()
    node.feed(node.vector([[1] * len(node.pes)]), LARGEST_GROUP)
    node.pes[-1].pause("always")
    await node.bench.step(20)
    assert not any(pe.items for pe in node.pes)
    node.pes[-1].pause("never")
    await node.finish()
    assert len(node.sink.items) == 1


@cocotb.test()
async def words_without_any(dut: HierarchyObject) -> None:
    """Those of a round are taken together, beside others or alone, from every PE."""
    node = GroupNodeChecker(dut)
    await node.bench.start()
    nothing = [0] * len(node.pes)
    for pe in range(len(node.pes)):
        alone = [*nothing[:pe], 1, *nothing[pe + 1 :]]
        for rounds in ([nothing] * 4, [alone, nothing, nothing, alone], [nothing, alone, nothing]):
            node.feed(node.vector(rounds), LARGEST_GROUP)
            await node.finish()


@cocotb.test()
async def waits_for_the_node_above(dut: HierarchyObject) -> None:
    """The node takes two broadcasts at most, and no word of a round two ahead."""
    node = GroupNodeChecker(dut, "never", "always")
    await node.bench.start()
    node.above.held = True
    nothing = [0] * len(node.pes)
    node.feed(node.vector([nothing, nothing, *[[LANES] * len(node.pes)] * 3]), LARGEST_GROUP)
    await node.bench.step(20)
    assert not node.sink.offered
    assert [len(pe.items) for pe in node.pes] == [2] * len(node.pes)
    node.above.held = False
    await node.bench.step(20)
    assert sum(len(pe.items) - 2 for pe in node.pes) == CAPACITY
    node.sink.pause("never")
    await node.finish()
