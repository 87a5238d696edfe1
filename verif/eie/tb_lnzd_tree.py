"""Bench of the LNZD tree; oracle: the model's order of broadcasts."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject
from numpy.typing import NDArray

from zskip.hw.eie.lnzd_tree import LnzdTree
from zskip.model.common.fixed import ACTIVATION_BITS, limits
from zskip.model.eie.config import LARGEST_GROUP
from zskip.model.eie.lnzd import lnzd_levels
from zskip.verif.common.ports import Fields
from zskip.verif.common.streams import PATTERNS, StreamSink
from zskip.verif.common.testbench import Agent
from zskip.verif.eie.activation_agent import ActivationAgent
from zskip.verif.eie.branch_agent import BranchAgent
from zskip.verif.eie.broadcasts import GROUP_SIZES, active, broadcasts, offers
from zskip.verif.eie.unit import unit_bench, unit_config

ROWS = 6
"""Activations of each PE."""


class TreeChecker(Agent):
    """Checker of the tree with PEs that offer the non-zero activations of a vector.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses of the PEs and of the broadcast.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", stall: str = "never") -> None:
        self.config = unit_config()
        self.levels = len(lnzd_levels(self.config))
        bench = unit_bench(dut, LnzdTree)
        agent = BranchAgent if self.config.tells_rounds else ActivationAgent
        self.pes = [agent(bench, f"i__{pe}", idle) for pe in range(self.config.pe_count)]
        self.sink = StreamSink(bench, "o__stream", stall)
        self.expected: list[Fields] = []
        super().__init__(bench)

    @property
    def more(self) -> bool:
        """Whether the tree may still give an activation."""
        return bool(self.bench["o__more"].number)

    def sample(self, cycle: int) -> None:
        """Check that there may be more exactly while a PE says so or the tree holds something."""
        taken = sum(_active(pe.items, pe.cycles, cycle) for pe in self.pes)
        held = taken - _active(self.sink.items, self.sink.cycles, cycle)
        more = held > 0 or any(pe.more for pe in self.pes)
        assert self.more == more, f"more in cycle {cycle}"

    def feed(self, activations: NDArray[np.int64], linger: int = 0) -> None:
        """Begin a pass: each PE offers its part of a vector.

        Parameters
        ----------
        activations : ndarray of int64, shape (inputs,)
        linger : int
            Up to how many cycles each PE takes to find that it has no more.
        """
        for number, pe in enumerate(self.pes):
            words = offers(activations, number, self.config)
            wait = int(self.bench.rng.integers(linger, endpoint=True))
            if isinstance(pe, BranchAgent):
                pe.feed_rounds(words, wait)
            else:
                pe.feed((item for word in words for item in word), wait)
        group_bits = LARGEST_GROUP
        if self.config.in_groups:
            group_bits = int(self.bench.rng.choice(GROUP_SIZES))
            self.bench["group_bits"].set(group_bits)
        sent = broadcasts(activations, group_bits, self.config)
        self.expected += [each.fields for each in sent]

    def random_activations(self, density: float) -> NDArray[np.int64]:
        """Return a vector with a share of non-zeros, and some PEs that have none."""
        rng = self.bench.rng
        low, high = limits(ACTIVATION_BITS)
        count = len(self.pes)
        activations = rng.integers(low, high, size=(ROWS, count), endpoint=True)
        activations[rng.random(activations.shape) >= density] = 0
        if density < 1:
            activations[:, rng.random(count) < 0.3] = 0
        return activations.ravel()

    async def finish(self) -> None:
        """Wait for the end of the pass, and compare."""
        await self.bench.step()
        await self.bench.until(lambda: not self.more)
        await self.bench.step(self.levels + 3)
        assert not self.more
        assert self.sink.items == self.expected


def _active(items: list[Fields], cycles: list[int], cycle: int) -> int:
    """Return how many activations were given before a cycle, alone or together."""
    return sum(
        item["wanted"].bit_count() if "wanted" in item else active(item)
        for item, given in zip(items, cycles, strict=True)
        if given < cycle
    )


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, stall=PATTERNS)
async def order_of_broadcasts(dut: HierarchyObject, idle: str, stall: str) -> None:
    """Whatever the pauses, all of PE 0 comes first, then all of PE 1, and so on."""
    tree = TreeChecker(dut, idle, stall)
    await tree.bench.start()
    for density, linger in ((0.5, 4), (0.1, 9), (1.0, 0)):
        tree.feed(tree.random_activations(density), linger)
        await tree.finish()


@cocotb.test()
async def one_a_cycle(dut: HierarchyObject) -> None:
    """Without pauses one activation a cycle, a cycle later for each level."""
    tree = TreeChecker(dut)
    await tree.bench.start()
    tree.feed(tree.random_activations(1.0))
    await tree.finish()
    assert tree.sink.cycles == list(range(tree.levels, tree.levels + len(tree.expected)))


@cocotb.test()
async def a_single_activation(dut: HierarchyObject) -> None:
    """From every PE alone, negative ones too; a cycle for each level."""
    tree = TreeChecker(dut)
    await tree.bench.start()
    for pe in range(tree.config.pe_count):
        activations = np.zeros(tree.config.pe_count, dtype=np.int64)
        activations[pe] = -1
        tree.feed(activations)
        begin = tree.bench.cycle
        await tree.finish()
        assert tree.sink.items == tree.expected
        assert tree.sink.items[-1]["value"] == -1
        assert tree.sink.cycles[-1] == begin + tree.levels


@cocotb.test()
async def nothing_at_all(dut: HierarchyObject) -> None:
    """All-zero activations give nothing, however long it takes to find out."""
    tree = TreeChecker(dut)
    await tree.bench.start()
    for linger in (0, 1, 20):
        tree.feed(np.zeros(tree.config.pe_count, dtype=np.int64), linger)
        await tree.finish()
    assert not tree.sink.items


@cocotb.test()
async def the_first_pe_is_late(dut: HierarchyObject) -> None:
    """The others wait for a PE that may still have an activation, then go on without a gap."""
    tree = TreeChecker(dut)
    await tree.bench.start()
    activations = np.arange(1, 1 + ROWS * tree.config.pe_count)
    activations[:: tree.config.pe_count] = 0
    tree.feed(activations)
    if tree.config.in_groups:
        tree.pes[0].pause("always")
    else:
        tree.pes[0].feed([], linger=30)
    await tree.bench.step(30)
    assert not tree.sink.items
    tree.pes[0].pause("never")
    await tree.finish()
    first = 30 + tree.levels
    assert tree.sink.cycles == list(range(first, first + len(tree.expected)))


@cocotb.test()
async def back_pressure_reaches_the_pes(dut: HierarchyObject) -> None:
    """Every node takes two activations and offers one; all the others wait at their PEs."""
    tree = TreeChecker(dut, "never", "always")
    await tree.bench.start()
    tree.feed(tree.random_activations(1.0))
    await tree.bench.step(20)
    held = sum(len(pe.items) for pe in tree.pes)
    assert held == 2 * sum(width for width, _ in lnzd_levels(tree.config))
    assert tree.sink.offered
    tree.sink.pause("never")
    await tree.finish()
