"""The ideas beyond the paper, each a switch of the configuration, and what they cost in storage."""

from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.eie.config import TUNED, Config

SWITCHES = ("column_queue_depth", "free_padding", "balanced_rows")
"""Fields of `Config` that turn an idea on; 0 is off."""

FREE_PADDING_BITS = 2
"""Flip-flops of free padding: that an entry carries the padding in front of it along, for the sum
of row addresses and for the counter."""


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
    values = {name: getattr(config, name) or getattr(TUNED, name) for name in SWITCHES}
    return config.replace(**{name: values[name] if name in on else 0 for name in SWITCHES})


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
        0 where a switch is off. An entry of the column queue holds an activation and the
        column's first and one past its last entry. Balanced rows are the compressor's work alone.
    """
    entry = ACTIVATION_BITS + 2 * config.pointer_bits
    return {
        "column_queue_depth": config.column_queue_depth * entry,
        "free_padding": FREE_PADDING_BITS if config.free_padding else 0,
        "balanced_rows": 0,
    }
