# amaranth: UnusedElaboratable=no
"""How the benches of the N:M array's units begin, and the words that they send."""

from collections.abc import Callable, Iterable
from itertools import combinations

from amaranth.lib import wiring
from cocotb.handle import HierarchyObject

from zskip.model.nm.config import Config
from zskip.verif.common import unit as common
from zskip.verif.common.testbench import Testbench


def unit_config() -> Config:
    """Return the configuration that the unit was built for."""
    return common.unit_config(Config)


def unit_bench(dut: HierarchyObject, unit: Callable[[Config], wiring.Component]) -> Testbench:
    """Return the testbench of a unit; its reset is still to come.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    unit : callable
        Class of the unit; only its signature is needed here.

    Returns
    -------
    Testbench
    """
    return Testbench(dut, unit(unit_config()).signature)


def packed(values: Iterable[int], bits: int) -> int:
    """Return values of so many bits side by side, the first in the lowest ones."""
    word = 0
    for place, value in enumerate(values):
        word |= (int(value) & ((1 << bits) - 1)) << (place * bits)
    return word


def unpacked(word: int, bits: int, count: int) -> list[int]:
    """Return the numbers of so many bits with a sign that stand side by side in a word."""
    half, size = 1 << (bits - 1), 1 << bits
    return [((word >> (place * bits)) + half) % size - half for place in range(count)]


def legal_codes(config: Config) -> list[tuple[int, ...]]:
    """Return all positions that the weights of a group may have."""
    return list(combinations(range(config.m), config.n))
