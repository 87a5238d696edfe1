"""Presets of explorations: ranges of an engine's configurations, and the figure of interest."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A range of configurations, and the figure that tables and plots show of it.

    Parameters
    ----------
    parameter : str
        The thing that differs, for people.
    fields : mapping of str to tuple of int, optional
        Values of fields of the configuration; every combination is a configuration, the last field
        changing fastest. Without any it is the one configuration that is given.
    figure : str
        Column that is shown: one of a point, or ``speedup``.
    meaning : str
        Meaning of that figure, for people.
    series : mapping of str to str, optional
        Where there are no fields: columns that are shown beside each other, by the value of the
        parameter that each is for.
    beside : tuple of str, optional
        Column that depends on the configuration alone and is shown too, and its heading.
    logarithmic : bool, optional
        Whether the axis of the figure is.
    """

    parameter: str
    fields: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    figure: str = ""
    meaning: str
    series: Mapping[str, str] = field(default_factory=dict)
    beside: tuple[str, str] | None = None
    logarithmic: bool = False
