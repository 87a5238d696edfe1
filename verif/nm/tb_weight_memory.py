"""Bench of the weight memory; oracle: a list of words."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.nm.weight_memory import WeightMemory
from zskip.model.common.stream import STREAM_BITS
from zskip.verif.common.unit import write
from zskip.verif.nm.unit import unit_bench, unit_config


class WordsChecker:
    """Driver and checker of the weight memory, with the words that it holds.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    """

    def __init__(self, dut: HierarchyObject) -> None:
        self.config = unit_config()
        self.bench = unit_bench(dut, WeightMemory)

    async def start(self) -> None:
        """Begin with random words; what a slice has no bit for is written too."""
        config, rng = self.config, self.bench.rng
        await self.bench.start()
        slices = [
            [int.from_bytes(rng.bytes(STREAM_BITS // 8), "little") for _ in range(config.slices)]
            for _ in range(config.weight_depth)
        ]
        self.words = [
            sum(part << (place * STREAM_BITS) for place, part in enumerate(parts))
            & ((1 << config.word_bits) - 1)
            for parts in slices
        ]
        await write(self.bench, "w_port", (part for parts in slices for part in parts))

    async def read(self, address: int) -> None:
        """Read a word; it shows one cycle later, and holds."""
        self.bench["read"].set(1)
        self.bench["address"].set(address)
        await self.bench.step()
        self.bench["read"].set(0)
        assert self.bench["word"].number == self.words[address], f"address {address}"


@cocotb.test()
async def every_word(dut: HierarchyObject) -> None:
    """All words in their order, one a cycle, then some in any order with pauses."""
    memory = WordsChecker(dut)
    await memory.start()
    for address in range(memory.config.weight_depth):
        await memory.read(address)
    rng = memory.bench.rng
    for address in rng.integers(memory.config.weight_depth, size=100).tolist():
        await memory.read(address)
        memory.bench["address"].set(int(rng.integers(memory.config.weight_depth)))
        await memory.bench.step(int(rng.integers(3)))
        assert memory.bench["word"].number == memory.words[address]


@cocotb.test()
async def one_slice_again(dut: HierarchyObject) -> None:
    """A slice that is written again changes no other one."""
    memory = WordsChecker(dut)
    await memory.start()
    config, rng = memory.config, memory.bench.rng
    for _ in range(50):
        address, place = (int(rng.integers(size)) for size in (config.weight_depth, config.slices))
        part = int.from_bytes(rng.bytes(STREAM_BITS // 8), "little")
        await write(memory.bench, "w_port", [part], address * config.slices + place)
        mask = ((1 << STREAM_BITS) - 1) << (place * STREAM_BITS)
        changed = memory.words[address] & ~mask | part << (place * STREAM_BITS)
        memory.words[address] = changed & ((1 << config.word_bits) - 1)
        await memory.read(address)
