"""Cures for a network that does not fit: settings and PE counts that hold it."""

from collections.abc import Iterator
from itertools import islice

from zskip.model.eie.config import PE_COUNTS, RANGES, Config
from zskip.model.eie.needs import SourceOrder, lacking

LARGEST = {name: high for name, (_, high) in RANGES.items()}
"""Largest value of every field."""

BY_PASSES = ("pointer_depth", "pass_count")
"""Fields that more accumulators relieve, as a layer then takes fewer passes."""


def cures(config: Config, needed: dict[str, int], source: SourceOrder) -> str:
    """Return what to use so that a network fits; all that is named has been tried.

    Parameters
    ----------
    config : Config
        The array that does not hold the network.
    needed : dict of str to int
        Smallest value of each limiting field, for the network as it is encoded.
    source : SourceOrder
        Its layers.

    Returns
    -------
    str
        The fewest PEs above those of the array that would do, and settings that would; or a
        smaller network, with the limits that no setting lifts.
    """
    more = (f"{other.pe_count} PEs" for other in _larger(config) if source.fits(other))
    found = list(islice(more, 1))
    settings = _memories(config, needed) or _accumulators(config, source)
    if settings:
        found.append(settings)
    if config.balanced_rows and source.fits(config):
        found.append("--set balanced_rows=0")
    if not found:
        both = ((other.pe_count, _settings(other, source)) for other in _larger(config))
        found = list(islice((f"{count} PEs with {text}" for count, text in both if text), 1))
    limits = ", ".join(f"{name} is at most {LARGEST[name]}" for name in lacking(needed, LARGEST))
    return ", or ".join(found) or f"a smaller network: {limits}"


def _larger(config: Config) -> Iterator[Config]:
    """Yield the same array with more PEs."""
    for count in PE_COUNTS[PE_COUNTS.index(config.pe_count) + 1 :]:
        yield config.replace(pe_count=count)


def _settings(config: Config, source: SourceOrder) -> str:
    """Return the settings with which an array holds layers, none where there are none."""
    if lacking(source.least(config), LARGEST):
        return _accumulators(config, source)
    return _memories(config, source.needed(config)) or _accumulators(config, source)


def _memories(config: Config, needed: dict[str, int]) -> str:
    """Return the settings that make memories large enough, none where one would be too large."""
    if lacking(needed, LARGEST):
        return ""
    return " ".join(
        f"--set {name}={value}" for name, value in lacking(needed, vars(config)).items()
    )


def _accumulators(config: Config, source: SourceOrder) -> str:
    """Return the settings of an array with other accumulators, none where there are none.

    The fewest accumulators with which the passes fit as they are, or else as many passes as there
    may be. Fewer accumulators never take more padding, as gaps end with a block of rows.
    """
    deepest = min(LARGEST["register_depth"], source.least(config)["bias_depth"])
    as_they_are = LARGEST | {name: getattr(config, name) for name in BY_PASSES}
    for limits in (as_they_are, LARGEST):
        for depth in range(1, deepest + 1):
            other = config.replace(register_depth=depth)
            if lacking(source.least(other), limits):
                continue
            settings = _memories(other, source.needed(other))
            if settings or source.fits(other):
                return f"--set register_depth={depth} {settings}".rstrip()
            break
    return ""
