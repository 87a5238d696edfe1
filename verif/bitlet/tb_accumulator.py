"""Bench of the accumulator; oracle: additions that wrap around, one after the other."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.accumulator import Accumulator
from zskip.model.common.fixed import add_wrap, limits
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Events, Testbench


@cocotb.test()
@cocotb.parametrize(density=(1.0, 0.3))
async def rows_one_after_the_other(dut: HierarchyObject, density: float) -> None:
    """Random sums and the ends of the range, and ones that leave it, with pauses or none."""
    size = current_stimulus()
    acc_bits, sum_bits = size["acc_bits"], size["sum_bits"]
    bench = Testbench(dut, Accumulator(acc_bits=acc_bits, sum_bits=sum_bits).signature)
    outputs = Events(bench, "o_valid", "o")
    overflows = Events(bench, "overflow")
    await bench.start()
    rng, (low, high) = bench.rng, limits(sum_bits)
    wanted, wrapped, ends = [], [], []
    for _ in range(60):
        length = int(rng.integers(1, 6))
        value = int(rng.choice([*limits(acc_bits), 0, 1000]))
        bench["bias"].set(value)
        for number in range(length):
            while rng.random() >= density:
                bench["valid"].set(0)
                await bench.step()
            addend = int(rng.choice([low, high, 0, -1, int(rng.integers(low, high))]))
            given = {"valid": 1, "first": number == 0, "last": number == length - 1, "sum": addend}
            for name, content in given.items():
                bench[name].set(content)
            await bench.step()
            total, overflow = add_wrap(value, addend, acc_bits)
            value = int(total)
            wrapped += [bench.cycle] if overflow else []
        ends.append(bench.cycle)
        wanted.append((value,))
    bench["valid"].set(0)
    await bench.step(2)
    assert outputs.values == wanted
    assert outputs.cycles == ends
    assert overflows.cycles == wrapped
    assert wrapped
