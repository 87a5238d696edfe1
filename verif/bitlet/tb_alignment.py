"""Bench of the alignment; oracle: the model's."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.alignment import Alignment
from zskip.model.bitlet.alignment import align
from zskip.verif.bitlet.unit import packed, unit_number
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Testbench


@cocotb.test()
@cocotb.parametrize(spread=(1, 4, 40, 10_000))
async def exponents_of_every_spread(dut: HierarchyObject, spread: int) -> None:
    """Significands, subnormal ones too, close to the common exponent and far below, and zeros."""
    given = current_stimulus()
    number, lanes, pairs = unit_number(), given["lanes"], given["pairs"]
    bits, exponent_bits = number.significand_bits, number.exponent_bits + 1
    bench = Testbench(dut, Alignment(number, lanes=lanes, pairs=pairs).signature)
    rng = bench.rng
    await bench.start()
    for _ in range(300):
        common = int(rng.integers(2, 1 << exponent_bits))
        exponents = np.maximum(common - rng.integers(spread, size=pairs), 2)
        exponents[rng.random(pairs) < 0.2] = 0
        significands = rng.integers(1 << bits, size=pairs)
        significands[rng.random(pairs) < 0.2] = (1 << bits) - 1
        bench["significands"].set(packed(significands.tolist(), bits))
        bench["exponents"].set(packed(exponents.tolist(), exponent_bits))
        bench["common"].set(common)
        await bench.step()
        wanted = align(significands, exponents, np.array(common), lanes, bits)
        assert bench["magnitudes"].number == packed(wanted.tolist(), lanes)
