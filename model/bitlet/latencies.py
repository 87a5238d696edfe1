"""Latencies of the units of a Bitlet array, in cycles."""

from zskip.model.bitlet.config import Config
from zskip.model.bitlet.passes import PASS_WORDS
from zskip.model.common.latencies import SRAM_READ, WRITE_BACK

DECODE = 1
TERM = 1
ACCUMULATE = 1
ROUND = 1
PACK = 3
WRITE = 1
"""Stages of a row beside the levels of its adder trees, and the write of an output."""


def tree_levels(lanes: int) -> int:
    """Return the levels of a tree over so many lanes, each a cycle."""
    return (lanes - 1).bit_length()


def pass_cycles(config: Config, *, floating: bool) -> int:
    """Return the cycles of a pass beside those of its engines.

    They are those to its first beat, and from the end of its last group to the write of its last
    outputs.

    Parameters
    ----------
    config : Config
        The array.
    floating : bool
        Whether the layer is in floating point, whose groups wait for their largest exponent.

    Returns
    -------
    int
    """
    levels = tree_levels(config.row_lanes) + tree_levels(config.segments)
    finish = config.beats + PACK if floating else ROUND + WRITE_BACK
    return SRAM_READ + DECODE + TERM + levels + ACCUMULATE + finish + WRITE


def run_cycles() -> int:
    """Return the further cycles of the first pass of a run, whose program words are read first."""
    return PASS_WORDS + SRAM_READ
