"""Bench of the vectors; oracle: two arrays."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.nm.vectors import Vectors
from zskip.model.common.fixed import ACTIVATION_BITS, IntArray, limits
from zskip.model.common.stream import pack_activations
from zskip.verif.common.unit import write
from zskip.verif.nm.unit import packed, unit_bench, unit_config, unpacked


class HalvesChecker:
    """Driver and checker of the vectors, with what both halves hold.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    """

    def __init__(self, dut: HierarchyObject) -> None:
        self.config = unit_config()
        self.bench = unit_bench(dut, Vectors)
        self.half = 0
        self.held = np.zeros((2, self.config.vector_depth), dtype=np.int64)

    async def start(self) -> None:
        """Begin with random activations in both halves."""
        await self.bench.start()
        await self.load(0, self.random(self.config.vector_depth))
        await self.write_outputs(self.config.vector_depth // self.config.pe_count)

    def random(self, count: int) -> IntArray:
        """Return random activations."""
        low, high = limits(self.config.activation_bits)
        return self.bench.rng.integers(low, high, count, endpoint=True)

    async def load(self, address: int, activations: IntArray) -> None:
        """Write inputs of the network from a word of the stream on."""
        self.held[0, 4 * address :][: activations.size] = activations
        await write(self.bench, "w_source", pack_activations(activations).tolist(), address)

    async def write_outputs(self, blocks: int, density: float = 1.0) -> None:
        """Write the outputs of a pass, block by block, reading all the while."""
        bench, config = self.bench, self.config
        bench["commands__restart"].set(1)
        await bench.step()
        bench["commands__restart"].set(0)
        bench["commands__read"].set(1)
        for block in range(blocks):
            while bench.rng.random() >= density:
                await bench.step()
            outputs = self.random(config.pe_count)
            self.held[1 - self.half, block * config.pe_count :][: config.pe_count] = outputs
            bench["outputs"].set(packed(outputs.tolist(), config.activation_bits))
            bench["w_outputs"].set(1)
            await bench.step()
            bench["w_outputs"].set(0)
        bench["commands__read"].set(0)

    def swap(self) -> None:
        """End a layer."""
        self.half = 1 - self.half
        self.bench["commands__half"].set(self.half)

    async def read(self, inputs: int, words: list[int]) -> None:
        """Read words of an input vector, one a cycle; each shows two cycles later, and holds."""
        bench, config = self.bench, self.config
        vector = self.held[self.half].copy()
        vector[inputs:] = 0
        bench["commands__inputs"].set(inputs)
        for cycle in range(len(words) + 3):
            if cycle >= 2:
                word = words[min(cycle - 2, len(words) - 1)]
                wanted = vector[word * config.window : (word + 1) * config.window].tolist()
                given = unpacked(bench["x"].number, config.activation_bits, config.window)
                assert given == wanted, f"word {word} of {inputs} inputs"
            reading = cycle < len(words)
            bench["commands__read"].set(reading)
            if reading:
                bench["commands__word"].set(words[cycle])
            await bench.step()

    async def show(self) -> None:
        """Show all outputs to the emitter."""
        bench, count = self.bench, self.config.pe_count
        lanes = min(4, count)
        bench["show"].set(1)
        for first in range(0, self.config.vector_depth, lanes):
            bench["place"].set(first // lanes)
            await bench.step()
            wanted = self.held[1 - self.half, first : first + lanes].tolist()
            assert unpacked(bench["shown"].number, ACTIVATION_BITS, lanes) == wanted
        bench["show"].set(0)


@cocotb.test()
async def layers(dut: HierarchyObject) -> None:
    """Inputs are read from one half while outputs go to the other one; the halves change roles."""
    halves = HalvesChecker(dut)
    await halves.start()
    config, rng = halves.config, halves.bench.rng
    words = config.vector_depth // config.window
    for _ in range(4):
        order = [int(word) for word in rng.permutation(words)]
        await halves.read(config.vector_depth, order)
        blocks = int(rng.integers(1, config.vector_depth // config.pe_count, endpoint=True))
        await halves.write_outputs(blocks, 0.5)
        await halves.read(config.vector_depth, order[::-1])
        await halves.show()
        halves.swap()


@cocotb.test()
async def every_length(dut: HierarchyObject) -> None:
    """What lies behind the input vector counts as 0, whatever is held there."""
    halves = HalvesChecker(dut)
    await halves.start()
    config = halves.config
    lengths = range(1, config.vector_depth + 1)
    if config.vector_depth > 64:
        lengths = halves.bench.rng.permutation(lengths)[:64]
    for inputs in lengths:
        await halves.read(int(inputs), list(range(-(-int(inputs) // config.window))))


@cocotb.test()
async def a_part_of_the_inputs_again(dut: HierarchyObject) -> None:
    """Four activations that are loaded again change no other ones, in half 0 only."""
    halves = HalvesChecker(dut)
    await halves.start()
    config = halves.config
    words = list(range(config.vector_depth // config.window))
    for address in halves.bench.rng.permutation(config.vector_depth // 4)[:8]:
        await halves.load(int(address), halves.random(4))
        await halves.read(config.vector_depth, words)
    await halves.show()
