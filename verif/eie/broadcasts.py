"""Broadcasts of an input vector, and what the PEs offer for them, as the hardware tells them."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from amaranth.utils import exact_log2

from zskip.hw.eie.interfaces import numbered
from zskip.model.common.fixed import IntArray
from zskip.model.common.stream import LANES
from zskip.model.eie.config import LARGEST_GROUP, Config
from zskip.model.eie.lnzd import broadcast_order, joined
from zskip.model.eie.places import column_places
from zskip.verif.common.ports import Fields

GROUP_SIZES = range(exact_log2(LANES), LARGEST_GROUP + 1)
"""Group bits that there are where broadcasts are of groups: a group has a whole word at least."""


class Broadcast(NamedTuple):
    """One broadcast.

    Parameters
    ----------
    columns : tuple of int
        Columns whose activations it has.
    fields : dict of str to int
        How the hardware tells it.
    """

    columns: tuple[int, ...]
    fields: Fields


def broadcasts(source: IntArray, group_bits: int, config: Config) -> list[Broadcast]:
    """Return the broadcasts of an input vector, in their order.

    Parameters
    ----------
    source : ndarray of int64, shape (inputs,)
        The input vector.
    group_bits : int
        Columns of a group of the pass, as a power of two.
    config : Config
        The array.
    """
    if config.in_groups:
        groups = joined(source != 0, group_bits, config)
    else:
        groups = [[column] for column in broadcast_order(source != 0, config).tolist()]
    places = column_places(source.size, config)
    return [
        Broadcast(tuple(columns), _fields(source[columns], places[columns], config))
        for columns in groups
    ]


def offers(source: IntArray, pe: int, config: Config) -> list[list[Fields]]:
    """Return what a PE offers of each word of its part of an input vector.

    These are the non-zero activations, or where broadcasts are of groups the word whatever it has.

    Parameters
    ----------
    source : ndarray of int64, shape (inputs,)
        The input vector.
    pe : int
        The PE.
    config : Config
        The array.
    """
    places = column_places(source.size, config)[pe :: config.pe_count].tolist()
    given = list(zip(source[pe :: config.pe_count].tolist(), places, strict=True))
    words = [given[first : first + LANES] for first in range(0, len(given), LANES)]
    if config.in_groups:
        return [[_word(word)] for word in words]
    return [[{"value": value, "index": place} for value, place in word if value] for word in words]


def told(items: Iterable[Fields]) -> list[Fields]:
    """Return what a PE tells: of a word nothing of the lanes that are not sent."""
    return [
        {
            name: value if _is_sent(name, item.get("wanted", 0)) else 0
            for name, value in item.items()
        }
        for item in items
    ]


def active(item: Fields) -> int:
    """Return how many activations a broadcast has."""
    return 1 + sum(value for name, value in item.items() if name.startswith("valid"))


def _fields(values: IntArray, places: IntArray, config: Config) -> Fields:
    """Return how the hardware tells a broadcast."""
    fields = {"value": int(values[0]), "index": int(places[0])}
    for number in range(1, config.broadcast_size):
        there = number < values.size
        fields |= {
            numbered("valid", number): int(there),
            numbered("value", number): int(values[number]) if there else 0,
            numbered("place", number): int(places[number]) % (1 << LARGEST_GROUP) if there else 0,
        }
    return fields


def _word(word: list[tuple[int, int]]) -> Fields:
    """Return how a PE tells a word."""
    values = np.zeros(LANES, dtype=np.int64)
    values[: len(word)] = [value for value, _ in word]
    lanes = {f"lane_{lane}": value for lane, value in enumerate(values.tolist())}
    wanted = sum(1 << lane for lane in np.flatnonzero(values).tolist())
    return {**lanes, "wanted": wanted, "number": word[0][1] // LANES}


def _is_sent(name: str, wanted: int) -> bool:
    """Return whether a field says something: it is no lane that is not sent."""
    lane = name.removeprefix("lane_")
    return lane == name or bool(wanted >> int(lane) & 1)
