"""Bench of unpacking; oracle: the model's."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.unpack import Unpack
from zskip.model.common.floats import FloatFormat
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Testbench


@cocotb.test()
async def words_of_every_kind(dut: HierarchyObject) -> None:
    """Every exponent field with fractions of all sorts: zeros, subnormal and special numbers."""
    number = FloatFormat(**current_stimulus()["number"])
    bench = Testbench(dut, Unpack(number).signature)
    rng, fields = bench.rng, np.arange(1 << (number.exponent_bits + 1)) << number.fraction_bits
    most = (1 << number.fraction_bits) - 1
    fractions = [0, 1, most, 1 << (number.fraction_bits - 1)]
    fractions += rng.integers(most, size=4).tolist()
    await bench.start()
    for word in (fields[:, None] + fractions).ravel().tolist():
        bench["word"].set(word)
        await bench.step()
        parts = number.unpack(word)
        for name, wanted in (
            ("negative", parts.negative),
            ("exponent", parts.exponents),
            ("significand", parts.significands),
            ("special", parts.special),
        ):
            assert bench[name].number == wanted, (hex(word), name)
