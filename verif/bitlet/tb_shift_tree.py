"""Bench of the shift-add tree; oracle: a sum in Python's integers."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.shift_tree import ShiftTree
from zskip.model.bitlet.latencies import tree_levels
from zskip.model.common.fixed import limits
from zskip.verif.bitlet.unit import Recorder, packed
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Testbench


@cocotb.test()
async def every_lane_and_random_sums(dut: HierarchyObject) -> None:
    """Extremes of both signs in one lane and in all, and random terms, one sum a cycle."""
    size = current_stimulus()
    lanes, bits, step = size["lanes"], size["term_bits"], size["step"]
    bench = Testbench(dut, ShiftTree(lanes=lanes, term_bits=bits, step=step).signature)
    low, high = limits(bits)
    groups = [[extreme] * lanes for extreme in (low, high, -1)]
    for lane in range(lanes):
        groups += [
            [extreme if lane == place else 0 for place in range(lanes)]
            for extreme in (low, high, 1, -1)
        ]
    drawn = bench.rng.integers(low, high, (200, lanes), endpoint=True)
    groups += np.where(bench.rng.random(drawn.shape) < 0.2, low, drawn).tolist()
    sums = Recorder(bench, tree_levels(lanes), "o")
    await bench.start()
    for terms in groups:
        bench["terms"].set(packed(terms, bits))
        await bench.step()
    await bench.step(tree_levels(lanes))
    wanted = [(sum(term << place * step for place, term in enumerate(terms)),) for terms in groups]
    assert sums.values == wanted
