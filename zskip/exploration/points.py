"""Points of an exploration: configurations from a grid, from random samples of one, or a list."""

import csv
import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from os import PathLike
from pathlib import Path
from typing import Any

from zskip.model.common.config import EngineConfig
from zskip.model.common.errors import InputError

MOST = 100_000
"""Configurations that a grid may have; of a larger one samples are taken."""

TRIES = 100
"""Combinations that are drawn for each sample, as some are no configuration."""

Settings = Mapping[str, Sequence[int]]
"""Values of fields of a configuration, by name."""


@dataclass(frozen=True)
class Point:
    """A configuration to measure.

    Parameters
    ----------
    config : EngineConfig
        The hardware.
    keep : tuple of str
        Fields that were chosen for this point and are not enlarged, in the order of the alphabet.
    """

    config: EngineConfig
    keep: tuple[str, ...]


@dataclass(frozen=True)
class Points:
    """Configurations to measure.

    Parameters
    ----------
    points : tuple of Point
        Each once.
    notes : tuple of str
        How many combinations are no configuration, and why the first one is none.

    Raises
    ------
    InputError
        There is none.
    """

    points: tuple[Point, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.points:
            why = f": {self.notes[0]}" if self.notes else ", not none: give some"
            raise InputError(f"there must be a configuration to measure{why}")


def grid(bases: Sequence[EngineConfig], settings: Settings) -> Points:
    """Return every combination of values.

    Parameters
    ----------
    bases : sequence of EngineConfig
        Configurations to start from. Each takes the settings of the fields that it has.
    settings : mapping of str to sequence of int
        Values of fields; the last field changes fastest.

    Returns
    -------
    Points

    Raises
    ------
    InputError
        No configuration has a field, there are too many combinations, or none is a configuration.
    """
    spaces = _spaces(bases, settings)
    total = sum(space.size for space in spaces)
    if total > MOST:
        raise InputError(
            f"a grid must have at most {MOST:,} configurations, not {total:,}: give fewer values, "
            "or take samples"
        )
    return _collected((space.point, index) for space in spaces for index in range(space.size))


def sampled(bases: Sequence[EngineConfig], settings: Settings, samples: int, seed: int) -> Points:
    """Return random combinations of values, each once; all of them where there are fewer.

    Parameters
    ----------
    bases, settings
        As for `grid`, of any size.
    samples : int
        How many.
    seed : int
        Seed of the draw.

    Returns
    -------
    Points

    Raises
    ------
    InputError
        As `grid`; or the number of samples is below 1.
    """
    if samples < 1:
        raise InputError(f"the number of samples must be at least 1, not {samples}: take more")
    spaces = _spaces(bases, settings)
    total = sum(space.size for space in spaces)
    drawn = random.Random(seed).sample(range(total), min(total, TRIES * samples))
    return _collected((_at(spaces, index) for index in drawn), most=samples)


def listed(
    rows: str | PathLike[str] | Iterable[Mapping[str, Any]],
    base: Callable[[str | None, str | None], EngineConfig],
) -> Points:
    """Return the configurations of a list.

    Parameters
    ----------
    rows : path or iterable of mapping
        A CSV file with a line of headings, or rows: ``engine`` and ``config`` name what a row
        starts from, every other column is a field. An empty cell changes nothing.
    base : callable
        Gives a configuration for a name of an engine and of a configuration, each perhaps None.

    Returns
    -------
    Points

    Raises
    ------
    InputError
        The file cannot be read, or a row gives no configuration.
    """
    where = str(rows) if isinstance(rows, str | PathLike) else "the list of points"
    given = _read(Path(rows)) if isinstance(rows, str | PathLike) else rows
    points = []
    for number, row in enumerate(given, 1):
        cells = {name: cell for name, cell in row.items() if cell not in (None, "")}
        try:
            start = base(cells.pop("engine", None), cells.pop("config", None))
            changes = {name: _integer(name, cell) for name, cell in cells.items()}
            points.append(Point(start.replace(**changes), tuple(sorted(changes))))
        except InputError as error:
            raise InputError(f"{where}, point {number}: {error}") from None
    return Points(tuple(dict.fromkeys(points)))


@dataclass(frozen=True)
class _Space:
    """The combinations of values on one configuration."""

    base: EngineConfig
    settings: Settings

    @property
    def size(self) -> int:
        """Number of combinations."""
        return math.prod(len(values) for values in self.settings.values())

    def point(self, index: int) -> Point:
        """Return a combination by its number, or raise an InputError if it is none."""
        changes = {}
        for name, values in reversed(list(self.settings.items())):
            index, place = divmod(index, len(values))
            changes[name] = values[place]
        return Point(self.base.replace(**changes), tuple(sorted(changes)))


def _spaces(bases: Sequence[EngineConfig], settings: Settings) -> list[_Space]:
    """Return the space of each base, with those of the settings that it has fields for."""
    known = [{field.name for field in fields(base)} for base in bases]
    every = list(dict.fromkeys(field.name for base in bases for field in fields(base)))
    for name, values in settings.items():
        if not any(name in names for names in known):
            raise InputError(
                f"a configuration field must be one of {', '.join(every)}, not {name!r}"
            )
        if not values:
            raise InputError(f"{name} must have a value, not none: give one or leave it out")
    return [
        _Space(base, {name: values for name, values in settings.items() if name in names})
        for base, names in zip(bases, known, strict=True)
    ]


def _at(spaces: Sequence[_Space], index: int) -> tuple[Callable[[int], Point], int]:
    """Return the space that a number among all combinations lies in, and its number there."""
    for space in spaces:
        if index < space.size:
            return space.point, index
        index -= space.size
    raise AssertionError("a number beyond all combinations")


def _collected(
    numbered: Iterable[tuple[Callable[[int], Point], int]], most: int | None = None
) -> Points:
    """Return the combinations that are configurations, and tell of the others."""
    points: dict[Point, None] = {}
    refused: list[str] = []
    for make, index in numbered:
        if len(points) == most:
            break
        try:
            points[make(index)] = None
        except InputError as error:
            refused.append(str(error))
    notes = ()
    if refused:
        are = "combination is" if len(refused) == 1 else "combinations are"
        notes = (f"{len(refused):,} {are} no configuration; the first: {refused[0]}",)
    return Points(tuple(points), notes)


def _read(path: Path) -> Iterator[dict[str, Any]]:
    """Read the rows of a CSV file."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, restkey="", skipinitialspace=True)
            for row in reader:
                if row.pop("", None):
                    raise InputError(
                        f"{path}, line {reader.line_num}: a row must have a cell for each heading, "
                        "not more: leave some out"
                    )
                yield row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(
            f"{path} must be a CSV file that can be read, but is not ({reason}): choose another"
        ) from None


def _integer(name: str, cell: Any) -> int:
    """Return the value of a cell."""
    try:
        value = float(cell)
        if value.is_integer():
            return int(value)
    except (TypeError, ValueError, OverflowError):
        pass
    raise InputError(f"{name} must be an integer, not {cell!r}: give a whole number")
