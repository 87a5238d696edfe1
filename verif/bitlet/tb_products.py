"""Bench of the products of a beat; oracle: the model's words and exponents."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.products import Products
from zskip.model.bitlet.alignment import product_exponents
from zskip.model.common.floats import FLOAT16
from zskip.verif.bitlet.float_stimulus import KINDS, random_row
from zskip.verif.bitlet.unit import packed, unit_number
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Testbench


@cocotb.test()
@cocotb.parametrize(narrow=(False, True))
async def pairs_of_every_kind(dut: HierarchyObject, narrow: bool) -> None:
    """Signs, exponents and significands of pairs, zeros and special numbers among them."""
    widest, pairs = unit_number(), current_stimulus()["pairs"]
    if narrow and widest == FLOAT16:
        return
    number = FLOAT16 if narrow else widest
    bench = Testbench(dut, Products(widest, pairs=pairs).signature)
    rng, specials = bench.rng, set()
    up = widest.significand_bits - number.significand_bits
    await bench.start()
    for _ in range(300):
        row = random_row(number, rng, pairs, str(rng.choice([*KINDS, "special"])))
        left, right = number.unpack(row.weights), number.unpack(row.activations)
        bench["narrow"].set(narrow)
        bench["weights"].set(packed(row.weights.tolist(), widest.bits))
        bench["activations"].set(packed(row.activations.tolist(), widest.bits))
        await bench.step()
        exponents = product_exponents(left, right)
        fields = (
            (left.negative ^ right.negative, 1),
            (exponents, widest.exponent_bits + 1),
            (left.significands << up, widest.significand_bits),
            (right.significands, widest.significand_bits),
        )
        wanted, place = 0, 0
        for values, bits in fields:
            wanted |= packed(values.tolist(), bits) << place
            place += pairs * bits
        assert bench["o"].bits == wanted
        special = bool((left.special | right.special).any())
        assert bench["special"].bits == special
        specials.add(special)
    assert specials == {False, True}
