"""Latencies of the units of a Bitlet array, in cycles."""

from zskip.model.bitlet.config import Config
from zskip.model.bitlet.passes import PASS_WORDS
from zskip.model.common.latencies import SRAM_READ, WRITE_BACK

TAKE = 1
TERM = 1
ACCUMULATE = 1
SERIALIZE = 1
"""Stages of a beat and of a row, beside the levels of the adder trees."""

OUTPUT = SERIALIZE + WRITE_BACK
"""From the accumulators of a round to its first output, in floating point as well."""


def tree_levels(lanes: int) -> int:
    """Return the levels of a tree over so many lanes, each a cycle."""
    return (lanes - 1).bit_length()


def sum_latency(config: Config) -> int:
    """Return the cycles from the end of the last group of a round to its accumulators."""
    return TERM + tree_levels(config.row_lanes) + tree_levels(config.segments) + ACCUMULATE


def output_latency(config: Config, *, floating: bool) -> int:
    """Return the cycles from the end of the last group of a round to its first output.

    Parameters
    ----------
    config : Config
        The array.
    floating : bool
        Whether groups wait for their largest exponent. The cycles for that are in front of the
        lanes, yet counted here.

    Returns
    -------
    int
    """
    waiting = config.beats if floating else 0
    return waiting + sum_latency(config) + OUTPUT


def pass_cycles(config: Config, *, rows: int, floating: bool) -> int:
    """Return the cycles of a pass beside those of its engines.

    They are those to its first beat, and from the end of its last group to the write of its last
    outputs, a row a cycle.

    Parameters
    ----------
    config : Config
        The array.
    rows : int
        Rows that an engine computes side by side.
    floating : bool
        Whether the layer is in floating point.

    Returns
    -------
    int
    """
    return SRAM_READ + TAKE + output_latency(config, floating=floating) + rows - 1


def run_cycles() -> int:
    """Return the further cycles of the first pass of a run, whose program words are read first."""
    return PASS_WORDS + SRAM_READ
