"""Bench of the finder; oracle: the model's schedule of picks."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.finder import Finder
from zskip.model.bitlet.finder import Finder as Model
from zskip.model.common.fixed import BoolArray
from zskip.verif.bitlet.unit import packed, unit_config
from zskip.verif.common.testbench import Events, Testbench


class PicksChecker:
    """Driver and checker of the finder.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    """

    def __init__(self, dut: HierarchyObject) -> None:
        self.config = unit_config()
        self.model = Model(self.config)
        self.bench = Testbench(dut, Finder(self.config).signature)
        told = ("pick", "last", "left")[: 2 + (self.config.run_ahead > 1)]
        self.taken = Events(self.bench, "enable", *told)

    async def write(self, column: BoolArray, *, by_parts: bool) -> None:
        """Write a column, at once or part by part; what is not written is anything."""
        config, bench = self.config, self.bench
        bits, beats = packed(column.tolist(), 1), config.beats
        part = (1 << config.load_pairs) - 1
        for beat in bench.rng.permutation(beats).tolist() if by_parts else [None]:
            given = (1 << beats) - 1 if beat is None else 1 << beat
            shown = (1 << config.pairs) - 1 if beat is None else part << beat * config.load_pairs
            noise = int.from_bytes(bench.rng.bytes(config.pairs // 8), "little")
            bench["write"].set(given)
            bench["column"].set(bits & shown | noise & ~shown)
            await bench.step()
        bench["write"].set(0)

    async def check(self, column: BoolArray, *, density: float = 1.0) -> None:
        """Compare the picks of a column that was written, and those behind its end."""
        bench = self.bench
        inverted, picks = self.model.schedule(column)
        bench["inverted"].set(inverted)
        self.taken.clear()
        while len(self.taken.cycles) < len(picks) + 2:
            bench["enable"].set(int(bench.rng.random() < density))
            await bench.step()
        bench["enable"].set(0)
        wanted = []
        for number, pick in enumerate((*picks, None, None)):
            # The sum of an inverted column, which takes a cycle of its own, is not sought.
            left = number < len(picks) if self.config.window else pick is not None
            told = (0 if pick is None else 1 << pick, number >= len(picks) - 1, left)
            wanted.append(told[: 2 + (self.config.run_ahead > 1)])
        assert self.taken.values == wanted, column


def columns(checker: PicksChecker) -> list[BoolArray]:
    """Return every column of eight pairs; of more, the corners of both sorts and random ones."""
    pairs, rng = checker.config.pairs, checker.bench.rng
    if pairs == 8:
        return [np.arange(256)[number] >> np.arange(8) & 1 > 0 for number in rng.permutation(256)]
    half = np.arange(pairs) < pairs // 2
    single = np.eye(pairs, dtype=bool)
    corners = [np.zeros(pairs, dtype=bool), half, ~half, *single]
    drawn = rng.random((100, pairs)) < rng.random((100, 1))
    return [*corners, *(~column for column in corners), *drawn]


@cocotb.test()
async def every_column(dut: HierarchyObject) -> None:
    """Each thing sought is picked once, in order, in as many cycles as the model says."""
    checker = PicksChecker(dut)
    await checker.bench.start()
    for column in columns(checker):
        await checker.write(column, by_parts=False)
        await checker.check(column)


@cocotb.test()
async def parts_and_pauses(dut: HierarchyObject) -> None:
    """Columns written part by part, and cycles in which nothing is taken."""
    checker = PicksChecker(dut)
    await checker.bench.start()
    for column in columns(checker):
        await checker.write(column, by_parts=True)
        await checker.check(column, density=0.5)


@cocotb.test()
async def another_column_in_the_middle(dut: HierarchyObject) -> None:
    """A column that is written while another one is picked from begins at its first pair."""
    checker = PicksChecker(dut)
    bench = checker.bench
    await bench.start()
    for column in columns(checker):
        bench["enable"].set(1)
        await bench.step(int(bench.rng.integers(4)))
        await checker.write(column, by_parts=False)
        await checker.check(column)
