"""Bench of the vectors; oracle: two arrays."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.vectors import Vectors
from zskip.model.common.fixed import ACTIVATION_BITS, IntArray
from zskip.model.common.stream import LANES
from zskip.verif.bitlet.unit import packed, unit_bench, unit_config
from zskip.verif.common.unit import write


class HalvesChecker:
    """Driver and checker of the vectors, with the places that both halves hold.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    wide : bool
        Whether an activation takes two places.
    """

    def __init__(self, dut: HierarchyObject, wide: bool = False) -> None:
        self.config = unit_config()
        self.bench = unit_bench(dut, Vectors)
        self.places = 1 + wide
        self.half = 0
        self.held = np.zeros((2, self.config.vector_depth), dtype=np.int64)

    async def start(self) -> None:
        """Begin with random places in both halves."""
        await self.bench.start()
        self.bench["commands__wide"].set_bits(self.places - 1)
        await self.load(0, self.random(self.config.vector_depth))
        await self.write_outputs(self.config.vector_depth // self.config.pe_count // self.places)

    def random(self, count: int) -> IntArray:
        """Return random places."""
        return self.bench.rng.integers(1 << ACTIVATION_BITS, size=count)

    async def load(self, address: int, places: IntArray) -> None:
        """Write inputs of the network from a word of the stream on."""
        self.held[0, LANES * address :][: places.size] = places
        words = [packed(word, ACTIVATION_BITS) for word in places.reshape(-1, LANES)]
        await write(self.bench, "w_source", words, address)

    async def write_outputs(self, blocks: int, density: float = 1.0) -> None:
        """Write the outputs of a pass, block by block, reading all the while."""
        bench, config = self.bench, self.config
        bench["commands__restart"].set(1)
        await bench.step()
        bench["commands__restart"].set(0)
        bench["commands__read"].set(1)
        size = config.pe_count * self.places
        for block in range(blocks):
            while bench.rng.random() >= density:
                await bench.step()
            # What a narrow output has above its place is not written.
            outputs = self.random(config.pe_count * config.places)
            kept = outputs.reshape(config.pe_count, config.places)[:, : self.places]
            self.held[1 - self.half, block * size :][:size] = kept.ravel()
            bench["outputs"].set(packed(outputs, ACTIVATION_BITS))
            bench["w_outputs"].set(1)
            await bench.step()
            bench["w_outputs"].set(0)
        bench["commands__read"].set(0)

    def swap(self) -> None:
        """End a layer."""
        self.half = 1 - self.half
        self.bench["commands__half"].set(self.half)

    @property
    def beats(self) -> int:
        """Beats that the inputs can have."""
        return self.config.vector_depth // self.config.load_pairs // self.places

    async def read(self, inputs: int, beats: list[int], density: float = 1.0) -> None:
        """Read beats of an input vector; each shows when it is taken, and holds."""
        bench, left = self.bench, list(beats)
        vector = self.held[self.half].copy()
        vector[inputs:] = 0
        bench["commands__inputs"].set(inputs)
        arriving: int | None = None
        shown: int | None = None
        while left or arriving is not None:
            moves = bench.rng.random() < density
            bench["commands__read"].set(int(moves and bool(left)))
            bench["commands__take"].set(int(moves and arriving is not None))
            bench["commands__beat"].set(left[0] if left else 0)
            await bench.step()
            if moves:
                shown = shown if arriving is None else arriving
                arriving = left.pop(0) if left else None
            if shown is not None:
                assert bench["x"].bits == self.word(vector, shown), f"{shown} of {inputs}"
        bench["commands__take"].set(0)

    def word(self, vector: IntArray, beat: int) -> int:
        """Return the activations of a beat side by side."""
        size = self.config.load_pairs * self.places
        activations = vector[beat * size : (beat + 1) * size].reshape(-1, self.places)
        values = (packed(activation, ACTIVATION_BITS) for activation in activations)
        return packed(values, self.config.places * ACTIVATION_BITS)

    async def show(self) -> None:
        """Show all outputs to the emitter."""
        bench, count = self.bench, self.config.pe_count
        lanes = min(LANES, count)
        bench["show"].set(1)
        for first in range(0, self.config.vector_depth, lanes):
            bench["place"].set(first // lanes)
            await bench.step()
            wanted = self.held[1 - self.half, first : first + lanes]
            assert bench["shown"].bits == packed(wanted, ACTIVATION_BITS)
        bench["show"].set(0)


@cocotb.test()
@cocotb.parametrize(wide=(False, True))
async def layers(dut: HierarchyObject, wide: bool) -> None:
    """Inputs are read from one half while outputs go to the other one; the halves change roles."""
    halves = HalvesChecker(dut, wide)
    config, rng = halves.config, halves.bench.rng
    if wide and config.places == 1:
        return
    await halves.start()
    for density in (1.0, 1.0, 0.5, 0.5):
        order = rng.permutation(halves.beats).tolist()
        await halves.read(config.vector_depth, order, density)
        most = config.vector_depth // config.pe_count // halves.places
        await halves.write_outputs(int(rng.integers(1, most, endpoint=True)), 0.5)
        await halves.read(config.vector_depth, order[::-1], density)
        await halves.show()
        halves.swap()


@cocotb.test()
@cocotb.parametrize(wide=(False, True))
async def every_length(dut: HierarchyObject, wide: bool) -> None:
    """What lies behind the input vector counts as 0, whatever is held there."""
    halves = HalvesChecker(dut, wide)
    if wide and halves.config.places == 1:
        return
    await halves.start()
    for inputs in range(1, halves.config.vector_depth + 1):
        await halves.read(inputs, list(range(halves.beats)))


@cocotb.test()
async def a_part_of_the_inputs_again(dut: HierarchyObject) -> None:
    """Four places that are loaded again change no other ones, in half 0 only."""
    halves = HalvesChecker(dut)
    await halves.start()
    for address in halves.bench.rng.permutation(halves.config.vector_depth // LANES)[:8]:
        await halves.load(int(address), halves.random(LANES))
        await halves.read(halves.config.vector_depth, list(range(halves.beats)))
    await halves.show()
