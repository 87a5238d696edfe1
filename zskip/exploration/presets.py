"""The presets of the engines: the ranges of configurations that they offer by name."""

from collections.abc import Sequence

from zskip.engines import engine_of
from zskip.model.common.config import EngineConfig
from zskip.model.common.errors import InputError
from zskip.model.common.preset import Preset


def find_preset(bases: Sequence[EngineConfig], name: str | None) -> Preset | None:
    """Return a preset.

    Parameters
    ----------
    bases : sequence of EngineConfig
        Where the exploration starts from: of a preset one configuration.
    name : str or None
        Name of the preset, if there is to be one.

    Returns
    -------
    Preset or None

    Raises
    ------
    InputError
        There is no such preset, or there are several configurations.
    """
    if name is None:
        return None
    if len(bases) > 1:
        raise InputError(
            f"a preset must start from one configuration, not from {len(bases)}: leave some out"
        )
    engine = engine_of(bases[0])
    if name in engine.presets:
        return engine.presets[name]
    if not engine.presets:
        raise InputError(
            f"a preset must be one of an engine that has some, but {engine.name} has none: set "
            "fields instead"
        )
    raise InputError(f"a preset must be one of {', '.join(engine.presets)}, not {name!r}")
