"""Contenders: hardware of several kinds, each with the same number of multipliers."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from zskip.engines import ENGINES, engine_of
from zskip.engines import engine as find_engine
from zskip.flow.choices import config as find_config
from zskip.model.common.config import EngineConfig, configuration_name
from zskip.model.common.engine import Engine
from zskip.model.common.errors import InputError
from zskip.model.common.pattern import Pattern

AnyContenders = str | Sequence[str | EngineConfig]
"""Names with commas between them, or names and configurations."""


@dataclass(frozen=True)
class Contender:
    """One of the kinds of hardware that are compared.

    Parameters
    ----------
    name : str
        The name that it was chosen by.
    config : EngineConfig
        The hardware.
    """

    name: str
    config: EngineConfig

    @property
    def engine(self) -> Engine[Any, Any]:
        """The golden model of its engine."""
        return engine_of(self.config)

    @property
    def pattern(self) -> Pattern | None:
        """The pattern that weights are pruned to for it; None where any weights will do."""
        return None if self.config.pattern is None else Pattern(*self.config.pattern)

    def pattern_of(self, density: float) -> Pattern | None:
        """Return the pattern with the fewest beats of `pattern` that holds a density."""
        if self.pattern is None:
            return None
        n, m = self.pattern.n, self.pattern.m
        # Densities are decimal fractions, of which some are a little above what they stand for.
        beats = next(k for k in range(1, m + 1) if k * n >= density * m - 1e-9 or k * n >= m)
        return Pattern(min(beats * n, m), m)


def given_contenders(given: AnyContenders, multipliers: int) -> tuple[Contender, ...]:
    """Return the contenders that a user gave.

    Parameters
    ----------
    given : str or sequence of str or EngineConfig
        Each is an engine's name, for its default configuration; the name of a configuration that
        only one engine has; ``engine:configuration``; or a configuration. One text may name
        several, with commas between them.
    multipliers : int
        Multipliers that each gets.

    Returns
    -------
    tuple of Contender

    Raises
    ------
    InputError
        There is none, a name is unknown, stands for several or is there twice, or one cannot have
        so many multipliers.
    """
    words = given.split(",") if isinstance(given, str) else list(given)
    if not any(words):
        raise InputError(f"at least one engine must be compared, not none: name some of {_known()}")
    found = [_found(word) for word in words]
    names = [contender.name for contender in found]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"each engine must be named once, not {name!r} again: leave one out")
    return tuple(_sized(contender, multipliers) for contender in found)


def _found(word: str | EngineConfig) -> Contender:
    """Return a contender as its configuration is."""
    if isinstance(word, EngineConfig):
        return Contender(configuration_name(engine_of(word).configs, word), word)
    name = word.strip()
    if name in ENGINES:
        return Contender(name, find_engine(name).default)
    engine, colon, configuration = name.partition(":")
    if colon and engine in ENGINES:
        return Contender(name, find_config(configuration, engine=engine))
    having = [known for known in ENGINES if name in find_engine(known).configs]
    if len(having) > 1:
        choices = " or ".join(f"{known}:{name}" for known in having)
        raise InputError(
            f"{name!r} must name one configuration, but several engines have it: choose {choices}"
        )
    if not having:
        raise InputError(_unknown(name))
    return Contender(name, find_engine(having[0]).configs[name])


def _sized(contender: Contender, multipliers: int) -> Contender:
    """Give a contender its multipliers."""
    try:
        return Contender(contender.name, contender.config.with_multipliers(multipliers))
    except InputError as error:
        raise InputError(
            f"multipliers must be a number that {contender.name} can have, not {multipliers}: "
            f"{error}"
        ) from None


def _unknown(name: str) -> str:
    """Say that a name is none, and which one it may be meant for."""
    words = [*ENGINES, *(word for known in ENGINES for word in find_engine(known).configs)]
    near = get_close_matches(name.partition(":")[0], words, n=1)
    advice = f"did you mean {near[0]}?" if near else "choose one, or engine:configuration"
    return f"an engine or configuration must be one of {_known()}, not {name!r}: {advice}"


def _known() -> str:
    """List the engines and their configurations."""
    return "; ".join(f"{known} ({', '.join(find_engine(known).configs)})" for known in ENGINES)
