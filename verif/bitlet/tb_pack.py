"""Bench of packing; oracle: the model's."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.pack import Pack
from zskip.model.common.fixed import limits
from zskip.model.common.floats import FLOAT16
from zskip.verif.bitlet.unit import Recorder, unit_number
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Testbench


@cocotb.test()
@cocotb.parametrize(narrow=(False, True), relu=(False, True))
async def sums_of_every_size(dut: HierarchyObject, narrow: bool, relu: bool) -> None:
    """Normal and subnormal words, ones at both ends of the fields, infinities, and zeros."""
    given, widest = current_stimulus(), unit_number()
    if narrow and widest == FLOAT16:
        return
    number, bits = FLOAT16 if narrow else widest, given["sum_bits"]
    bench = Testbench(dut, Pack(widest, sum_bits=bits, unit_bits=given["unit_bits"]).signature)
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
    recorder = Recorder(bench, Pack.LATENCY, "word", "overflow")
    await bench.start()
    bench["narrow"].set(narrow)
    bench["relu"].set(relu)
    for total, unit in zip(sums.tolist(), units.tolist(), strict=True):
        bench["sum"].set(total)
        bench["unit"].set(unit)
        await bench.step()
    await bench.step(Pack.LATENCY)
    rectified = np.where(wanted.words >> number.bits - 1, 0, wanted.words) if relu else wanted.words
    words = list(zip(rectified.tolist(), wanted.overflows.tolist(), strict=True))
    assert recorder.values == words
    fields = {word >> number.fraction_bits & number.special_field for word, _ in words}
    assert {0, 1, number.special_field} <= fields
