"""Bench of unpacking; oracle: the model's."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.unpack import Unpack
from zskip.model.common.floats import FLOAT16
from zskip.verif.bitlet.unit import unit_number
from zskip.verif.common.testbench import Testbench


@cocotb.test()
@cocotb.parametrize(narrow=(False, True))
async def words_of_every_kind(dut: HierarchyObject, narrow: bool) -> None:
    """Every exponent field with fractions of all sorts: zeros, subnormal and special numbers."""
    widest = unit_number()
    if narrow and widest == FLOAT16:
        return
    number = FLOAT16 if narrow else widest
    bench = Testbench(dut, Unpack(widest).signature)
    rng, fields = bench.rng, np.arange(1 << (number.exponent_bits + 1)) << number.fraction_bits
    most = (1 << number.fraction_bits) - 1
    fractions = [0, 1, most, 1 << (number.fraction_bits - 1)]
    fractions += rng.integers(most, size=4).tolist()
    await bench.start()
    bench["narrow"].set(narrow)
    for word in (fields[:, None] + fractions).ravel().tolist():
        # What is above a narrow word means nothing.
        above = int(rng.integers(1 << 16)) << number.bits if narrow else 0
        bench["word"].set(word | above)
        await bench.step()
        parts = number.unpack(word)
        for name, wanted in (
            ("negative", parts.negative),
            ("exponent", parts.exponents),
            ("significand", parts.significands),
            ("special", parts.special),
        ):
            assert bench[name].number == wanted, (hex(word), name)
