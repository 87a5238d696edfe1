"""Bench of the cursor; oracle: counting."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.cursor import Cursor
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Events, Testbench


@cocotb.test()
async def around_and_back(dut: HierarchyObject) -> None:
    """Words in their order, with pauses, around the end, and from the first one again."""
    depth = current_stimulus()["depth"]
    bench = Testbench(dut, Cursor(depth=depth).signature)
    await bench.start()
    shown = Events(bench, "read", "address")
    wanted: list[int] = []
    for number in range(20 * depth):
        rewind = number == 0 or bench.rng.random() < 0.02
        go = bench.rng.random() < 0.7
        bench["rewind"].set(int(rewind))
        bench["go"].set(int(go))
        await bench.step()
        if rewind or go:
            wanted.append(0 if rewind else (wanted[-1] + 1) % depth)
    assert shown.values == [(address,) for address in wanted]
    assert depth - 1 in wanted
