"""Bench of the exponents of products; oracle: the model's."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.product_exponents import ProductExponents
from zskip.model.bitlet.alignment import product_exponents
from zskip.model.common.fixed import IntArray
from zskip.model.common.floats import FloatFormat
from zskip.verif.bitlet.unit import packed
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Events, Testbench


def random_words(number: FloatFormat, rng: np.random.Generator, count: int) -> IntArray:
    """Return words of any kind; a part is zero or subnormal, and in some beats one is special."""
    words = rng.integers(1 << number.bits, size=count)
    fraction = words & ((1 << number.fraction_bits) - 1)
    special = words >> number.fraction_bits & number.special_field == number.special_field
    words = np.where(special & (rng.random() < 0.7), fraction, words)
    kind = rng.random(count)
    return np.where(kind < 0.2, 0, np.where(kind < 0.3, fraction, words))


@cocotb.test()
async def beats_of_rows(dut: HierarchyObject) -> None:
    """Rows of some beats with pauses; the common exponent never falls within one."""
    given = current_stimulus()
    number, pairs = FloatFormat(**given["number"]), given["pairs"]
    bench = Testbench(dut, ProductExponents(number, pairs=pairs).signature)
    beats = Events(bench, "valid", "exponents", "special")
    rng, wanted = bench.rng, []
    await bench.start()
    for _ in range(120):
        common = 0
        for number_in_row in range(int(rng.integers(1, 6))):
            while rng.random() < 0.2:
                bench["valid"].set(0)
                await bench.step()
                assert number_in_row == 0 or bench["common"].number == common
            words = [random_words(number, rng, pairs) for _ in range(2)]
            left, right = (number.unpack(word) for word in words)
            exponents = product_exponents(left, right)
            common = max(common, int(exponents.max()))
            special = bool((left.special | right.special).any())
            wanted.append((packed(exponents.tolist(), number.exponent_bits + 1), special))
            bench["valid"].set(1)
            bench["first"].set(number_in_row == 0)
            bench["weights"].set(packed(words[0].tolist(), number.bits))
            bench["activations"].set(packed(words[1].tolist(), number.bits))
            await bench.step()
            assert bench["common"].number == common
    assert beats.values == wanted
    assert {special for _, special in wanted} == {False, True}
