"""Measurement of layers drawn at random on contenders: by the cycle models, and through the RTL."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from zskip.engines import block
from zskip.flow.contenders import Contender
from zskip.model.common.errors import RunFailure
from zskip.model.common.fixed import BoolArray, IntArray
from zskip.model.common.synthetic import draw_activations, draw_mask, synthetic_layer
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
    """

    contender: str
    case: Case
    pattern: str | None
    cycles: int
    macs: int
    multipliers: int
    activations_read: int

    @property
    def utilization(self) -> float:
        """``macs / (cycles * multipliers)``, from 0 to 1."""
        return self.macs / (self.cycles * self.multipliers)


class Task(NamedTuple):
    """A layer, and the contender to measure it on."""

    contender: Contender
    case: Case


def measure(task: Task) -> Point:
    """Draw a layer as it is pruned for a contender, and measure it by the cycle model."""
    contender, case = task
    engine = contender.engine
    mask, activations = _drawn(task)
    config = engine.roomy(contender.config, case.shape[0], ())
    pattern = contender.pattern_of(case.density)
    cycles = engine.pattern_cycles(mask, activations, config, first=True, last=True)
    return Point(
        contender=contender.name,
        case=case,
        pattern=None if pattern is None else str(pattern),
        cycles=int(cycles[0]),
        macs=int(np.count_nonzero(mask[:, activations[0] != 0])),
        multipliers=config.multipliers,
        activations_read=engine.activations_read(case.shape, config),
    )


def built(task: Task) -> Contender:
    """Return the contender with memories that hold the layer."""
    contender, case = task
    engine = contender.engine
    config = engine.roomy(contender.config, case.shape[0], ())
    layer = synthetic_layer(case.name or "layer", _drawn(task)[0], config, case.seed)
    return Contender(contender.name, engine.enlarged(engine.encode((layer,), config), ()))


def check(task: Task, simulator: Simulator) -> None:
    """Run a layer through the RTL of a contender, as large as `CHECKED_SIDE` allows.

    Raises
    ------
    InputError
        The simulator was not found, or the layer does not fit.
    RunFailure
        Outputs or counters depart from the models, or the cycles from those of the zeros alone.
    """
    task = Task(task.contender, task.case.cut())
    mask, activations = _drawn(task)
    engine, config = task.contender.engine, built(task).config
    layer = synthetic_layer(task.case.name or "layer", mask, config, task.case.seed)
    network = engine.encode((layer,), config)
    engine.check_fit(network)
    unit = block(engine.name)
    simulation = unit.simulate(network, activations, unit.build(config, simulator), images=True)
    unit.check(network, engine.run(network, activations), simulation)
    # The engine may have left out inputs and outputs, or ordered them; so does this.
    encoded = np.concatenate([weights != 0 for _, weights in network.layers[0].weight_blocks()])
    selected = network.select(activations)
    modeled = engine.pattern_cycles(encoded, selected, config, first=True, last=True)
    counted = simulation.layers[0].counters["cycles"]
    if not np.array_equal(counted, modeled):
        raise RunFailure(
            f"the cycle model of {task.contender.name} must equal the RTL at density "
            f"{task.case.density}, but gives {modeled[0]} cycles for {counted[0]}"
        )


def _drawn(task: Task) -> tuple[BoolArray, IntArray]:
    """Draw which weights are not zero, and an input vector."""
    case = task.case
    pattern = task.contender.pattern_of(case.density)
    return (
        draw_mask(case.shape, case.density, pattern, case.seed),
        draw_activations(case.shape[1], case.activation_density, case.seed),
    )
