"""Bench of the serializer; oracle: the rows of a round in turn."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.serializer import Serializer
from zskip.model.common.fixed import limits
from zskip.verif.bitlet.unit import packed
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Events, Testbench


@cocotb.test()
@cocotb.parametrize(gaps=(0, 3))
async def rounds_one_after_the_other(dut: HierarchyObject, gaps: int) -> None:
    """Rows come in consecutive cycles, rounded, whatever the accumulators do meanwhile."""
    size = current_stimulus()
    rows, bits = size["rows"], size["acc_bits"]
    bench = Testbench(dut, Serializer(rows=rows, acc_bits=bits).signature)
    outputs = Events(bench, "o_valid", "o")
    rng, (low, high) = bench.rng, limits(bits)
    await bench.start()
    wanted, cycles = [], []
    rounding = 1 << bits - 2
    bench["rounding"].set(rounding)
    for _ in range(60):
        single = bool(rng.integers(2))
        count = 1 if single else rows
        values = rng.choice([low, high, 0, int(rng.integers(low, high))], rows).tolist()
        bench["joined"].set_bits(single)
        wanted += [(value + rounding,) for value in values[:count]]
        cycles += [bench.cycle + 1 + row for row in range(count)]
        for step in range(count + int(rng.integers(gaps + 1))):
            bench["valid"].set(step == 0)
            shown = values if step == 0 else rng.integers(low, high, rows).tolist()
            bench["accumulators"].set(packed(shown, bits))
            await bench.step()
    bench["valid"].set(0)
    await bench.step(2)
    assert outputs.values == wanted
    assert outputs.cycles == cycles
