# amaranth: UnusedElaboratable=no
"""Bench of the local leading-non-zero detection; oracle: the model's."""

from itertools import combinations

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.eie.pe.local_lnzd import LocalLnzd
from zskip.model.eie.pe.local_lnzd import local_lnzd
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Testbench

EXHAUSTIVE = 10
"""Up to so many flags, every combination is tried."""


class FlagsChecker:
    """Checker of the detection, with flags to set.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    """

    def __init__(self, dut: HierarchyObject) -> None:
        self.depth: int = current_stimulus()["depth"]
        self.bench = Testbench(dut, LocalLnzd(depth=self.depth).signature)

    async def check(self, flags: int) -> None:
        """Compare the position that is found, and which flags are behind it."""
        self.bench["flags"].set(flags)
        await self.bench.step()
        expected = local_lnzd(flags >> np.arange(self.depth) & 1 != 0)
        assert self.bench["found"].number == (expected is not None), f"flags {flags:b}"
        assert self.bench["rest"].number == flags & (flags - 1), f"flags {flags:b}"
        if expected is not None:
            assert self.bench["position"].number == expected, f"flags {flags:b}"


@cocotb.test()
async def first_flag(dut: HierarchyObject) -> None:
    """No flag, all flags, every single flag and every pair of flags."""
    flags = FlagsChecker(dut)
    await flags.check(0)
    await flags.check((1 << flags.depth) - 1)
    for position in range(flags.depth):
        await flags.check(1 << position)
    for first, second in combinations(range(flags.depth), 2):
        await flags.check(1 << first | 1 << second)


@cocotb.test()
async def any_flags(dut: HierarchyObject) -> None:
    """Every combination of few flags, random ones of many."""
    flags = FlagsChecker(dut)
    if flags.depth <= EXHAUSTIVE:
        for pattern in range(1 << flags.depth):
            await flags.check(pattern)
        return
    for density in (0.05, 0.2, 0.5):
        for _ in range(200):
            chosen = flags.bench.rng.random(flags.depth) < density
            await flags.check(sum(1 << position for position in np.flatnonzero(chosen).tolist()))
