"""Bench of the outputs; oracles: the model's write-back, and its packing."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.outputs import Outputs
from zskip.model.bitlet.passes import FORMATS
from zskip.model.common.fixed import ACTIVATION_BITS, limits, write_back
from zskip.verif.bitlet.unit import packed, unit_lanes
from zskip.verif.common.testbench import Events, Testbench

ROUNDS = 60
"""Rounds of a test."""

FLAGS = ("o", "o_saturated", "o_overflow", "o_special")


@cocotb.test()
@cocotb.parametrize(joined=(False, True), relu=(False, True))
async def integers(dut: HierarchyObject, joined: bool, relu: bool) -> None:
    """Rows leave one after the other, written back; rounds come as close as they may."""
    lanes = unit_lanes()
    bench = Testbench(dut, Outputs(lanes).signature)
    outputs = Events(bench, "o_valid", *FLAGS)
    rng, bits = bench.rng, lanes.config.acc_bits
    rows, shift = 1 if joined or lanes.rows == 1 else lanes.rows, int(rng.integers(1, 9))
    await bench.start()
    bench["joined"].set_bits(joined and lanes.rows > 1)
    bench["relu"].set(relu)
    bench["shift"].set(shift)
    bench["rounding"].set(1 << shift - 1)
    wanted, cycles = [], []
    for _ in range(ROUNDS):
        values = rng.integers(*limits(bits), lanes.rows) >> rng.integers(bits - 1)
        words, clipped = write_back(values[:rows], shift, relu)
        wanted += [
            (int(word) & ((1 << ACTIVATION_BITS) - 1), int(flag), 0, 0)
            for word, flag in zip(words, clipped, strict=True)
        ]
        cycles += [bench.cycle + Outputs.LATENCY + row for row in range(rows)]
        bench["accumulators"].set(packed(values.tolist(), bits))
        bench["valid"].set(1)
        await bench.step()
        bench["valid"].set(0)
        await bench.step(rows - 1 + int(rng.integers(2)))
    await bench.step(Outputs.LATENCY + rows)
    assert outputs.values == wanted
    assert outputs.cycles == cycles
    assert {clipped for _, clipped, _, _ in wanted} == {0, 1}


@cocotb.test()
@cocotb.parametrize(relu=(False, True))
async def floats(dut: HierarchyObject, relu: bool) -> None:
    """Sums of every size and exponent in each format, a cycle each; special ones count."""
    lanes = unit_lanes()
    if lanes.number is None:
        return
    layout, bits = lanes.group, lanes.config.float_acc_bits
    bench = Testbench(dut, Outputs(lanes).signature)
    outputs = Events(bench, "o_valid", *FLAGS)
    rng, (low, high) = bench.rng, limits(bits)
    for form, number in enumerate(FORMATS[: lanes.config.float_bits // ACTIVATION_BITS + 1]):
        if number is None:
            continue
        await bench.start()
        outputs.clear()
        bench["format"].set(form)
        bench["relu"].set(relu)
        sums = rng.integers(low, high, 400) >> rng.integers(bits, size=400)
        commons = rng.integers(2 << number.exponent_bits, size=400)
        special = rng.random(400) < 0.1
        lowest = 2 * number.bias + number.fraction_bits + lanes.lanes - 1
        packed_words = number.pack(sums, commons - lowest)
        negative = packed_words.words >> number.bits - 1 > 0
        words = np.where(negative & relu, 0, packed_words.words)
        begun = bench.cycle
        bench["valid"].set(1)
        for total, common, taint in zip(sums, commons, special, strict=True):
            bench["float_sum"].set(int(total))
            bench["group"].set_bits(int(common) | int(taint) << layout.size - 1)
            await bench.step()
        bench["valid"].set(0)
        await bench.step(Outputs.LATENCY + 1)
        flags = (words, np.zeros(400, dtype=int), packed_words.overflows | special, special)
        wanted = [tuple(int(part) for part in parts) for parts in zip(*flags, strict=True)]
        assert outputs.values == wanted
        assert outputs.cycles == [begun + Outputs.LATENCY + place for place in range(400)]
