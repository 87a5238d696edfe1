"""Bench of the LNZD tree; oracle: the model's order of broadcasts."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject
from numpy.typing import NDArray

from zskip.hw.eie.lnzd_tree import LnzdTree
from zskip.model.common.fixed import ACTIVATION_BITS, limits
from zskip.model.eie.lnzd import broadcast_order, tree_levels
from zskip.verif.common.ports import Fields
from zskip.verif.common.streams import PATTERNS, StreamSink, StreamSource
from zskip.verif.common.testbench import Testbench
from zskip.verif.eie.unit import unit_bench, unit_config


class Tree:
    """The tree with PEs that offer the non-zero activations of a vector.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses of the PEs and of the broadcast.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", stall: str = "never") -> None:
        self.config = unit_config()
        self.levels = len(tree_levels(self.config))
        self.bench: Testbench = unit_bench(dut, LnzdTree)
        self.pes = [
            StreamSource(self.bench, f"i__{pe}", idle) for pe in range(self.config.pe_count)
        ]
        self.sink = StreamSink(self.bench, "o", stall)
        self.bench.add(self)

    def drive(self) -> None:
        """Drive nothing."""

    def sample(self, cycle: int) -> None:
        """Check that the tree is busy exactly while it holds something."""
        taken = sum(len(pe.items) - (pe.cycles[-1:] == [cycle]) for pe in self.pes)
        held = taken - len(self.sink.items) + (self.sink.cycles[-1:] == [cycle])
        if self.levels:
            assert self.bench["busy"].number == (held > 0), f"cycle {cycle}"
        else:
            assert not self.bench["busy"].number

    def send(self, activations: NDArray[np.int64]) -> list[Fields]:
        """Let each PE offer its part of a vector; return the broadcasts in the model's order."""
        by_index = [
            {"value": value, "index": index} for index, value in enumerate(activations.tolist())
        ]
        for number, pe in enumerate(self.pes):
            pe.send(item for item in by_index[number :: len(self.pes)] if item["value"])
        order = broadcast_order(activations != 0, self.config)
        return [by_index[index] for index in order.tolist()]

    def random_activations(self, density: float) -> NDArray[np.int64]:
        """Return a short input vector."""
        size = max(64, self.config.pe_count)
        low, high = limits(ACTIVATION_BITS)
        activations = self.bench.rng.integers(low, high, size=size, endpoint=True)
        activations[self.bench.rng.random(size) >= density] = 0
        return activations

    async def finish(self, count: int) -> None:
        """Wait until so many activations are through, and that no more come."""
        await self.bench.until(lambda: len(self.sink.items) == count)
        await self.bench.step(self.levels + 3)
        assert len(self.sink.items) == count


def _of_pe(items: list[Fields], pe: int, pe_count: int) -> list[Fields]:
    return [item for item in items if item["index"] % pe_count == pe]


@cocotb.test()
@cocotb.parametrize(stall=PATTERNS, density=(0.05, 0.5, 1.0))
async def order_of_broadcasts(dut: HierarchyObject, stall: str, density: float) -> None:
    """PEs that always offer their next activation give the model's order."""
    tree = Tree(dut, "never", stall)
    await tree.bench.start()
    expected = tree.send(tree.random_activations(density))
    await tree.finish(len(expected))
    assert tree.sink.items == expected


@cocotb.test()
@cocotb.parametrize(idle=("seldom", "mostly", "bursts"), stall=("never", "bursts"))
async def nothing_is_lost(dut: HierarchyObject, idle: str, stall: str) -> None:
    """Whatever the pauses, each PE's activations all arrive, in its order."""
    tree = Tree(dut, idle, stall)
    await tree.bench.start()
    expected = tree.send(tree.random_activations(0.7))
    await tree.finish(len(expected))
    pe_count = tree.config.pe_count
    for pe in range(pe_count):
        assert _of_pe(tree.sink.items, pe, pe_count) == _of_pe(expected, pe, pe_count)


@cocotb.test()
async def one_a_cycle(dut: HierarchyObject) -> None:
    """Without pauses one activation a cycle, a cycle later for each level."""
    tree = Tree(dut)
    await tree.bench.start()
    expected = tree.send(tree.random_activations(1.0))
    await tree.finish(len(expected))
    assert tree.sink.cycles == list(range(tree.levels, tree.levels + len(expected)))


@cocotb.test()
async def a_single_activation(dut: HierarchyObject) -> None:
    """From every PE alone, negative ones too; all-zero activations give nothing."""
    tree = Tree(dut, "never", "seldom")
    await tree.bench.start()
    count = 0
    for pe in range(tree.config.pe_count):
        activations = np.zeros(tree.config.pe_count, dtype=np.int64)
        assert tree.send(activations) == []
        activations[pe] = -1
        count += len(tree.send(activations))
        await tree.finish(count)
        assert tree.sink.items[-1] == {"value": -1, "index": pe}
