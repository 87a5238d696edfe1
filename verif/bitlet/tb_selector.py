"""Bench of the selector; oracle: indexing."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.selector import Selector
from zskip.verif.bitlet.unit import packed
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Testbench


@cocotb.test()
async def every_pick_and_none(dut: HierarchyObject) -> None:
    """Each item in turn, among others that are random or all ones."""
    size = current_stimulus()
    pairs, bits = size["pairs"], size["bits"]
    bench = Testbench(dut, Selector(pairs=pairs, bits=bits).signature)
    await bench.start()
    for pair in [None, *range(pairs)]:
        drawn = bench.rng.integers(1 << bits, size=pairs).tolist()
        full = [(1 << bits) - 1] * pairs
        alone = [0 if pair == number else (1 << bits) - 1 for number in range(pairs)]
        for items in (drawn, full, alone):
            bench["pick"].set(0 if pair is None else 1 << pair)
            bench["items"].set(packed(items, bits))
            await bench.step()
            assert bench["o"].number == (0 if pair is None else items[pair]), (pair, items)
