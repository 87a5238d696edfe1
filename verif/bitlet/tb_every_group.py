"""Bench of the compute engine with every group of four weights of two bits; oracle: the weights.

Activations are powers of 4, so that the digits of a sum are the weights: a bit that is picked
twice, or never, shows.
"""

from itertools import pairwise, product

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.verif.bitlet.stimulus import Batch
from zskip.verif.bitlet.tb_compute_engine import EngineChecker

WEIGHTS = 4
"""Weights of a group that are free."""


@cocotb.test()
@cocotb.parametrize(twice=(False, True))
async def every_group(dut: HierarchyObject, twice: bool) -> None:
    """The other four weights of a group are 0, or the same, so that columns are inverted."""
    engine = EngineChecker(dut)
    config = engine.lanes.config
    await engine.bench.start()
    activations = 4 ** np.arange(config.pairs)
    weights = [
        np.array([*group, *(group if twice else [0] * WEIGHTS)])
        for group in product(range(1 << engine.lanes.lanes), repeat=WEIGHTS)
    ]
    mask = (1 << engine.lanes.lanes) - 1
    batches = [
        Batch(engine.lanes, group[None], activations, signed=False, mask=mask) for group in weights
    ]
    await engine.run(batches, mask, biased=False)
    sums = [total for (total,) in engine.outputs.values]
    assert sums == [int((group * activations).sum()) for group in weights]
    longest = max(end - start for start, end in pairwise(engine.outputs.cycles))
    assert longest <= config.pairs // (2 if config.invert else 1)
