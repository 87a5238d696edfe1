"""Which setting to change so that an array fits a part."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields

from zskip.model.common.config import EngineConfig
from zskip.model.common.errors import InputError
from zskip.synth.formulas.estimate import estimate
from zskip.synth.formulas.parts import LOGIC_MARGIN, Part

SIZES = ("_depth", "_count")
"""Ends of the names of fields that are sizes; others decide on the numbers that are computed."""

LEAST = 256
"""Words below which memories are not made smaller all together; what they take is little."""

Holds = Callable[[EngineConfig], bool]
"""Tells whether a configuration does for what it is meant for."""


def exceeded(config: EngineConfig, part: Part) -> dict[str, float]:
    """Return how much an array needs of what a part has too little of, by resource.

    Parameters
    ----------
    config : EngineConfig
        The array.
    part : Part
        The part.

    Returns
    -------
    dict of str to float
        LUTs with those that placement takes besides; empty where the array fits.
    """
    takes = estimate(config, part.family)
    needed = {**takes, "LUT": takes["LUT"] * LOGIC_MARGIN}
    return {name: needed[name] for name, has in part.resources.items() if needed[name] > has}


def remedy(config: EngineConfig, part: Part, holds: Holds) -> Mapping[str, int] | None:
    """Return the settings that make an array fit a part, as few and as near as there are.

    Each size is halved, alone first, then with fewer PEs too, then all large memories together.

    Parameters
    ----------
    config : EngineConfig
        An array that does not fit.
    part : Part
        The part.
    holds : callable
        What else must be true of the array.

    Returns
    -------
    mapping of str to int or None
        Fields with their new values; None where nothing was found.
    """
    for tries in (_single(config), _with_fewer_pes(config), _all(config)):
        fitting = [changes for changes in tries if _fits(config, changes, part)]
        for changes in sorted(fitting, key=lambda changes: _distance(config, changes)):
            if holds(config.replace(**changes)):
                return changes
    return None


def _fits(config: EngineConfig, changes: Mapping[str, int], part: Part) -> bool:
    """Tell whether changes give a configuration that fits."""
    with suppress(InputError):
        return not exceeded(config.replace(**changes), part)
    return False


def _sizes(config: EngineConfig) -> list[str]:
    """Return the fields that are sizes, and not 0, which switches something off."""
    names = [field.name for field in fields(config) if field.name.endswith(SIZES)]
    return [name for name in names if getattr(config, name)]


def _halves(config: EngineConfig, name: str) -> Iterator[int]:
    """Yield smaller and smaller values of a field."""
    value, low = getattr(config, name) // 2, max(1, config.RANGES.get(name, (1, 0))[0])
    while value >= low:
        yield value
        value //= 2


def _single(config: EngineConfig) -> Iterator[Mapping[str, int]]:
    """Yield changes of one field."""
    for name in _sizes(config):
        yield from ({name: value} for value in _halves(config, name))


def _with_fewer_pes(config: EngineConfig) -> Iterator[Mapping[str, int]]:
    """Yield changes of the PEs and one field."""
    for pes in _halves(config, "pe_count"):
        for changes in _single(config):
            if "pe_count" not in changes:
                yield {"pe_count": pes, **changes}


def _all(config: EngineConfig) -> Iterator[Mapping[str, int]]:
    """Yield changes of all large memories by the same factor, with any number of PEs."""
    depths = {name: getattr(config, name) for name in _sizes(config) if name.endswith("_depth")}
    for pes in (config.pe_count, *_halves(config, "pe_count")):
        fewer = {} if pes == config.pe_count else {"pe_count": pes}
        for shift in range(1, max(depths.values()).bit_length()):
            smaller = {name: max(value >> shift, LEAST) for name, value in depths.items()}
            yield {**fewer, **{k: v for k, v in smaller.items() if v < depths[k]}}


def _distance(config: EngineConfig, changes: Mapping[str, int]) -> float:
    """Return by which factor all changes together make an array smaller."""
    factor = 1.0
    for name, value in changes.items():
        factor *= getattr(config, name) / value
    return factor
