"""Bench of the selector; oracle: indexing by position, and whether positions ascend."""

from collections.abc import Sequence
from itertools import pairwise, product

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.nm.selector import Selector
from zskip.model.common.fixed import IntArray, limits
from zskip.verif.nm.unit import legal_codes, packed, unit_bench, unit_config, unpacked

ILLEGAL_WORDS = 10_000
"""Words with at least one illegal group, none of which may pass."""


class GroupsChecker:
    """Driver and checker of the selector.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    """

    def __init__(self, dut: HierarchyObject) -> None:
        self.config = unit_config()
        self.bench = unit_bench(dut, Selector)
        self.legal = legal_codes(self.config)

    async def check(self, codes: Sequence[Sequence[int]], x: IntArray | None = None) -> bool:
        """Give the positions of every group, and activations; return whether they are legal."""
        config, bench = self.config, self.bench
        if x is None:
            low, high = limits(config.activation_bits)
            x = bench.rng.integers(low, high, config.window, endpoint=True)
        bench["positions"].set(packed((at for code in codes for at in code), config.position_bits))
        bench["x"].set(packed(x.tolist(), config.activation_bits))
        await bench.step()
        legal = all(first < second for code in codes for first, second in pairwise(code))
        assert bench["illegal"].number == (not legal), codes
        if legal:
            wanted = [
                int(x[group * config.m + at]) for group, code in enumerate(codes) for at in code
            ]
            assert unpacked(bench["o"].number, config.activation_bits, config.slots) == wanted, (
                codes
            )
        return legal

    def random_codes(self) -> list[tuple[int, ...]]:
        """Return a legal code for every group."""
        picked = self.bench.rng.integers(len(self.legal), size=self.config.groups)
        return [self.legal[number] for number in picked]


@cocotb.test()
async def every_legal_code_with_every_sign(dut: HierarchyObject) -> None:
    """All legal codes of a group, in each group, with the extremes of both signs."""
    groups = GroupsChecker(dut)
    await groups.bench.start()
    config, rng = groups.config, groups.bench.rng
    corners = np.array([*limits(config.activation_bits), -1, 0, 1])
    for code in groups.legal:
        for group in range(config.groups):
            codes = groups.random_codes()
            codes[group] = code
            for x in (corners, rng.permutation(corners), -corners[1:]):
                await groups.check(codes, np.resize(x, config.window))


@cocotb.test()
async def every_code(dut: HierarchyObject) -> None:
    """All codes of a group, legal or not, or as many at random as is bearable."""
    groups = GroupsChecker(dut)
    await groups.bench.start()
    config, rng = groups.config, groups.bench.rng
    codes = list(product(range(config.m), repeat=config.n)) if config.m**config.n <= 4096 else None
    picked = codes or rng.integers(config.m, size=(4096, config.n)).tolist()
    legal = 0
    for code in picked:
        given = groups.random_codes()
        given[int(rng.integers(config.groups))] = tuple(code)
        legal += await groups.check(given)
    assert codes is None or legal == len(groups.legal)


@cocotb.test()
async def no_illegal_word_passes(dut: HierarchyObject) -> None:
    """Words with illegal groups anywhere are all told."""
    groups = GroupsChecker(dut)
    await groups.bench.start()
    config, rng = groups.config, groups.bench.rng
    if config.n == 1:
        return
    told = 0
    while told < ILLEGAL_WORDS:
        codes = groups.random_codes()
        for group in rng.integers(config.groups, size=rng.integers(1, 3)):
            codes[int(group)] = tuple(rng.integers(config.m, size=config.n).tolist())
        told += not await groups.check(codes)
