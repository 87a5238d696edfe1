"""Bench of the beats; oracle: three loops."""

from collections.abc import Sequence
from itertools import product

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.nm.beats import Beats
from zskip.verif.common.testbench import Events, Testbench
from zskip.verif.nm.unit import unit_bench, unit_config

NAMES = ("word", "read", "first", "last", "finish")


async def go_through(bench: Testbench, counts: Sequence[int], stop: int | None) -> None:
    """Compare the beats of a pass, or the first of them, with pauses; then restart."""
    blocks, words, beats = counts
    for name, count in zip(("blocks", "words", "beats"), counts, strict=True):
        bench[name].set(count)
    recorded = Events(bench, "go", *NAMES)
    wanted = []
    for block, word, beat in list(product(*map(range, counts)))[:stop]:
        bench["go"].set(0)
        await bench.step(int(bench.rng.random() < 0.2))
        first, last = word == beat == 0, (word, beat) == (words - 1, beats - 1)
        wanted.append((word, beat == 0, first, last, last and block == blocks - 1))
        bench["go"].set(1)
        await bench.step()
    bench["go"].set(0)
    bench["restart"].set(1)
    await bench.step()
    bench["restart"].set(0)
    assert recorded.values == wanted


@cocotb.test()
async def small_and_largest_counts(dut: HierarchyObject) -> None:
    """One and two of everything, the most of each, and what was not gone through to its end."""
    bench, config = unit_bench(dut, Beats), unit_config()
    await bench.start()
    most = (
        config.vector_depth // config.pe_count,
        config.vector_depth // config.window,
        config.max_beats,
    )
    counts = list(product(*({1, min(2, count), count} for count in most)))
    for given in counts:
        await go_through(bench, given, None)
        await go_through(bench, given, int(bench.rng.integers(1, 9)))
