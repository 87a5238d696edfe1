"""Bench of the dot product; oracle: sums of products in Python's integers."""

from collections.abc import Callable
from itertools import product
from typing import NamedTuple

import cocotb
import numpy as np
from amaranth.lib import wiring
from cocotb.handle import HierarchyObject

from zskip.hw.nm.dot_product import DotProduct
from zskip.model.common.fixed import CODEBOOK_BITS, limits
from zskip.model.nm.config import Config
from zskip.model.nm.latencies import tree_levels
from zskip.verif.nm.stimulus import with_illegal_positions
from zskip.verif.nm.unit import legal_codes, packed, unit_bench, unit_config


class Beat(NamedTuple):
    """A word, its activations and their sum, which means nothing where positions are illegal."""

    word: int
    x: int
    total: int
    illegal: bool = False


class SumsChecker:
    """Driver and checker of the dot product.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    unit : callable, optional
        Class of the unit, of which the dot product is a part.
    """

    def __init__(
        self,
        dut: HierarchyObject,
        unit: Callable[[Config], wiring.Component] = DotProduct,
    ) -> None:
        self.config = unit_config()
        self.bench = unit_bench(dut, unit)
        self.latency = 2 + tree_levels(self.config)
        self.codes = legal_codes(self.config)

    async def start(self) -> None:
        """Begin, with a random codebook that has the extremes."""
        low, high = limits(CODEBOOK_BITS)
        await self.bench.start()
        self.codebook = self.bench.rng.integers(low, high, 16, endpoint=True)
        self.codebook[:4] = (0, low, high, -1)
        if self.config.shares_weights:
            self.bench["codebook"].set(packed(self.codebook.tolist(), CODEBOOK_BITS))

    def beat(self, stored: list[int], positions: list[int], x: list[int]) -> Beat:
        """Return a beat of weights as they are stored, at positions in their groups."""
        config = self.config
        entries = [
            (weight & ((1 << config.weight_bits) - 1)) | at << config.weight_bits
            if config.position_bits
            else weight
            for weight, at in zip(stored, positions, strict=True)
        ]
        values = self.codebook[stored].tolist() if config.shares_weights else stored
        total = sum(
            value * x[slot // config.n * config.m + at]
            for slot, (value, at) in enumerate(zip(values, positions, strict=True))
        )
        word, window = packed(entries, config.entry_bits), packed(x, config.activation_bits)
        return Beat(word, window, total)

    def weight_limits(self) -> tuple[int, int]:
        """Return the smallest and the largest weight as it is stored."""
        config = self.config
        return (0, 15) if config.shares_weights else limits(config.weight_bits)

    def random_beat(self) -> Beat:
        """Return a beat of which about a quarter of all numbers are extremes."""
        config, rng = self.config, self.bench.rng

        def numbers(low: int, high: int, count: int) -> list[int]:
            values = rng.integers(low, high, count, endpoint=True)
            corners = rng.choice([low, high, 0], count)
            return np.where(rng.random(count) < 0.25, corners, values).tolist()

        picked = rng.integers(len(self.codes), size=config.groups)
        positions = [at for number in picked for at in self.codes[number]]
        return self.beat(
            numbers(*self.weight_limits(), config.slots),
            positions,
            numbers(*limits(config.activation_bits), config.window),
        )

    async def run(self, beats: list[Beat]) -> None:
        """Send beats, one a cycle, and compare every sum in its cycle."""
        bench = self.bench
        for cycle in range(len(beats) + self.latency):
            if cycle >= self.latency:
                beat = beats[cycle - self.latency]
                assert beat.illegal or bench["o"].number == beat.total, f"{beat}"
            if 0 < cycle <= len(beats):
                beat = beats[cycle - 1]
                bench["x"].set(beat.x)
                assert bench["illegal"].number == beat.illegal, f"{beat}"
            if cycle < len(beats):
                bench["word"].set(beats[cycle].word)
            await bench.step()


@cocotb.test()
async def every_code_with_every_sign(dut: HierarchyObject) -> None:
    """All legal codes of a group, with weights of both signs and none, in every group."""
    sums = SumsChecker(dut)
    await sums.start()
    config, rng = sums.config, sums.bench.rng
    low, high = sums.weight_limits()
    beats = []
    for code in [sums.codes[int(at)] for at in rng.permutation(len(sums.codes))[:400]]:
        x = rng.integers(*limits(config.activation_bits), config.window, endpoint=True).tolist()
        signs = list(product((low, 0, high), repeat=config.n))
        for at in rng.permutation(len(signs))[:27]:
            stored = list(signs[int(at)]) * config.groups
            beats.append(sums.beat(stored, list(code) * config.groups, x))
    await sums.run(beats)


@cocotb.test()
async def extremes(dut: HierarchyObject) -> None:
    """The largest sums of both signs: every product is an extreme."""
    sums = SumsChecker(dut)
    await sums.start()
    config = sums.config
    weights = (1, 2) if config.shares_weights else limits(config.weight_bits)
    positions = list(range(config.n)) * config.groups
    await sums.run(
        [
            sums.beat([weight] * config.slots, positions, [x] * config.window)
            for weight in weights
            for x in (*limits(config.activation_bits), 1, -1)
        ]
    )


@cocotb.test()
async def random_beats(dut: HierarchyObject) -> None:
    """One beat a cycle, legal and illegal ones in any order."""
    sums = SumsChecker(dut)
    await sums.start()
    config, rng = sums.config, sums.bench.rng
    beats = [sums.random_beat() for _ in range(500)]
    if config.n > 1 and not config.dense:
        for place in rng.permutation(500)[:100].tolist():
            word = with_illegal_positions(beats[place].word, config, rng)
            beats[place] = beats[place]._replace(word=word, illegal=True)
    await sums.run(beats)
