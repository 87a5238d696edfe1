"""Densities at which one kind of hardware overtakes another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

CLOSE = 0.01
"""Densities between which an overtaking is not searched for any more."""

Cost = Callable[[float], int]
"""Cost at a density."""


@dataclass(frozen=True)
class Segment:
    """A range of densities.

    Parameters
    ----------
    ahead : str or None
        The one of two contenders that costs less there; None where both cost the same.
    low, high : float
        Where it begins and ends, to `CLOSE`.
    """

    ahead: str | None
    low: float
    high: float


@dataclass(frozen=True)
class Duel:
    """Two contenders over all densities of a map.

    Parameters
    ----------
    names : tuple of str
        Their names.
    cost : str
        What is compared: ``cycles``, or ``cycles x gates``.
    segments : tuple of Segment
        Side by side, in ascending order.
    """

    names: tuple[str, str]
    cost: str
    segments: tuple[Segment, ...]

    def __str__(self) -> str:
        one, other = self.names
        first, last = self.segments[0], self.segments[-1]
        if first is not last:
            parts = [_where(part, part is first, part is last) for part in self.segments]
            return f"{one} or {other}, fewer {self.cost}: {', '.join(parts)}"
        if first.ahead is None:
            return f"{one} and {other} take the same {self.cost} at every density"
        behind = other if first.ahead == one else one
        return f"{first.ahead} takes fewer {self.cost} than {behind} at every density"


def _where(part: Segment, first: bool, last: bool) -> str:
    """Tell a segment, the first and the last by their one neighbor."""
    name, low, high = part.ahead or "neither", f"{part.low:.2f}", f"{part.high:.2f}"
    if low == high:
        return f"{name} at {low}"
    return (
        f"{name} below {high}"
        if first
        else f"{name} above {low}"
        if last
        else (f"{name} up to {high}")
    )


def duels(densities: Sequence[float], costs: Mapping[str, Cost], cost: str) -> tuple[Duel, ...]:
    """Compare each two contenders, and search for the densities at which they change places.

    Between two densities that are given, at most one change is found.

    Parameters
    ----------
    densities : sequence of float
        Where to compare, ascending.
    costs : mapping of str to callable
        Cost of each contender at any density.
    cost : str
        What that is.

    Returns
    -------
    tuple of Duel
        For each two, in the order of `costs`.
    """
    names = list(costs)
    pairs = [(one, other) for place, one in enumerate(names) for other in names[place + 1 :]]
    return tuple(Duel(pair, cost, _segments(pair, densities, costs)) for pair in pairs)


def _segments(
    pair: tuple[str, str], densities: Sequence[float], costs: Mapping[str, Cost]
) -> tuple[Segment, ...]:
    """Return the ranges of a pair."""

    def ahead(density: float) -> str | None:
        one, other = (costs[name](density) for name in pair)
        return None if one == other else pair[one > other]

    found = [Segment(ahead(densities[0]), densities[0], densities[0])]
    for below, above in pairwise(densities):
        leader, last = ahead(above), found[-1]
        if leader != last.ahead:
            low, high = below, above
            while high - low > CLOSE:
                middle = (low + high) / 2
                low, high = (middle, high) if ahead(middle) == last.ahead else (low, middle)
            found[-1] = Segment(last.ahead, last.low, (low + high) / 2)
            last = Segment(leader, found[-1].high, above)
            found.append(last)
        found[-1] = Segment(last.ahead, last.low, above)
    return tuple(found)
