"""Densities at which one kind of hardware overtakes another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

CLOSE = 0.01
"""Densities between which an overtaking is not searched for any more."""

Cycles = Callable[[float], int]
"""Cycles at a density."""


@dataclass(frozen=True)
class Segment:
    """A range of densities.

    Parameters
    ----------
    fastest : str or None
        The one of two contenders that takes fewer cycles there; None where both take as many.
    low, high : float
        Where it begins and ends, to `CLOSE`.
    """

    fastest: str | None
    low: float
    high: float


@dataclass(frozen=True)
class Duel:
    """Two contenders over all densities of a map.

    Parameters
    ----------
    names : tuple of str
        Their names.
    segments : tuple of Segment
        Side by side, in ascending order.
    """

    names: tuple[str, str]
    segments: tuple[Segment, ...]

    def __str__(self) -> str:
        one, other = self.names
        if len(self.segments) == 1:
            fastest = self.segments[0].fastest
            if fastest is None:
                return f"{one} and {other} take the same cycles at every density"
            return f"{fastest} is faster than {other if fastest == one else one} at every density"
        first, *between, last = self.segments
        parts = [f"{first.fastest or 'neither'} below {first.high:.2f}"]
        parts += (f"{part.fastest or 'neither'} up to {part.high:.2f}" for part in between)
        where = "at" if f"{last.low:.2f}" == f"{last.high:.2f}" else "above"
        parts.append(f"{last.fastest or 'neither'} {where} {last.low:.2f}")
        return f"{one} or {other}: faster is {', '.join(parts)}"


def duels(densities: Sequence[float], cycles: Mapping[str, Cycles]) -> tuple[Duel, ...]:
    """Compare each two contenders, and search for the densities at which they change places.

    Between two densities that are given, at most one change is found.

    Parameters
    ----------
    densities : sequence of float
        Where to compare, ascending.
    cycles : mapping of str to callable
        Cycles of each contender at any density.

    Returns
    -------
    tuple of Duel
        For each two, in the order of `cycles`.
    """
    names = list(cycles)
    pairs = [(one, other) for place, one in enumerate(names) for other in names[place + 1 :]]
    return tuple(Duel(pair, _segments(pair, densities, cycles)) for pair in pairs)


def _segments(
    pair: tuple[str, str], densities: Sequence[float], cycles: Mapping[str, Cycles]
) -> tuple[Segment, ...]:
    """Return the ranges of a pair."""

    def fastest(density: float) -> str | None:
        one, other = (cycles[name](density) for name in pair)
        return None if one == other else pair[one > other]

    found = [Segment(fastest(densities[0]), densities[0], densities[0])]
    for below, above in pairwise(densities):
        leader, last = fastest(above), found[-1]
        if leader != last.fastest:
            low, high = below, above
            while high - low > CLOSE:
                middle = (low + high) / 2
                low, high = (middle, high) if fastest(middle) == last.fastest else (low, middle)
            found[-1] = Segment(last.fastest, last.low, (low + high) / 2)
            last = Segment(leader, found[-1].high, above)
            found.append(last)
        found[-1] = Segment(last.fastest, last.low, above)
    return tuple(found)
