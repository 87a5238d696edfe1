# amaranth: UnusedElaboratable=no
"""Bench of the sliced memory; oracle: a list of words."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.common.sliced_memory import SlicedMemory
from zskip.model.common.stream import STREAM_BITS
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Testbench
from zskip.verif.common.unit import write


class WordsChecker:
    """Driver and checker of the memory, with the words that it holds.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    """

    def __init__(self, dut: HierarchyObject) -> None:
        memory = SlicedMemory(**current_stimulus())
        self.bench = Testbench(dut, memory.signature)
        self.depth = memory.depth
        self.widths = memory.slice_widths
        self.slices = 1 << (len(self.widths) - 1).bit_length()
        self.halves = range(1 + memory.streamed)
        self.half = 0

    async def start(self) -> None:
        """Begin with random words; what a slice has no bit for is written too."""
        await self.bench.start()
        self.held = [[0] * self.depth for _ in self.halves]
        for half in self.halves:
            self.half = half
            for address in range(self.depth):
                for place in range(self.slices):
                    await self.write(address, place)
        self.half = 0

    @property
    def words(self) -> list[int]:
        """The words of the half that is read."""
        return self.held[self.half]

    async def write(self, address: int, place: int) -> None:
        """Write a random slice of the half; one that is not there changes nothing."""
        if len(self.halves) > 1:
            self.bench["halves__write"].set(self.half)
        data = int.from_bytes(self.bench.rng.bytes(STREAM_BITS // 8), "little")
        await write(self.bench, "w_port", [data], address * self.slices + place)
        if place < len(self.widths):
            mask, start = (1 << self.widths[place]) - 1, sum(self.widths[:place])
            self.words[address] &= ~(mask << start)
            self.words[address] |= (data & mask) << start

    async def read(self, address: int) -> None:
        """Read a word of the half; it shows one cycle later, and holds."""
        if len(self.halves) > 1:
            self.bench["halves__read"].set(self.half)
        self.bench["read"].set(1)
        self.bench["address"].set(address)
        await self.bench.step()
        self.bench["read"].set(0)
        assert self.bench["word"].bits == self.words[address], f"address {address}"


@cocotb.test()
async def every_word(dut: HierarchyObject) -> None:
    """All words in their order, one a cycle, then some in any order with pauses."""
    memory = WordsChecker(dut)
    await memory.start()
    for address in range(memory.depth):
        await memory.read(address)
    rng = memory.bench.rng
    for address in rng.integers(memory.depth, size=100).tolist():
        await memory.read(address)
        memory.bench["address"].set(int(rng.integers(memory.depth)))
        await memory.bench.step(int(rng.integers(3)))
        assert memory.bench["word"].bits == memory.words[address]


@cocotb.test()
async def one_slice_again(dut: HierarchyObject) -> None:
    """A slice that is written again changes no other one."""
    memory = WordsChecker(dut)
    await memory.start()
    rng = memory.bench.rng
    for turn in range(50):
        memory.half = turn % len(memory.halves)
        address, place = (int(rng.integers(size)) for size in (memory.depth, memory.slices))
        await memory.write(address, place)
        await memory.read(address)
