"""The ideas beyond the paper, each a switch of the configuration, and what they cost in storage."""

from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.eie.config import WIDE, Config

SWITCHES = {"column_queue_depth": 0, "free_padding": 0, "balanced_rows": 0, "lanes": 1}
"""Fields of `Config` that turn an idea on, with the value that is off."""

GAPS = 8
"""Registers as wide as a number of padding entries: four of a column's start, the place expected
next, the padding skipped, and what two events of the counters are wider."""

EMPTY_MARKS = 4
"""Marks of an empty column in the stages of the sparse matrix read, which a column queue saves."""


def switched(config: Config, on: frozenset[str] | set[str]) -> Config:
    """Return a configuration with some of the `SWITCHES` on and the others off.

    Parameters
    ----------
    config : Config
        The array; where it has a switch on, with that value.
    on : set of str
        Names of those that are to be on.

    Returns
    -------
    Config
    """
    values = dict(SWITCHES)
    for name in on:
        given = getattr(config, name)
        values[name] = given if given != SWITCHES[name] else getattr(WIDE, name)
    return config.replace(**values)


def variants(config: Config) -> dict[str, Config]:
    """Return a configuration with every combination of switches that tells them apart.

    Parameters
    ----------
    config : Config
        The array.

    Returns
    -------
    dict of str to Config
        By what is on: none, each alone, all, and all but each.
    """
    everything = frozenset(SWITCHES)
    sets = {"none": frozenset[str]()}
    sets |= {f"{name} alone": frozenset((name,)) for name in SWITCHES}
    sets |= {"all": everything}
    sets |= {f"all but {name}": everything - {name} for name in SWITCHES}
    return {name: switched(config, on) for name, on in sets.items()}


def switch_bits(config: Config) -> dict[str, int]:
    """Return the bits of storage that each of the `SWITCHES` adds to a PE.

    Parameters
    ----------
    config : Config
        The array.

    Returns
    -------
    dict of str to int
        0 where a switch is off. As many flip-flops as a synthesis of the PE finds. Balanced rows
        are the compressor's work alone.
    """
    return {
        "column_queue_depth": _column_queue_bits(config) if config.column_queue_depth else 0,
        "free_padding": _free_padding_bits(config) if config.free_padding else 0,
        "balanced_rows": 0,
    }


def _column_queue_bits(config: Config) -> int:
    """Count the queue's entries, its two positions and its level."""
    depth = config.column_queue_depth
    # The highest bit of a pointer only tells an empty column, which is not in the queue.
    entry = ACTIVATION_BITS + 2 * (config.pointer_bits - 1)
    return depth * entry + 2 * (depth - 1).bit_length() + depth.bit_length() - EMPTY_MARKS


def _free_padding_bits(config: Config) -> int:
    """Count the places in the memory that go along with words and entries."""
    # Those of three stages are whole words, whose low bits are 0.
    return GAPS * config.gap_bits + 3 * max(0, config.gap_bits - config.slot_bits)
