"""Report of a comparison of several kinds of hardware on layers drawn at random."""

from dataclasses import dataclass
from pathlib import Path

from zskip.engines import engine_of
from zskip.flow.contenders import Contender
from zskip.flow.crossings import Duel
from zskip.flow.gates import Gates
from zskip.flow.report import Report, Row, counted
from zskip.flow.synthetic import Case, Point
from zskip.model.common.config import configuration_name


@dataclass(frozen=True, kw_only=True, repr=False)
class ShapeComparison(Report):
    """Layers on several kinds of hardware.

    Parameters
    ----------
    contenders : tuple of Contender
        The hardware, in the order in which it was named.
    points : tuple of Point
        For each layer, in this order, one of each contender.
    duels : tuple of Duel
        For a map which of each two contenders takes fewer cycles at which density, and fewer cycles
        x gates where these were counted.
    gates : dict of str to Gates
        Generic gates by contender, where they were counted.
    checked : int
        Points that were run through the RTL, too, at most 256 a side.
    assumptions : str
        What energies rest on.
    plot : pathlib.Path or None
        File of the plot, if one was asked for.
    notes : tuple of str
        What could not be done.
    """

    contenders: tuple[Contender, ...]
    points: tuple[Point, ...]
    duels: tuple[Duel, ...]
    gates: dict[str, Gates]
    checked: int
    assumptions: str
    plot: Path | None
    notes: tuple[str, ...] = ()

    @property
    def cases(self) -> list[Case]:
        """The layers."""
        return list(dict.fromkeys(point.case for point in self.points))

    def of(self, contender: str) -> list[Point]:
        """Return the points of a contender, one for each layer."""
        return [point for point in self.points if point.contender == contender]

    @property
    def headline(self) -> str:
        """Contenders and layers."""
        names = ", ".join(contender.name for contender in self.contenders)
        return (
            f"{names} on {self.points[0].multipliers} multipliers, "
            f"{counted(len(self.cases), 'layer')}, cycles from the cycle models"
        )

    def to_dict(self) -> list[Row]:
        """Return a row for each layer and contender."""
        configs = {contender.name: contender.config for contender in self.contenders}
        rows: list[Row] = []
        for point in self.points:
            config = configs[point.contender]
            gates = self.gates.get(point.contender)
            rows.append(
                {
                    "layer": point.case.name or None,
                    "outputs": point.case.shape[0],
                    "inputs": point.case.shape[1],
                    "density": point.case.density,
                    "activation_density": point.case.activation_density,
                    "name": point.contender,
                    "engine": config.ENGINE,
                    "config": configuration_name(engine_of(config).configs, config),
                    "pattern": point.pattern,
                    "multipliers": point.multipliers,
                    "cycles": point.cycles,
                    "macs": point.macs,
                    "utilization": point.utilization,
                    "energy_nj": None if point.energy is None else point.energy.total,
                    "pj_per_mac": point.pj_per_mac,
                    "activations_read": point.activations_read,
                    "gates": None if gates is None else gates.count,
                    "flip_flops": None if gates is None else gates.flip_flops,
                }
            )
        return rows
