"""Broadcasts of an input vector, as the hardware tells them."""

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from zskip.hw.eie.interfaces import SECOND
from zskip.model.common.fixed import IntArray
from zskip.model.common.stream import LANES
from zskip.model.eie.config import Config
from zskip.model.eie.places import column_places
from zskip.verif.common.ports import Fields


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


def broadcasts(source: IntArray, columns: Iterable[int], config: Config) -> list[Broadcast]:
    """Return the broadcasts of some columns of an input vector.

    Parameters
    ----------
    source : ndarray of int64, shape (inputs,)
        The input vector.
    columns : iterable of int
        In the order in which they are broadcast.
    config : Config
        The array.
    """
    places = column_places(source.size, config)
    found = []
    for _, of_word in groupby(columns, lambda column: places[column] // LANES):
        word = list(of_word)
        for first in range(0, len(word), config.broadcast_size):
            together = tuple(word[first : first + config.broadcast_size])
            found.append(Broadcast(together, _fields(source, places, together, config)))
    return found


def _fields(source: IntArray, places: IntArray, columns: tuple[int, ...], config: Config) -> Fields:
    """Return how the hardware tells a broadcast."""
    first, *others = columns
    fields = {"value": int(source[first]), "index": int(places[first])}
    if config.in_pairs:
        second = others[0] if others else None
        fields |= {
            "both": int(second is not None),
            f"{SECOND}value": 0 if second is None else int(source[second]),
            f"{SECOND}lane": 0 if second is None else int(places[second] % LANES),
        }
    return fields


def told(items: Iterable[Fields]) -> list[Fields]:
    """Return what broadcasts tell: nothing of a second activation where there is none."""
    return [
        {
            name: 0 if name.startswith(SECOND) and not item["both"] else value
            for name, value in item.items()
        }
        for item in items
    ]
