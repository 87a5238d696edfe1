"""Bench of packing; oracle: the model's."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.pack import Pack
from zskip.model.common.fixed import limits
from zskip.model.common.floats import FloatFormat
from zskip.verif.bitlet.unit import Recorder
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Testbench

LATENCY = 2
"""Cycles from a sum to its word."""


@cocotb.test()
async def sums_of_every_size(dut: HierarchyObject) -> None:
    """Normal and subnormal words, ones at both ends of the fields, infinities, and zeros."""
    given = current_stimulus()
    number, bits = FloatFormat(**given["number"]), given["sum_bits"]
    bench = Testbench(dut, Pack(number, sum_bits=bits, unit_bits=given["unit_bits"]).signature)
    rng, (low, high) = bench.rng, limits(bits)
    lengths = rng.integers(bits, size=1500)
    sums = rng.integers(low, high, 1500, endpoint=True) >> lengths
    sums[:6] = (0, 1, -1, low, high, low + 1)
    # Fields around those at the ends, for a leading one anywhere.
    aims = rng.choice([-number.fraction_bits - 1, -3, 0, 1, 2, number.special_field], 1500)
    aims = aims + rng.integers(-1, 2, 1500)
    units = aims - number.bias - (bits - 2 - lengths)
    units[500:] = rng.integers(*limits(given["unit_bits"]), 1000)
    wanted = number.pack(sums, units)
    recorder = Recorder(bench, LATENCY, "word", "overflow")
    await bench.start()
    for total, unit in zip(sums.tolist(), units.tolist(), strict=True):
        bench["sum"].set(total)
        bench["unit"].set(unit)
        await bench.step()
    await bench.step(LATENCY)
    words = list(zip(wanted.words.tolist(), wanted.overflows.tolist(), strict=True))
    assert recorder.values == words
    fields = {word >> number.fraction_bits & number.special_field for word, _ in words}
    assert {0, 1, number.special_field} <= fields
