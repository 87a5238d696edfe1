"""Cycles for weights of known distributions, beside those of other ways to multiply."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import comb

import numpy as np

from zskip.model.bitlet.config import BITLET, Config
from zskip.model.bitlet.engine_cycles import lane_cycles, layer_cycles
from zskip.model.bitlet.figures.distributions import DISTRIBUTIONS, Distribution
from zskip.model.bitlet.row import bit_columns
from zskip.model.common.fixed import IntArray

ROW_GROUPS = 8
"""Groups of a row in the runs with switches."""

PUBLISHED_WINDOW = 8
PUBLISHED_LATENCY = {False: 21, True: 24}
"""The published circuit: its window, and the cycles of a group beside those of the lanes, which
nothing overlaps, in fixed and in floating point."""

PLAIN = BITLET.replace(pe_count=1, invert=0, segments=1)
"""One engine of 64 pairs; loading is overlapped, and nothing else is better than published."""

SWITCHES: Mapping[str, Mapping[str, int]] = {
    "1 bank": {"banks": 1},
    "2 banks": {},
    "inverted": {"invert": 1},
    "run ahead 4": {"run_ahead": 4},
    "packed": {"segments": 3},
    "8 in step": {"pe_count": 8},
    "8 decoupled": {"pe_count": 8, "decoupled": 1, "skew": 2},
    "all": {"invert": 1, "run_ahead": 4, "segments": 3, "pe_count": 8, "decoupled": 1, "skew": 2},
}
"""Changes of `PLAIN` whose cycles the table shows, by heading."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Cycles for each group of weights of one distribution.

    Parameters
    ----------
    name : str
        The distribution.
    lanes : int
        Lanes that it takes.
    zero_bits : float
        Share of the bits of the magnitudes that are 0.
    dense : float
        Cycles of a bit-serial or bit-parallel engine with as many one-bit lanes.
    ideal : float
        Cycles of the fullest lane, on average.
    percentile : float
        Cycles that 99 of 100 groups stay within.
    window : float
        Cycles of the fullest lane with the published window.
    bound : float
        Cycles if all ones were spread evenly over the lanes.
    published : float
        Products a cycle of the published circuit, which overlaps nothing.
    switched : dict of str to float
        Cycles for each group and engine with each of the switches, loading included.
    """

    name: str
    lanes: int
    zero_bits: float
    dense: float
    ideal: float
    percentile: float
    window: float
    bound: float
    published: float
    switched: dict[str, float]

    @property
    def gain(self) -> float:
        """Dense cycles over ideal ones."""
        return self.dense / self.ideal


def table(
    groups: int = 4000,
    seed: int = 2021,
    config: Config = PLAIN,
    switches: Mapping[str, Mapping[str, int]] = SWITCHES,
) -> list[Measured]:
    """Measure every distribution.

    Parameters
    ----------
    groups : int, optional
        Groups to draw, at least 512: enough for 8 engines of 8 rows side by side.
    seed : int, optional
        Where the random numbers start.
    config : Config, optional
        The array that the switches change.
    switches : mapping of str to mapping of str to int, optional
        Changes of the array to measure, by heading.

    Returns
    -------
    list of Measured
        One for each of `DISTRIBUTIONS`.
    """
    rng = np.random.default_rng(seed)
    shape = (groups, config.pairs)
    return [_measured(kind, kind.draw(rng, shape), config, switches) for kind in DISTRIBUTIONS]


def _measured(
    kind: Distribution,
    magnitudes: IntArray,
    config: Config,
    switches: Mapping[str, Mapping[str, int]],
) -> Measured:
    """Measure groups of one distribution."""
    ones = bit_columns(magnitudes, kind.lanes).sum(axis=(1, 2))
    fullest = lane_cycles(magnitudes, kind.lanes, config).max(axis=-1)
    seen = config.replace(window=PUBLISHED_WINDOW)
    window = float(lane_cycles(magnitudes, kind.lanes, seen).max(axis=-1).mean())
    return Measured(
        name=kind.name,
        lanes=kind.lanes,
        zero_bits=1 - float(ones.mean()) / (kind.lanes * config.pairs),
        dense=config.pairs,
        ideal=float(fullest.mean()),
        percentile=float(np.percentile(fullest, 99)),
        window=window,
        bound=float(np.ceil(ones / kind.lanes).mean()),
        published=config.pairs / (window + PUBLISHED_LATENCY[kind.floating]),
        switched={
            name: group_cycles(magnitudes, kind, config.replace(**changes))
            for name, changes in switches.items()
        },
    )


def group_cycles(
    magnitudes: IntArray, kind: Distribution, config: Config, row_groups: int = ROW_GROUPS
) -> float:
    """Return the cycles for each group and engine when all of an array's engines work.

    The groups are cut into rows, those of a layer; what does not keep every engine busy is left
    out.

    Parameters
    ----------
    magnitudes : ndarray of int64, shape (groups, pairs)
        The groups.
    kind : Distribution
        Where they come from: their lanes, and whether each has an exponent of its own.
    config : Config
        The array.
    row_groups : int, optional
        Groups of a row.

    Returns
    -------
    float
    """
    packed = config.packed_rows(kind.lanes, floating=kind.floating)
    together = packed * config.pe_count
    turns = len(magnitudes) // (row_groups * together)
    rows = magnitudes[: turns * together * row_groups].reshape(
        turns * together, row_groups, config.pairs
    )
    cycles = layer_cycles(rows, kind.lanes, config, floating=kind.floating)
    return float(cycles) / (turns * row_groups * packed)


def random_bits(pairs: int, lanes: int, *, inverted: bool = False) -> float:
    """Return the exact mean of the cycles of a group whose bits are flips of a coin.

    Dense weights are nearly that in their lower lanes.

    Parameters
    ----------
    pairs : int
        Weights of a group.
    lanes : int
        Their bits.
    inverted : bool, optional
        Whether columns of more than half of the pairs are inverted.

    Returns
    -------
    float
        The mean of the largest of `lanes` counts, each binomial.
    """
    ways = [0] * (pairs + 1)
    for ones in range(pairs + 1):
        ways[min(ones, pairs - ones) if inverted else ones] += comb(pairs, ones)
    within = np.cumsum(np.array(ways, dtype=object)) / (1 << pairs)
    # The mean of a count is the sum over all n of the probability that it is above n.
    return float(np.sum(1 - within.astype(np.float64) ** lanes))
