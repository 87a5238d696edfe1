# amaranth: UnusedElaboratable=no
"""Bench of the memory of two halves; oracle: two lists of words."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.common.tile_memory import TileMemory
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Testbench


class HalvesChecker:
    """Driver and checker of the memory, with the words that it holds.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    """

    def __init__(self, dut: HierarchyObject) -> None:
        memory = TileMemory(**current_stimulus())
        self.bench = Testbench(dut, memory.signature)
        self.depth, self.width = memory.depth, memory.width
        self.words: dict[tuple[int, int], int] = {}

    def write(self, half: int, address: int) -> None:
        """Write a random word in the next cycle."""
        data = int.from_bytes(self.bench.rng.bytes(16), "little") % (1 << self.width)
        self.words[half, address] = data
        for name, value in (("w_half", half), ("w_address", address), ("w_data", data)):
            self.bench[name].set(value)
        self.bench["w_en"].set(1)

    async def step(self, half: int, address: int, *, read: bool) -> None:
        """Let a cycle pass, with a read or without."""
        self.bench["en"].set(int(read))
        self.bench["half"].set(half)
        self.bench["address"].set(address)
        await self.bench.step()
        self.bench["w_en"].set(0)


@cocotb.test()
async def every_word(dut: HierarchyObject) -> None:
    """Both halves are written, then read, a word a cycle."""
    memory = HalvesChecker(dut)
    await memory.bench.start()
    places = [(half, address) for half in range(2) for address in range(memory.depth)]
    for half, address in places:
        memory.write(half, address)
        await memory.step(0, 0, read=False)
    for half, address in places:
        await memory.step(half, address, read=True)
        assert memory.bench["r_data"].bits == memory.words[half, address]


@cocotb.test()
async def one_half_is_read_while_the_other_is_written(dut: HierarchyObject) -> None:
    """What is read depends on no write; it holds until the next read, whatever half is named."""
    memory = HalvesChecker(dut)
    await memory.bench.start()
    for half in range(2):
        for address in range(memory.depth):
            memory.write(half, address)
            await memory.step(0, 0, read=False)
    rng = memory.bench.rng
    expected = None
    for turn in range(200):
        half, address = turn // 20 % 2, int(rng.integers(memory.depth))
        if rng.random() < 0.7:
            memory.write(1 - half, int(rng.integers(memory.depth)))
        read = bool(rng.random() < 0.6)
        await memory.step(half, address, read=read)
        expected = memory.words[half, address] if read else expected
        assert expected is None or memory.bench["r_data"].bits == expected
