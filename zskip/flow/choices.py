"""Configurations that users choose by name."""

from zskip.engines import DEFAULT
from zskip.engines import engine as find_engine
from zskip.model.common.config import EngineConfig
from zskip.model.common.errors import InputError

AnyConfig = EngineConfig | str
"""A configuration, or the name of one."""


def config(name: str | None = None, *, engine: str | None = None, **changes: int) -> EngineConfig:
    """Return a configuration by name, with some fields changed.

    Parameters
    ----------
    name : str, optional
        Name of a configuration; the engine's default without it.
    engine : str, optional
        The kind of accelerator; the default one without it.
    **changes : int
        Fields to change, such as ``pe_count=16``.

    Returns
    -------
    EngineConfig

    Raises
    ------
    InputError
        There is no such engine or configuration, or the changes give none.

    Examples
    --------
    >>> config("tuned", pe_count=16).pe_count
    16
    """
    chosen = find_engine(engine or DEFAULT)
    if name is None:
        return chosen.default.replace(**changes)
    if name not in chosen.configs:
        raise InputError(
            f"a configuration of {chosen.name} must be one of {', '.join(chosen.configs)}, not "
            f"{name!r}"
        )
    return chosen.configs[name].replace(**changes)


def given_config(given: AnyConfig | None, engine: str | None) -> EngineConfig | None:
    """Return the configuration that a user gave, by name or as it is.

    Parameters
    ----------
    given : EngineConfig, str or None
        The configuration or its name.
    engine : str or None
        The engine that it must be of; the default one for a name without it.

    Returns
    -------
    EngineConfig or None
        None where none was given.

    Raises
    ------
    InputError
        It is no configuration, or one of another engine.
    """
    if engine is not None:
        find_engine(engine)
    if given is None:
        return None
    if isinstance(given, str):
        return config(given, engine=engine)
    if not isinstance(given, EngineConfig):
        raise InputError(
            f"a configuration must be a name or an EngineConfig, not {type(given).__name__}: "
            "make one with zskip.config(name, pe_count=...)"
        )
    if engine not in (None, given.ENGINE):
        raise InputError(
            f"the configuration must be one of the engine {engine}, not of {given.ENGINE}: "
            "leave the engine out"
        )
    return given
