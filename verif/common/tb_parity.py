"""Bench of flipped bits in the SRAMs of a block; oracle: a run without one, and what it reads."""

from pathlib import Path
from typing import Any, NamedTuple

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.common import sram
from zskip.hw.common.block import block_signature
from zskip.model.common.stream import ErrorCode
from zskip.verif.common.block_stimulus import BlockStimulus, Words
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.streams import StreamSink, StreamSource
from zskip.verif.common.testbench import Agent, Testbench


class Read(NamedTuple):
    """A read of an SRAM: its cycle, that of the start being 1, and the address."""

    cycle: int
    address: int


class Memory(Agent):
    """An SRAM of the block, with the reads of a run, and whether it is written in one."""

    def __init__(self, bench: Testbench, handle: Any) -> None:
        super().__init__(bench)
        self.handle = handle
        self.path: str = handle._path
        self.reads: list[Read] = []
        self.written = False
        self.start: int | None = None
        self.loaded: dict[int, int] | None = None
        """Lanes that are written in each word, while they are noted."""

    def sample(self, cycle: int) -> None:
        """Note a read or write, while they are noted."""
        if (self.start is None and self.loaded is None) or not int(self.handle.en.value):
            return
        if self.loaded is not None:
            address = int(self.handle.address.value)
            self.loaded[address] = self.loaded.get(address, 0) | int(self.handle.we.value)
            return
        assert self.start is not None
        if int(self.handle.we.value):
            self.written = True
        else:
            self.reads.append(Read(cycle - self.start, int(self.handle.address.value)))

    @property
    def sure(self) -> list[Read]:
        """The first read of each word, where nothing is written; the word is used then.

        The last read of all may be that of a word ahead of its use.
        """
        first = {read.address: read for read in reversed(self.reads[:-1])}
        return [] if self.written else list(first.values())

    def flip(self, address: int, bit: int) -> None:
        """Flip a bit of a word."""
        word = self.handle.memory[address]
        word.value = int(word.value) ^ 1 << bit

    @property
    def lanes(self) -> int:
        """Parts of a word that are written alone."""
        return len(self.handle.we)

    @property
    def bits(self) -> int:
        """Bits of a word, with parity."""
        return len(self.handle.r_data)


def memories(bench: Testbench, handle: Any) -> list[Memory]:
    """Return every SRAM below an instance."""
    found: list[Memory] = []
    for child in handle:
        if isinstance(child, HierarchyObject):
            found += memories(bench, child)
    if handle._def_name == sram.MODULE or hasattr(handle, "memory"):
        found.append(Memory(bench, handle))
    return found


class Host:
    """A block that is loaded and run, and what comes of its runs."""

    def __init__(self, dut: HierarchyObject) -> None:
        self.stimulus = BlockStimulus.open(Path(current_stimulus()["path"]))
        self.bench = bench = Testbench(dut, block_signature())
        self.source, self.sink = StreamSource(bench, "i"), StreamSink(bench, "o")
        self.memories = memories(bench, dut)
        self.limit = 100 * sum(map(sum, self.stimulus.cycles))

    async def send(self, words: Words) -> None:
        """Load packets."""
        self.source.send(words)
        await self.bench.until(lambda: self.source.empty, self.limit)
        await self.bench.step()

    async def begin(self, vector: int) -> None:
        """Reset, and load an input vector; tiles follow it as there is room for them."""
        await self.bench.start()
        self.source.clear()
        self.sink.clear()
        await self.send(self.stimulus.inputs[vector])
        self.source.send(self.stimulus.tiles)

    async def finish(self) -> list[tuple[int, int]]:
        """Start; when the run is done, return its results, each word with the mark of the last."""
        self.bench["start"].set(1)
        await self.bench.until(lambda: bool(self.bench["done"].bits), self.limit)
        await self.bench.step(4)
        return [(item["data"], item["last"]) for item in self.sink.items]

    async def note(self, vector: int) -> list[tuple[int, int]]:
        """Note the reads of a run; return its results."""
        await self.begin(vector)
        for memory in self.memories:
            memory.reads.clear()
            memory.start = self.bench.cycle - 1
        results = await self.finish()
        for memory in self.memories:
            memory.start = None
        assert self.bench["error"].number == ErrorCode.NONE
        assert [word for word, _ in results] == self.stimulus.results[vector]
        return results

    async def flipped(
        self, vector: int, memory: Memory, read: Read, bit: int, expected: list[tuple[int, int]]
    ) -> bool:
        """Flip a bit in front of a read and back behind the run; return whether it was reported.

        What was sent up to then is right; otherwise all is.
        """
        await self.begin(vector)
        for _ in range(read.cycle - 1):
            self.bench["start"].set(1)
            await self.bench.step()
        before = int(memory.handle.memory[read.address].value)
        memory.flip(read.address, bit)
        await self.bench.step()
        results = await self.finish()
        where = f"{memory.path}[{read.address}] bit {bit}, cycle {read.cycle}"
        reported = self.bench["error"].number == ErrorCode.PARITY
        if not reported:
            assert self.bench["error"].number == ErrorCode.NONE, where
            assert results == expected, where
        else:
            sent = results[:-1] if results and results[-1] == (0, 1) else results
            assert sent == expected[: len(sent)], where
            assert results != expected, where
        memory.handle.memory[read.address].value = before
        return reported


@cocotb.test()
async def every_memory(dut: HierarchyObject) -> None:
    """A bit that is flipped in a word in front of its use is reported, in every SRAM."""
    host = Host(dut)
    rng: np.random.Generator = host.bench.rng
    tries: int = current_stimulus()["tries"]
    await host.bench.start()
    await host.send(host.stimulus.load)
    for vector in range(len(host.stimulus.inputs)):
        expected = await host.note(vector)
        for memory in host.memories:
            assert memory.reads, f"{memory.path} is never read"
            reads = memory.sure or memory.reads
            count = tries if memory.sure else 4 * tries
            reported = 0
            for number in range(count):
                read = reads[int((number + rng.random()) * len(reads) / count)]
                bit = int(rng.integers(memory.bits))
                reported += await host.flipped(vector, memory, read, bit, expected)
            assert reported == count or (reported and not memory.sure), (memory.path, reported)
        await host.note(vector)


@cocotb.test()
async def first_words(dut: HierarchyObject) -> None:
    """A bit that is flipped in a first word of the inputs in front of a run is reported."""
    host = Host(dut)
    rng: np.random.Generator = host.bench.rng
    await host.bench.start()
    await host.send(host.stimulus.load)
    for memory in host.memories:
        memory.loaded = {}
    await host.begin(0)
    loaded = {memory: memory.loaded for memory in host.memories if memory.loaded}
    assert loaded
    for memory in host.memories:
        memory.loaded = None
    for memory, words in loaded.items():
        part = memory.bits // memory.lanes
        for lane in range(memory.lanes):
            await host.begin(0)
            assert words[min(words)] >> lane & 1
            memory.flip(min(words), lane * part + int(rng.integers(part)))
            await host.finish()
            where = f"lane {lane} of {memory.path}[{min(words)}]"
            assert host.bench["error"].number == ErrorCode.PARITY, where
