"""Bench of the accumulator; oracle: additions that wrap around, one after the other."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.nm.accumulator import Accumulator
from zskip.hw.nm.dot_product import sum_bits
from zskip.model.common.fixed import add_wrap, limits
from zskip.model.common.stream import STREAM_BITS
from zskip.verif.common.testbench import Events
from zskip.verif.common.unit import write
from zskip.verif.nm.unit import unit_bench, unit_config

LATENCY = 3
"""Cycles from the announcement of an output's last beat to the output."""


class OutputsChecker:
    """Driver and checker of the accumulator.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    """

    def __init__(self, dut: HierarchyObject) -> None:
        self.config = unit_config()
        self.bench = unit_bench(dut, Accumulator)
        self.outputs = Events(self.bench, "o_valid", "o_rounded")
        self.overflows = Events(self.bench, "overflow")
        self.sums = limits(sum_bits(self.config))

    async def start(self, biases: list[int]) -> None:
        """Begin with these biases."""
        self.biases = biases
        await self.bench.start()
        await write(self.bench, "w_bias", (bias % (1 << STREAM_BITS) for bias in biases))

    async def run(self, outputs: list[list[int]], density: float = 1.0) -> None:
        """Add up the sums of a run, a beat in a part of the cycles, and compare what comes out."""
        bench, acc_bits = self.bench, self.config.acc_bits
        self.outputs.clear()
        self.overflows.clear()
        rounding = (1 << int(bench.rng.integers(acc_bits))) >> 1
        bench["rounding"].set(rounding)
        bench["rewind"].set(1)
        await self._cycle(None)
        bench["rewind"].set(0)
        wanted, wrapped, ends = [], [], []
        for bias, sums in zip(self.biases, outputs, strict=False):
            value = bias
            for number, addend in enumerate(sums):
                while bench.rng.random() >= density:
                    await self._cycle(None)
                total, overflow = add_wrap(value, addend, acc_bits)
                value = int(total)
                wrapped += [bench.cycle + 2] if overflow else []
                await self._cycle(addend, first=number == 0, last=number == len(sums) - 1)
            ends.append(bench.cycle - 1 + LATENCY)
            wanted.append((value + rounding,))
        for _ in range(LATENCY + 1):
            await self._cycle(None)
        assert self.outputs.values == wanted
        assert self.outputs.cycles == ends
        assert self.overflows.cycles == wrapped

    async def _cycle(self, addend: int | None, *, first: bool = False, last: bool = False) -> None:
        """Let a cycle pass with a beat or without; its sum comes in the next one."""
        bench, idle = self.bench, addend is None
        bench["valid"].set(not idle)
        bench["first"].set(int(bench.rng.integers(2)) if idle else first)
        bench["last"].set(int(bench.rng.integers(2)) if idle else last)
        await bench.step()
        bench["sum"].set(int(bench.rng.integers(*self.sums)) if addend is None else addend)


@cocotb.test()
async def the_range_exactly_and_one_more(dut: HierarchyObject) -> None:
    """Sums that reach the ends of the range, and ones that leave it by one, from every side."""
    outputs = OutputsChecker(dut)
    low, high = limits(outputs.config.acc_bits)
    most = min(outputs.sums[1], high // 4)
    biases, sums = [], []
    for end, step in ((high, 1), (low, -1)):
        for beyond in (0, 1):
            for addends in ([step * most], [step], [step * (most - 1), step], [-step, step * 2]):
                biases.append(end - sum(addends) + step * beyond)
                sums.append(addends)
    await outputs.start(biases)
    await outputs.run(sums)


@cocotb.test()
@cocotb.parametrize(density=(1.0, 0.5, 0.1))
async def random_outputs(dut: HierarchyObject, density: float) -> None:
    """Outputs of one beat to many, back to back and with pauses; every run from the first bias."""
    outputs = OutputsChecker(dut)
    rng, low_high = outputs.bench.rng, limits(outputs.config.acc_bits)
    depth = outputs.config.bias_depth
    await outputs.start(rng.integers(*low_high, depth, endpoint=True).tolist())
    for _ in range(3):
        lengths = rng.integers(1, 6, size=int(rng.integers(1, depth, endpoint=True)))
        await outputs.run(
            [rng.integers(*outputs.sums, size=n, endpoint=True).tolist() for n in lengths],
            density,
        )


@cocotb.test()
async def outputs_of_one_beat(dut: HierarchyObject) -> None:
    """A new output in every cycle takes a new bias in every cycle."""
    outputs = OutputsChecker(dut)
    depth = outputs.config.bias_depth
    await outputs.start([7 * number - 40 for number in range(depth)])
    await outputs.run([[number] for number in range(depth)])
