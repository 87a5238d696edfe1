"""Bench of the common exponent; oracle: the largest of the exponents so far."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.common_exponent import CommonExponent
from zskip.model.bitlet.alignment import MOST_SHIFTED
from zskip.verif.bitlet.unit import packed
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Testbench


@cocotb.test()
@cocotb.parametrize(spread=(3, 60, 10_000))
async def groups_of_rows(dut: HierarchyObject, spread: int) -> None:
    """Rows of some groups with pauses: the exponent never falls in one, its rises are bounded."""
    given = current_stimulus()
    bits, pairs = given["exponent_bits"], given["pairs"]
    bench = Testbench(dut, CommonExponent(exponent_bits=bits, pairs=pairs).signature)
    rng, most = bench.rng, (1 << bits) - 1
    await bench.start()
    rises: set[int] = set()
    for _ in range(80):
        base = int(rng.integers(1, most))
        start = int(rng.choice([0, min(base + int(rng.integers(spread)), most)]))
        common, special = start, bool(rng.random() < 0.1)
        start_special = special
        groups = int(rng.integers(1, 5))
        for group in range(groups):
            before, beats = common, int(rng.integers(1, 4))
            for beat in range(beats):
                exponents = [
                    0 if rng.random() < 0.3 else min(base + int(rng.integers(spread)), most)
                    for _ in range(pairs)
                ]
                tainted = bool(rng.random() < 0.05)
                common, special = max(common, *exponents), special or tainted
                bench["valid"].set(0)
                while rng.random() < 0.2:
                    await bench.step()
                # The bias shows in the last beat of the first group, and something else in others.
                begins = group == 0 and beat == beats - 1
                values = {
                    "valid": 1,
                    "opens": beat == 0,
                    "closes": beat == beats - 1,
                    "first": group == 0,
                    "start": start if begins else most,
                    "start_special": start_special if begins else 1,
                    "exponents": packed(exponents, bits),
                    "special": tainted,
                }
                for name, value in values.items():
                    bench[name].set(value)
                await bench.step()
            rise = min(common - before, MOST_SHIFTED)
            rises.add(rise)
            assert bench["o"].value == {"common": common, "rise": rise, "special": int(special)}
    assert len(rises) > 1
    assert spread < most or MOST_SHIFTED in rises or bits < MOST_SHIFTED.bit_length()
