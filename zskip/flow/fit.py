"""Fit: what an array costs, by formulas, and which parts it fits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from zskip.engines import DEFAULT, engine_of
from zskip.engines import engine as find_engine
from zskip.exploration.measure import measure
from zskip.exploration.points import Point
from zskip.exploration.workload import BenchmarkWorkload
from zskip.files.inputs import AnyInputs, read_inputs
from zskip.flow.choices import AnyConfig, given_config
from zskip.flow.given import AnyNetwork, given_network
from zskip.flow.report import Report, Row
from zskip.model.common.benchmark import find
from zskip.model.common.config import EngineConfig
from zskip.model.common.cost import MAX_INPUTS, predict
from zskip.model.common.energy import published
from zskip.model.common.errors import InputError
from zskip.model.common.network import Network
from zskip.synth.formulas.estimate import Figures, estimate, formulas
from zskip.synth.formulas.parts import PARTS, Part
from zskip.synth.formulas.remedy import exceeded, remedy

LAYER = find("Alex-7").scaled(1 / 16)
"""The layer that cycles and energy are told of where there is no network: 256 x 256."""


@dataclass(frozen=True, kw_only=True)
class PartFit:
    """Whether an array fits a part.

    Parameters
    ----------
    name : str
        Name of the part.
    part : Part
        The part.
    takes : dict of str to float
        What the array takes of each of its resources.
    exceeded : dict of str to float
        What it needs of those that do not suffice, LUTs for placement included; empty if it fits.
    settings : mapping of str to int or None
        Fields with other values with which it would fit; None if it fits, or nothing was found.
    """

    name: str
    part: Part
    takes: dict[str, float]
    exceeded: dict[str, float]
    settings: Mapping[str, int] | None

    @property
    def fits(self) -> bool:
        """Whether every resource suffices."""
        return not self.exceeded


@dataclass(frozen=True, kw_only=True)
class Spent:
    """Cycles and energy for one input vector.

    Parameters
    ----------
    what : str
        What they are of, for people.
    cycles, energy_nj, macs : float
        Clock cycles, energy, and multiplications of two numbers that are not zero.
    """

    what: str
    cycles: float
    energy_nj: float
    macs: float


@dataclass(frozen=True, kw_only=True, repr=False)
class FitReport(Report):
    """What an array costs.

    Parameters
    ----------
    config : EngineConfig
        The array.
    figures : dict of str to dict of str to float
        Figures by target, as a synthesis has them; `zskip.synth.formulas.formula.CLOCK_NS` among
        them where the clock is known.
    parts : tuple of PartFit
        Parts, in the order of `zskip.synth.formulas.parts.PARTS`.
    spent : Spent or None
        Cycles and energy; None of a network without inputs.
    assumptions : str
        What the energy rests on.
    """

    config: EngineConfig
    figures: dict[str, Figures]
    parts: tuple[PartFit, ...]
    spent: Spent | None
    assumptions: str

    @property
    def headline(self) -> str:
        """The array, and the parts that it fits."""
        found = ", ".join(one.part.title for one in self.parts if one.fits) or "none"
        title = engine_of(self.config).title
        return f"{title} of {self.config.size} fits {found} of {len(self.parts)} parts"

    def to_dict(self) -> list[Row]:
        """Return a row for each part."""
        return [
            {
                "part": one.name,
                **one.takes,
                "fits": one.fits,
                "exceeded": ", ".join(one.exceeded) or None,
                "settings": None if one.settings is None else dict(one.settings),
            }
            for one in self.parts
        ]


def fit(
    network: AnyNetwork | None = None,
    *,
    engine: str | None = None,
    config: AnyConfig | None = None,
    inputs: AnyInputs | None = None,
    part: str | None = None,
) -> FitReport:
    """Estimate what an array costs by formulas, without any tool, and tell which parts it fits.

    Parameters
    ----------
    network : path, Network or Compressed, optional
        Compressed network, or its file: its configuration is taken, and settings are proposed with
        which the array still holds it.
    engine : str, optional
        The kind of accelerator; that of the network or the configuration, or the default one,
        without it.
    config : EngineConfig or str, optional
        The hardware or the name of it, as `zskip.config` takes it, where no network is given; the
        engine's default without it.
    inputs : path, array_like or Inputs, optional
        Inputs of the network, of which the first 16 give cycles and energy.
    part : str, optional
        The one part to tell of: a name of `zskip.synth.formulas.parts.PARTS`; all without it.

    Returns
    -------
    FitReport

    Raises
    ------
    InputError
        There is no such part, both a network and a configuration are given, inputs come without a
        network, a file is refused, or the formulas are not fitted for the engine.
    """
    if network is not None and config is not None:
        raise InputError(
            "the array must be that of the network or that of a configuration, but both are "
            "given: leave one out; `zskip compress` makes the network for another configuration"
        )
    if network is None and inputs is not None:
        raise InputError("inputs must be those of a network, but none is given: name its file")
    if part is not None and part not in PARTS:
        raise InputError(f"a part must be one of {', '.join(PARTS)}, not {part!r}")
    loaded = None if network is None else given_network(network, engine)
    chosen = loaded.config if loaded else given_config(config, engine)
    array = chosen or find_engine(engine or DEFAULT).default
    parts = PARTS if part is None else {part: PARTS[part]}
    return FitReport(
        config=array,
        figures={target: estimate(array, target) for target in formulas()},
        parts=tuple(_part_fit(array, name, one, _held(loaded)) for name, one in parts.items()),
        spent=_sample(array) if loaded is None else _spent(loaded, inputs),
        assumptions=published().assumptions,
    )


def _part_fit(
    config: EngineConfig, name: str, part: Part, holds: Callable[[EngineConfig], bool]
) -> PartFit:
    """Tell whether an array fits a part, and what to change if not."""
    takes = estimate(config, part.family)
    over = exceeded(config, part)
    return PartFit(
        name=name,
        part=part,
        takes={resource: takes[resource] for resource in part.resources},
        exceeded=over,
        settings=remedy(config, part, holds) if over else None,
    )


def _held(network: Network[Any, Any] | None) -> Callable[[EngineConfig], bool]:
    """Return what tells whether a configuration holds a network; any does without one."""

    def holds(config: EngineConfig) -> bool:
        if network is None:
            return True
        engine = engine_of(config)
        try:
            return all(one.share <= 1 for one in engine.fit(engine.recode(network, config)))
        except InputError:
            return False

    return holds


def _sample(config: EngineConfig) -> Spent | None:
    """Return what the sample layer takes, with the memories as they are."""
    point = Point(config, tuple(field.name for field in fields(config)))
    found = measure(point, BenchmarkWorkload(LAYER, seed=1))
    if "cycles" not in found:
        return None
    cycles, energy, macs = (float(found[name]) for name in ("cycles", "energy_nj", "macs"))
    what = f"{LAYER.name} at a 16th of its sides, {LAYER.outputs} x {LAYER.inputs}"
    return Spent(what=what, cycles=cycles, energy_nj=energy, macs=macs)


def _spent(network: Network[Any, Any], inputs: AnyInputs | None) -> Spent | None:
    """Return what a network takes for inputs."""
    if inputs is None:
        return None
    values = read_inputs(inputs, count=MAX_INPUTS).values
    found, _ = predict(engine_of(network.config), network, network.quantize_inputs(values))
    total = found.total
    return Spent(
        what=f"network, {found.inputs} inputs",
        cycles=total.cycles,
        energy_nj=total.energy.total,
        macs=total.macs,
    )
