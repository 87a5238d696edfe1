"""Bench of biases in floating point; oracle: the model's rows without products."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.float_bias import FloatBias
from zskip.model.bitlet.alignment import align_rows
from zskip.model.common.floats import FLOAT16
from zskip.verif.bitlet.float_stimulus import random_words
from zskip.verif.bitlet.unit import unit_number
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Testbench


@cocotb.test()
@cocotb.parametrize(narrow=(False, True))
async def biases_of_every_kind(dut: HierarchyObject, narrow: bool) -> None:
    """Normal and subnormal biases, zeros of both signs, and special ones."""
    widest, lanes = unit_number(), current_stimulus()["lanes"]
    if narrow and widest == FLOAT16:
        return
    number = FLOAT16 if narrow else widest
    bench = Testbench(dut, FloatBias(widest, lanes=lanes).signature)
    lowest = 2 * number.bias + number.fraction_bits + lanes - 1
    words = random_words(number, bench.rng, 500, (0, number.special_field))
    words[:4] = (0, 1 << number.bits - 1, 1, (1 << number.bits - 1) - 1)
    none = np.zeros(8, dtype=np.int64)
    await bench.start()
    bench["narrow"].set(narrow)
    for word in words.tolist():
        bench["word"].set(word)
        await bench.step()
        aligned = align_rows(none, none, number, lanes, 8, biases=word)
        assert bench["exponent"].number == aligned.units + lowest
        assert bench["start"].number == aligned.biases
        assert bench["special"].bits == aligned.special
