"""Bench of the accumulator; oracle: additions that wrap around, one after the other."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.accumulator import Accumulator
from zskip.model.common.fixed import add_wrap, limits
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Events, Testbench


def accumulator_bench(dut: HierarchyObject) -> Testbench:
    """Return the testbench."""
    return Testbench(dut, Accumulator(**current_stimulus()).signature)


@cocotb.test()
@cocotb.parametrize(density=(1.0, 0.3))
async def rows_one_after_the_other(dut: HierarchyObject, density: float) -> None:
    """Random sums and the ends of the range, and ones that leave it, with pauses or none."""
    size = current_stimulus()
    acc_bits, sum_bits = size["acc_bits"], size["sum_bits"]
    bench = accumulator_bench(dut)
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


@cocotb.test()
async def rows_in_floating_point(dut: HierarchyObject) -> None:
    """Sums beyond the integers' range do not wrap; shifts are arithmetic, in front of the sum."""
    size = current_stimulus()
    wide_bits, sum_bits = size["wide_bits"], size["sum_bits"]
    if not wide_bits:
        return
    bench = accumulator_bench(dut)
    outputs = Events(bench, "o_valid", "o")
    overflows = Events(bench, "overflow")
    await bench.start()
    # Half of the range for the bias, the rest for sums that are as wide as they come.
    rng, (low, high) = bench.rng, limits(min(sum_bits, wide_bits - 4))
    bench["floating"].set(1)
    bench["valid"].set(1)
    wanted = []
    for _ in range(100):
        value = int(rng.choice([*limits(wide_bits - 1), 0, -1]))
        bench["bias"].set(value)
        length = int(rng.integers(1, 6))
        for number in range(length):
            rise = int(rng.choice([0, 1, int(rng.integers(64)), 63]))
            addend = int(rng.choice([low, high, 0, int(rng.integers(low, high))]))
            given = {"first": number == 0, "last": number == length - 1, "sum": addend}
            for name, content in {**given, "rise": rise}.items():
                bench[name].set(content)
            value = (value >> rise) + addend
            await bench.step()
        wanted.append((value,))
    bench["valid"].set(0)
    await bench.step(2)
    assert outputs.values == wanted
    assert not overflows.cycles
