"""Measurement of a network on a block: through the RTL, checked, or by the cycle model."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from zskip.engines import block, engine_of
from zskip.flow.intervals import mean_interval
from zskip.model.common.cost import Cost, layer_cost
from zskip.model.common.counters import summed
from zskip.model.common.energy import EnergyTable
from zskip.model.common.fixed import IntArray
from zskip.model.common.network import Layer, Network
from zskip.verif.common.simulator import Build

RTL, MODEL = "rtl", "model"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Size and densities of a layer.

    Parameters
    ----------
    outputs, inputs : int
        Size of the matrix.
    weights, activations : float
        Share of the weights, and of the inputs that are read, that are not zero, 0 to 1.
    """

    outputs: int
    inputs: int
    weights: float
    activations: float


@dataclass(frozen=True, kw_only=True)
class BenchResult:
    """Cost of a layer; of several input vectors the mean.

    Parameters
    ----------
    layer : str
        Name of the layer.
    config : str
        The configuration by name, with the fields that differ.
    pe_count : int
        Processing elements.
    cost : Cost
        Cycles, useful multiplications, limit, utilization and the engine's counters.
    paper_theoretical_cycles, paper_actual_cycles : int or None
        Published cycles, for benchmark layers that the engine has some for.
    source : str
        `RTL` or `MODEL`.
    shape : Shape
        Size and densities.
    interval : float or None, optional
        Cycles from one input of its network to the next, where inputs go back to back.
    """

    layer: str
    config: str
    pe_count: int
    cost: Cost
    paper_theoretical_cycles: int | None = None
    paper_actual_cycles: int | None = None
    source: str
    shape: Shape
    interval: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """A network to measure.

    Parameters
    ----------
    network : Network
        The network.
    activations : ndarray of int64, shape (n, inputs)
        Its input vectors.
    compiled : Build or None
        The block to run it on; none for the cycle model.
    config : str
        Name of the configuration.
    energies : EnergyTable
        Energies of events.
    """

    network: Network[Any, Any]
    activations: IntArray
    compiled: Build | None
    config: str
    energies: EnergyTable


def measure(task: Task) -> list[BenchResult]:
    """Measure every layer of a network.

    Parameters
    ----------
    task : Task
        The network, and the block to run it on.

    Returns
    -------
    list of BenchResult
        One for each layer.

    Raises
    ------
    RunFailure
        The simulation failed, or the RTL departs from the models.
    """
    network, config = task.network, task.network.config
    engine = engine_of(config)
    golden = engine.run(network, task.activations)
    if task.compiled is None:
        counters = [summed(passes) for passes in engine.timing(network, golden)]
    else:
        unit = block(engine.name)
        simulation = unit.simulate(network, task.activations, task.compiled, images=True)
        unit.check(network, golden, simulation)
        counters = [layer.counters for layer in simulation.layers]
    interval = mean_interval(engine, network, counters)
    return [
        BenchResult(
            layer=layer.name,
            config=task.config,
            pe_count=config.pe_count,
            cost=layer_cost(engine, layer, activations, counted, config, task.energies),
            source=MODEL if task.compiled is None else RTL,
            shape=_shape(layer, activations),
            interval=interval,
        )
        for layer, activations, counted in zip(
            network.layers, golden.sources, counters, strict=True
        )
    ]


def _shape(layer: Layer[Any], activations: IntArray) -> Shape:
    """Return size and densities of a layer."""
    outputs, inputs = layer.source_shape
    return Shape(
        outputs=outputs,
        inputs=inputs,
        weights=layer.nonzeros / (outputs * inputs),
        activations=float(np.mean(activations != 0)),
    )
