# amaranth: UnusedElaboratable=no
"""Bench of the parity guard; oracle: whether a word of the run under way was wrong."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.common.parity_guard import ParityGuard
from zskip.verif.common.testbench import Testbench


@cocotb.test()
async def stops_up_to_the_next_run(dut: HierarchyObject) -> None:
    """From behind a wrong word on, up to the cycle of the next beginning."""
    bench = Testbench(dut, ParityGuard().signature)
    await bench.start()
    wrong = False
    for _ in range(1000):
        faulty, begins = (int(bench.rng.random() < share) for share in (0.1, 0.2))
        bench["faulty"].set(faulty)
        bench["begins"].set(begins)
        seen = bench["stop"]
        await bench.step()
        wrong = bool(faulty) or (wrong and not begins)
        bench["faulty"].set(0)
        bench["begins"].set(0)
        await bench.step()
        assert seen.bits == wrong
