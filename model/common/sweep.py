"""Sweeps over an engine's design space: their kinds and their points."""

from dataclasses import dataclass
from typing import NamedTuple


class SweepKind(NamedTuple):
    """A kind of sweep.

    Parameters
    ----------
    parameter : str
        The thing that is swept, for people.
    figure : str
        The figure that tables and plots show.
    meaning : str
        The meaning of that figure, for people.
    field : str
        Field of the configuration that the sweep sets, if it is one.
    logarithmic : bool
        Whether the axis of the figure is.
    """

    parameter: str
    figure: str
    meaning: str
    field: str = ""
    logarithmic: bool = False


@dataclass(frozen=True, kw_only=True)
class SweepPoint:
    """A layer at one value of the parameter.

    Parameters
    ----------
    layer : str
        Name of the layer.
    config : str
        The configuration by name, with the fields that differ.
    pe_count : int
        Processing elements.
    value : int or str
        Value of the parameter.
    figures : dict of str to int or float
        Results: ``cycles`` and the figures of the kind of sweep.
    """

    layer: str
    config: str
    pe_count: int
    value: int | str
    figures: dict[str, int | float]
