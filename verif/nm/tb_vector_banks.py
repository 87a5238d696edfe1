"""Bench of vectors with banks of inputs; oracle: four arrays."""

from collections import deque

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.nm.vectors import Vectors
from zskip.model.common.fixed import IntArray, limits
from zskip.model.common.stream import LANES
from zskip.verif.common.banks_checker import BanksChecker, side_by_side
from zskip.verif.nm.unit import unit_bench, unit_config

READ_LATENCY = 2


class WordsChecker(BanksChecker):
    """Checker that reads words of activations.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    """

    def __init__(self, dut: HierarchyObject) -> None:
        self.config = config = unit_config()
        self.reads: deque[int | None] = deque([None] * READ_LATENCY)
        super().__init__(
            unit_bench(dut, Vectors),
            depth=config.vector_depth,
            block=config.pe_count,
            lanes=min(LANES, config.pe_count),
        )

    def random(self, count: int) -> IntArray:
        """Return random activations."""
        low, high = limits(self.config.activation_bits)
        return self.bench.rng.integers(low, high, count, endpoint=True)

    def outputs(self) -> tuple[IntArray, int]:
        """Return an output of each row."""
        block = self.random(self.config.pe_count)
        return block, side_by_side(block, self.config.activation_bits)

    def read(self, inputs: IntArray, *, wanted: bool) -> dict[str, int]:
        """Return what reads a word of activations."""
        window = self.config.window
        word = int(self.bench.rng.integers(self.config.vector_depth // window))
        taken = side_by_side(inputs[word * window :][:window], self.config.activation_bits)
        self.reads.append(taken if wanted else None)
        return {"commands__read": int(wanted), "commands__word": word}

    def sample(self, cycle: int) -> None:
        """Compare what was read, too."""
        super().sample(cycle)
        self.compare("x", self.reads.popleft(), cycle)


@cocotb.test()
async def every_access_at_once(dut: HierarchyObject) -> None:
    """A bank is loaded while the other is read; outputs are written and others shown beside."""
    await WordsChecker(dut).every_access_at_once()
