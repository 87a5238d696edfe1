# amaranth: UnusedElaboratable=no
"""Bench of the SRAM; oracle: a NumPy array of words, one access a cycle."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.common.sram import Sram
from zskip.verif.common.ports import random_number
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Testbench


class Memory:
    """The SRAM with the words that it must hold.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    """

    def __init__(self, dut: HierarchyObject) -> None:
        stimulus = current_stimulus()
        self.depth: int = stimulus["depth"]
        self.lanes: int = stimulus["lanes"]
        self.lane_bits: int = stimulus["width"] // self.lanes
        self.parity: int = stimulus["parity"]
        sram = Sram(**stimulus)
        self.bench = Testbench(dut, sram.signature)
        self.all = (1 << self.lanes) - 1
        self.words = np.zeros(self.depth, dtype=object)

    @property
    def shown(self) -> int:
        """The word that is read, as it must be stored: above each part its parity."""
        r_data = self.bench["r_data"].number
        if not self.parity:
            return r_data
        word = 0
        for lane in range(self.lanes):
            part = r_data >> lane * (self.lane_bits + 1) & ((2 << self.lane_bits) - 1)
            assert part.bit_count() % 2 == 0
            word |= (part & ((1 << self.lane_bits) - 1)) << lane * self.lane_bits
        return word

    def random_word(self) -> int:
        """Return a word with random bits."""
        return random_number(self.bench["w_data"].shape, self.bench.rng)

    async def access(self, address: int, *, en: int = 1, we: int = 0) -> None:
        """Let a cycle with an access pass, or without one where `en` is 0.

        A lane whose bit in `we` is set is written; the access is a read where none is.
        """
        word = self.random_word()
        for name, value in (("en", en), ("we", we), ("address", address), ("w_data", word)):
            self.bench[name].set(value)
        await self.bench.step()
        if en:
            mask = sum(
                ((1 << self.lane_bits) - 1) << (lane * self.lane_bits)
                for lane in range(self.lanes)
                if we >> lane & 1
            )
            self.words[address] = (self.words[address] & ~mask) | (word & mask)

    async def start(self) -> None:
        """Begin, and fill the memory."""
        await self.bench.start()
        for address in range(self.depth):
            await self.access(address, we=self.all)


@cocotb.test()
async def holds_every_word(dut: HierarchyObject) -> None:
    """Each word has a place of its own; a read shows in the next cycle."""
    memory = Memory(dut)
    await memory.start()
    for address in range(memory.depth):
        await memory.access(address)
        assert memory.shown == memory.words[address], f"address {address}"


@cocotb.test()
async def random_accesses(dut: HierarchyObject) -> None:
    """Read data holds until the next read, over writes to the same word and idle cycles."""
    memory = Memory(dut)
    await memory.start()
    await memory.access(0)
    expected = memory.words[0]
    rng = memory.bench.rng
    for _ in range(500):
        address = int(rng.integers(memory.depth))
        en = int(rng.random() < 0.75)
        we = int(rng.integers(memory.all, endpoint=True)) if rng.random() < 0.5 else 0
        if en and not we:
            expected = memory.words[address]
        await memory.access(address, en=en, we=we)
        assert memory.shown == expected


@cocotb.test()
async def write_keeps_the_read_data(dut: HierarchyObject) -> None:
    """A write, even to the word last read, changes nothing at the output."""
    memory = Memory(dut)
    await memory.start()
    for address in range(memory.depth):
        await memory.access(address)
        before = memory.words[address]
        await memory.access(address, we=memory.all)
        assert memory.shown == before
        await memory.access(address)
        assert memory.shown == memory.words[address]


@cocotb.test()
async def every_set_of_lanes(dut: HierarchyObject) -> None:
    """A write changes the lanes that it names and keeps the others, and is no read."""
    memory = Memory(dut)
    await memory.start()
    for we in range(1, memory.all + 1):
        address = int(memory.bench.rng.integers(memory.depth))
        await memory.access(address)
        before = memory.words[address]
        await memory.access(address, we=we)
        assert memory.shown == before, f"lanes {we:b}"
        await memory.access(address)
        assert memory.shown == memory.words[address], f"lanes {we:b}"


@cocotb.test()
async def nothing_happens_without_en(dut: HierarchyObject) -> None:
    """Address, data and lanes mean nothing where `en` is 0."""
    memory = Memory(dut)
    await memory.start()
    for address in range(memory.depth):
        await memory.access(address, en=0, we=memory.all)
        await memory.access(address)
        assert memory.shown == memory.words[address], f"address {address}"
