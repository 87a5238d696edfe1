"""Result of a synthesis, the same for every target."""

import re
from dataclasses import dataclass, field

from zskip.flow.report import Report, Row


def plain_name(instance: str) -> str:
    """Return the name of an instance without its numbers; all with the same one are one unit."""
    return re.sub(r"(_\d+)+$", "", instance)


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A unit of the design: a Verilog module at one place of the hierarchy.

    Parameters
    ----------
    name : str
        The instances of it, without their numbers.
    depth : int
        How many units it stands below; 0 for the whole design.
    count : int
        Instances of it in the design.
    figures : dict of str to float
        What all instances take, everything inside them included, by column.
    """

    name: str
    depth: int
    count: int
    figures: dict[str, float]


@dataclass(frozen=True, kw_only=True, repr=False)
class SynthResult(Report):
    """What a design costs on a target.

    Parameters
    ----------
    target : str
        Name of the target.
    design : str
        Engine and size of the design.
    units : tuple of Unit
        The whole design first, then what it is made of, each in front of what it is made of.
    figures : dict of str to object
        Figures of the whole design beside those of the units, such as ``fmax_mhz``; plain values.
    lines : tuple of str
        The same for human readers, a line each.
    notes : tuple of str
        What the user should know of how it came about, a line each.
    """

    target: str
    design: str
    units: tuple[Unit, ...]
    figures: dict[str, object] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def totals(self) -> dict[str, float]:
        """Figures of the whole design."""
        return self.units[0].figures

    @property
    def headline(self) -> str:
        """Target, design and totals."""
        totals = ", ".join(f"{value:,.10g} {name}" for name, value in self.totals.items())
        return f"{self.design} on {self.target}: {totals}"

    def to_dict(self) -> list[Row]:
        """Return a row for each unit."""
        return [
            {"unit": unit.name, "depth": unit.depth, "count": unit.count, **unit.figures}
            for unit in self.units
        ]
