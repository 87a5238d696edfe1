"""Latencies of the units of an N:M array, in cycles."""

from zskip.model.common.latencies import SRAM_READ, WRITE_BACK
from zskip.model.nm.config import Config
from zskip.model.nm.passes import pass_words

PRODUCT = 1
ACCUMULATE = 1
ROUND = 1
WRITE = 1
"""Stages of a row beside the levels of its adder tree, and the write of its output."""


def tree_levels(config: Config) -> int:
    """Return the levels of the adder tree of a row, each a cycle."""
    return (config.slots - 1).bit_length()


def pass_cycles(config: Config) -> int:
    """Return the cycles of a pass beside one for each beat.

    They are those from its last beat to the write of its last outputs; whatever else a pass does
    happens meanwhile.
    """
    return SRAM_READ + PRODUCT + tree_levels(config) + ACCUMULATE + ROUND + WRITE_BACK + WRITE


def run_cycles(config: Config) -> int:
    """Return the further cycles of the first pass of a run, whose program words are read first."""
    return pass_words(config) + SRAM_READ
