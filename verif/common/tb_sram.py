# amaranth: UnusedElaboratable=no
"""Bench of the SRAM; oracle: a NumPy array of words, one access a cycle."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.common.sram import Sram
from zskip.verif.common.case import current_case
from zskip.verif.common.ports import random_number
from zskip.verif.common.testbench import Testbench


class Memory:
    """The SRAM with the words that it must hold.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    """

    def __init__(self, dut: HierarchyObject) -> None:
        case = current_case()
        self.depth: int = case["depth"]
        self.bench = Testbench(dut, Sram(width=case["width"], depth=self.depth).signature)
        self.words = np.zeros(self.depth, dtype=object)

    def random_word(self) -> int:
        """Return a word with random bits."""
        return random_number(self.bench["w_data"].shape, self.bench.rng)

    async def access(self, address: int, *, en: int = 1, we: int = 0) -> None:
        """Let a cycle with an access pass, or without one where `en` is 0."""
        word = self.random_word()
        for name, value in (("en", en), ("we", we), ("address", address), ("w_data", word)):
            self.bench[name].set(value)
        await self.bench.step()
        if en and we:
            self.words[address] = word

    async def start(self) -> None:
        """Begin, and fill the memory."""
        await self.bench.start()
        for address in range(self.depth):
            await self.access(address, we=1)


@cocotb.test()
async def holds_every_word(dut: HierarchyObject) -> None:
    """Each word has a place of its own; a read shows in the next cycle."""
    memory = Memory(dut)
    await memory.start()
    for address in range(memory.depth):
        await memory.access(address)
        assert memory.bench["r_data"].number == memory.words[address], f"address {address}"


@cocotb.test()
async def random_accesses(dut: HierarchyObject) -> None:
    """Read data holds until the next read, over writes to the same word and idle cycles."""
    memory = Memory(dut)
    await memory.start()
    await memory.access(0)
    expected = memory.words[0]
    for _ in range(500):
        address = int(memory.bench.rng.integers(memory.depth))
        en, we = (int(memory.bench.rng.random() < p) for p in (0.75, 0.5))
        if en and not we:
            expected = memory.words[address]
        await memory.access(address, en=en, we=we)
        assert memory.bench["r_data"].number == expected


@cocotb.test()
async def write_keeps_the_read_data(dut: HierarchyObject) -> None:
    """A write, even to the word last read, changes nothing at the output."""
    memory = Memory(dut)
    await memory.start()
    for address in range(memory.depth):
        await memory.access(address)
        before = memory.words[address]
        await memory.access(address, we=1)
        assert memory.bench["r_data"].number == before
        await memory.access(address)
        assert memory.bench["r_data"].number == memory.words[address]
