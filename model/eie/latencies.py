"""Latencies of the units of an EIE array, in cycles."""

from zskip.model.common.latencies import SRAM_READ, WRITE_BACK
from zskip.model.eie.config import Config
from zskip.model.eie.lnzd import tree_levels

LOOK_UP = 1
HALF_PRODUCTS = 1
PRODUCT = 1
SUM = 1
"""Stages of the arithmetic."""

BIAS_SUM = 1
ROUNDING = 1
"""Stages behind it, where several lanes add to accumulators that start from 0."""

ARITHMETIC = LOOK_UP + HALF_PRODUCTS + PRODUCT + SUM
"""From an entry, or a row to write back, to the write of its accumulator."""

LANE_ARITHMETIC = LOOK_UP + HALF_PRODUCTS + PRODUCT + SUM + BIAS_SUM + ROUNDING
"""The same where there are several lanes, of a row to write back."""

BLOCK_QUEUE_DEPTH = 4
"""Blocks of entries that wait for the lanes."""


def readout_latency(config: Config) -> int:
    """Return the cycles from a command of the emitter to the word that it asks for."""
    return SRAM_READ + 2 * len(tree_levels(config))


def write_back_latency(config: Config) -> int:
    """Return the cycles from the last row's write-back command to the one behind its write."""
    return WRITE_BACK + (LANE_ARITHMETIC if config.lanes > 1 else ARITHMETIC)
