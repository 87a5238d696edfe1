"""Bench of vectors with banks of inputs; oracle: four arrays."""

from collections import deque

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.nm.vectors import Vectors
from zskip.model.common.fixed import ACTIVATION_BITS, IntArray, limits
from zskip.model.common.stream import LANES
from zskip.verif.common.testbench import Agent
from zskip.verif.nm.unit import packed, unit_bench, unit_config, unpacked

READ_LATENCY, SHOW_LATENCY = 2, 1


class BanksChecker(Agent):
    """Driver of all ports by chance, and checker of every cycle, with what all memories hold.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    """

    def __init__(self, dut: HierarchyObject) -> None:
        self.config = config = unit_config()
        self.lanes = min(LANES, config.pe_count)
        self.banks = np.zeros((2, config.vector_depth), dtype=np.int64)
        self.halves = np.zeros((2, config.vector_depth), dtype=np.int64)
        self.fresh = self.bank = self.half = self.sending = 0
        self.block = self.checked = 0
        self.share = 0.7
        self.written = False
        self.reads: deque[list[int] | None] = deque([None] * READ_LATENCY)
        self.shown: deque[list[int] | None] = deque([None] * SHOW_LATENCY)
        super().__init__(unit_bench(dut, Vectors))

    def random(self, count: int) -> IntArray:
        """Return random activations."""
        low, high = limits(self.config.activation_bits)
        return self.bench.rng.integers(low, high, count, endpoint=True)

    def drive(self) -> None:
        """Load the bank that is not read; read, write and show by chance."""
        bench, rng, config = self.bench, self.bench.rng, self.config
        do = dict(zip(("load", "read", "write", "show"), rng.random(4) < self.share, strict=True))
        word = int(rng.integers(config.vector_depth // LANES))
        loaded, block = self.random(LANES), self.random(config.pe_count)
        blocks = config.vector_depth // config.pe_count
        read = int(rng.integers(config.vector_depth // config.window))
        place = int(rng.integers(config.vector_depth // self.lanes))
        values = {
            "commands__fresh": self.fresh,
            "commands__half": self.half,
            "commands__inputs": config.vector_depth,
            "commands__read": do["read"],
            "commands__word": read,
            "commands__restart": do["write"] and self.block == blocks - 1,
            "bank": self.bank,
            "w_bank": 1 - self.bank,
            "sending": self.sending,
            "w_source__en": do["load"],
            "w_source__address": word,
            "w_source__data": packed(loaded, ACTIVATION_BITS),
            "w_outputs": do["write"],
            "outputs": packed(block, config.activation_bits),
            # Outputs of this layer are shown behind it, those of the run before at any time.
            "show": do["show"] and (self.sending or not do["write"]),
            "place": place,
        }
        for name, value in values.items():
            bench[name].set_bits(int(value))
        inputs = self.banks[self.bank] if self.fresh else self.halves[self.half]
        taken = inputs[read * config.window :][: config.window].tolist()
        self.reads.append(taken if do["read"] else None)
        outputs = self.halves[self.half if self.sending else 1 - self.half]
        shown = outputs[place * self.lanes :][: self.lanes].tolist()
        self.shown.append(shown if values["show"] else None)
        if do["load"]:
            self.banks[1 - self.bank, LANES * word :][:LANES] = loaded
        if do["write"]:
            self.halves[1 - self.half, self.block * config.pe_count :][: config.pe_count] = block
            self.block = (self.block + 1) % blocks

    def sample(self, cycle: int) -> None:
        """Compare what was read and what was shown."""
        config = self.config
        for wanted, name, bits, count in (
            (self.reads.popleft(), "x", config.activation_bits, config.window),
            (self.shown.popleft(), "shown", ACTIVATION_BITS, self.lanes),
        ):
            if wanted is not None and self.written:
                assert unpacked(self.bench[name].bits, bits, count) == wanted, (name, cycle)
                self.checked += 1

    async def change(self) -> None:
        """Begin another layer, or another run beside the outputs of the one before."""
        self.share = 0
        await self.bench.step(READ_LATENCY)
        self.share = 0.7
        self.fresh, self.half, self.bank = self.bench.rng.integers(2, size=3).tolist()
        self.sending = int(self.fresh and self.bench.rng.random() < 0.5)


@cocotb.test()
async def every_access_at_once(dut: HierarchyObject) -> None:
    """A bank is loaded while the other is read; outputs are written and others shown beside."""
    checker = BanksChecker(dut)
    await checker.bench.start()
    config = checker.config
    blocks = config.vector_depth // config.pe_count
    # Everything is written before it counts.
    for memory in (0, 1):
        checker.fresh, checker.half, checker.bank = 1, memory, memory
        await checker.bench.step(40 * max(blocks, config.vector_depth // LANES))
    checker.written = True
    for _ in range(60):
        await checker.change()
        await checker.bench.step(int(checker.bench.rng.integers(5, 60)))
    assert checker.checked > 500
