"""Measurement of layers drawn at random on contenders: by the cycle models, and through the RTL."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from zskip.engines import block
from zskip.flow.bench_networks import Pair, on_one_block
from zskip.flow.contenders import Contender
from zskip.model.common.config import EngineConfig
from zskip.model.common.cost import Cost, layer_cost
from zskip.model.common.energy import Energy, EnergyTable
from zskip.model.common.errors import InputError, RunFailure
from zskip.model.common.fixed import BoolArray, IntArray
from zskip.model.common.synthetic import (
    draw_activations,
    draw_mask,
    synthetic_layer,
    synthetic_weights,
)
from zskip.verif.common.simulator import Simulator

CHECKED_SIDE = 256
"""Longest side of a layer that is checked in the RTL."""


class Case(NamedTuple):
    """A layer to draw.

    Parameters
    ----------
    name : str
        Its name; empty for one of a map.
    shape : tuple of int
        Outputs and inputs.
    density, activation_density : float
        Share of the weights and of the inputs that are not zero, above 0 and at most 1.
    seed : int
        Seed of the draw.
    """

    name: str
    shape: tuple[int, int]
    density: float
    activation_density: float
    seed: int

    def cut(self) -> "Case":
        """Return the case with no side above `CHECKED_SIDE`."""
        outputs, inputs = self.shape
        return self._replace(shape=(min(outputs, CHECKED_SIDE), min(inputs, CHECKED_SIDE)))


@dataclass(frozen=True, kw_only=True)
class Point:
    """A layer on a contender, by its cycle model.

    Parameters
    ----------
    contender : str
        Name of the contender.
    case : Case
        The layer.
    pattern : str or None
        Pattern that the layer follows, such as ``2:4``.
    cycles : int
        Clock cycles for one input vector.
    macs : int
        Multiplications of non-zero weights with non-zero activations.
    multipliers : int
        Multiplications that can be done in a cycle.
    activations_read : int
        Activations read from the memory of the inputs.
    energy : Energy or None
        None where no memory can be made large enough for the layer, or none was asked for.
    """

    contender: str
    case: Case
    pattern: str | None
    cycles: int
    macs: int
    multipliers: int
    activations_read: int
    energy: Energy | None

    @property
    def utilization(self) -> float:
        """``macs / (cycles * multipliers)``; above 1 where hardware skips parts of products."""
        return self.macs / (self.cycles * self.multipliers)

    @property
    def pj_per_mac(self) -> float | None:
        """Energy over `macs`, pJ."""
        return None if self.energy is None else 1e3 * self.energy.total / self.macs


class Task(NamedTuple):
    """A layer, the contender to measure it on, and energies of events where energy is wanted."""

    contender: Contender
    case: Case
    energies: EnergyTable | None = None


def measure(task: Task) -> Point:
    """Draw a layer as it is pruned for a contender, and measure it by the cycle model."""
    contender, case, energies = task
    engine = contender.engine
    mask, activations = _drawn(contender, case)
    config = engine.roomy(contender.config, case.shape[0], ())
    pattern = contender.pattern_of(case.density)
    cost = None if energies is None else _cost(contender, case, energies)
    if cost is None:
        weights = synthetic_weights(mask, config, case.seed)
        cycles = int(engine.weight_cycles(weights, activations, config, first=True, last=True)[0])
    else:
        cycles = int(cost.cycles)
    return Point(
        contender=contender.name,
        case=case,
        pattern=None if pattern is None else str(pattern),
        cycles=cycles,
        macs=int(np.count_nonzero(mask[:, activations[0] != 0])),
        multipliers=config.multipliers,
        activations_read=engine.activations_read(case.shape, config),
        energy=None if cost is None else cost.energy,
    )


def _cost(contender: Contender, case: Case, energies: EnergyTable) -> Cost | None:
    """Return the cost of a layer; None where no memory can be made large enough for it."""
    engine = contender.engine
    config, ((network, activations),) = built(contender, [case])
    try:
        counters = engine.layer_counters(network, activations)
    except InputError:
        return None
    selected = network.select(activations)
    return layer_cost(engine, network.layers[0], selected, counters, config, energies)


def built(contender: Contender, cases: Sequence[Case]) -> tuple[EngineConfig, list[Pair]]:
    """Encode layers for a contender whose memories hold every one of them.

    Parameters
    ----------
    contender : Contender
        The hardware.
    cases : sequence of Case
        At least one layer.

    Returns
    -------
    config : EngineConfig
        The hardware, enlarged as far as needed.
    pairs : list of Pair
        Each layer as a network on it, and an input vector.
    """
    engine = contender.engine
    config = engine.roomy(contender.config, max(case.shape[0] for case in cases), ())
    pairs = []
    for case in cases:
        mask, activations = _drawn(contender, case)
        layer = synthetic_layer(case.name or "layer", mask, config, case.seed)
        pairs.append(Pair(engine.encode((layer,), config), activations))
    return on_one_block(engine, pairs, ())


def check(
    contender: Contender,
    cases: Sequence[Case],
    simulator: Simulator,
    on_progress: Callable[[int], None],
) -> None:
    """Run layers through the RTL of a contender, as large as `CHECKED_SIDE` allows.

    Parameters
    ----------
    contender : Contender
        The hardware.
    cases : sequence of Case
        The layers, at least one.
    simulator : Simulator
        What to run the RTL in.
    on_progress : callable
        Called with 1 after each layer.

    Raises
    ------
    InputError
        The simulator was not found, or a layer does not fit.
    RunFailure
        Outputs or counters depart from the models, or the cycles from those of the zeros alone.
    """
    engine, unit = contender.engine, block(contender.engine.name)
    config, pairs = built(contender, [case.cut() for case in cases])
    for network, _ in pairs:
        engine.check_fit(network)
    compiled = unit.build(config, simulator)
    for case, (network, activations) in zip(cases, pairs, strict=True):
        simulation = unit.simulate(network, activations, compiled, images=True)
        unit.check(network, engine.run(network, activations), simulation)
        # The engine may have left out inputs and outputs, or ordered them; so does this.
        encoded, selected = network.layers[0].weights(), network.select(activations)
        modeled = engine.weight_cycles(encoded, selected, config, first=True, last=True)
        counted = simulation.layers[0].counters["cycles"]
        if not np.array_equal(counted, modeled):
            raise RunFailure(
                f"the cycle model of {contender.name} must equal the RTL at density "
                f"{case.density}, but gives {modeled[0]} cycles for {counted[0]}"
            )
        on_progress(1)


def _drawn(contender: Contender, case: Case) -> tuple[BoolArray, IntArray]:
    """Draw which weights are not zero, and an input vector."""
    pattern = contender.pattern_of(case.density)
    return (
        draw_mask(case.shape, case.density, pattern, case.seed),
        draw_activations(case.shape[1], case.activation_density, case.seed),
    )
