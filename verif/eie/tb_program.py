"""Bench of the program memory; oracle: the words that `zskip.model.eie.program` gives a pass."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.eie.shell import program_memory
from zskip.model.common.bitfields import unpack
from zskip.model.eie.passes import DESCRIPTOR_WORDS, PASS_WORD_0, PASS_WORD_1, Pass
from zskip.verif.common.testbench import Events
from zskip.verif.common.unit import write
from zskip.verif.eie.stimulus import random_passes
from zskip.verif.eie.unit import unit_bench, unit_config

DESCRIBED = 3
"""Cycles from a fetch to the descriptor; the end of `busy` follows from the words of a pass."""


class ProgramChecker:
    """Checker of the program memory, full of random passes.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    """

    def __init__(self, dut: HierarchyObject) -> None:
        self.config = unit_config()
        self.bench = unit_bench(dut, program_memory)
        self.described = Events(self.bench, "described")
        self.reading, self.busy = Events(self.bench, "reading"), Events(self.bench, "busy")
        self.codebook = Events(self.bench, "tail__en", "tail__address", "tail__data")
        self.passes: list[Pass] = []

    async def start(self) -> None:
        """Begin, and fill the memory."""
        await self.bench.start()
        await self.fill()

    async def fill(self) -> None:
        """Write the whole memory with new passes."""
        self.passes = random_passes(self.config, self.bench.rng, self.config.pass_count)
        await write(self.bench, "w_port", np.concatenate([each.words() for each in self.passes]))

    async def rewind(self) -> None:
        """Go back to the first pass."""
        self.bench["rewind"].set(1)
        await self.bench.step()
        self.bench["rewind"].set(0)

    async def fetch(self, entry: Pass) -> None:
        """Fetch the next pass, and compare it and when its words come."""
        begin = self.bench.cycle
        words = entry.words().tolist()
        for events in (self.described, self.reading, self.busy, self.codebook):
            events.clear()
        self.bench["fetch"].set(1)
        await self.bench.step()
        self.bench["fetch"].set(0)
        await self.bench.step(DESCRIBED - 1)
        self.compare(words)
        await self.bench.step(len(words) + 1 - DESCRIBED)
        end = begin + len(words) + 1
        assert [cycle for cycle in self.described.cycles if cycle > begin] == list(
            range(begin + DESCRIBED, end)
        )
        assert self.busy.cycles == list(range(begin + 1, end))
        assert self.reading.cycles == list(range(begin, end - 1))
        codebook = list(enumerate(words[DESCRIPTOR_WORDS:]))
        assert self.codebook.values == codebook
        assert self.codebook.cycles == [
            begin + 1 + DESCRIPTOR_WORDS + number for number in range(len(codebook))
        ]

    def compare(self, words: list[int]) -> None:
        """Compare the descriptor."""
        for port, layout, word in zip(
            ("word_0", "word_1"), (PASS_WORD_0, PASS_WORD_1), words, strict=False
        ):
            assert self.bench[port].fields == unpack(layout, word)


@cocotb.test()
async def one_pass_after_the_other(dut: HierarchyObject) -> None:
    """Each fetch gives the next pass; its descriptor holds until the next fetch."""
    memory = ProgramChecker(dut)
    await memory.start()
    for _ in range(3):
        await memory.rewind()
        for entry in memory.passes:
            await memory.fetch(entry)
            wait = int(memory.bench.rng.integers(1, 6))
            memory.busy.clear()
            memory.described.clear()
            await memory.bench.step(wait)
            memory.compare(entry.words().tolist())
            assert len(memory.described.cycles) == wait
            assert not memory.busy.cycles


@cocotb.test()
async def without_a_break(dut: HierarchyObject) -> None:
    """A fetch may follow in the cycle in which `busy` falls."""
    memory = ProgramChecker(dut)
    await memory.start()
    for _ in range(2):
        await memory.rewind()
        for entry in memory.passes:
            await memory.fetch(entry)


@cocotb.test()
async def rewind_in_the_middle(dut: HierarchyObject) -> None:
    """After a rewind the first pass comes again."""
    memory = ProgramChecker(dut)
    await memory.start()
    for count in range(1, len(memory.passes) + 1):
        await memory.rewind()
        for entry in memory.passes[:count]:
            await memory.fetch(entry)
            await memory.bench.step()


@cocotb.test()
async def another_program(dut: HierarchyObject) -> None:
    """A program that is written over another one is what is fetched."""
    memory = ProgramChecker(dut)
    await memory.start()
    for _ in range(2):
        await memory.fill()
        await memory.rewind()
        for entry in memory.passes:
            await memory.fetch(entry)
            await memory.bench.step()
