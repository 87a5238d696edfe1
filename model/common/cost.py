"""Cost of a network in cycles on its own inputs, exact and without a simulation.

The golden model gives the activations of every layer, and the cycle model, which equals the RTL to
the cycle, the time that the array takes for them. Beside it stand two figures to measure it by:
what a dense array of as many multipliers would need, and what no array that skips zeros could beat.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zskip.model.common.config import EngineConfig
from zskip.model.common.counters import Counters, Run, summed
from zskip.model.common.energy import Energy, EnergyTable, published, total_energy
from zskip.model.common.engine import Engine
from zskip.model.common.fixed import IntArray
from zskip.model.common.network import Layer, Network
from zskip.model.common.reference import FloatLayer, float_layer

MAX_INPUTS = 16
"""Input vectors that a prediction uses at most; the first ones."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Cost of a layer or a network for one input vector, as means over the input vectors.

    Parameters
    ----------
    cycles : float
        Clock cycles.
    macs : float
        Multiplications of non-zero weights with non-zero activations.
    dense_cycles : float
        Bound of a dense array of as many multipliers: ``outputs * inputs / multipliers`` of the
        source.
    limit_cycles : float
        The least that the non-zero work takes with as many multipliers (`Work.limit_cycles`).
    counters : dict of str to float
        The engine's counters, of all PEs together.
    multipliers : int
        Multiplications that can be done in a cycle.
    energy : Energy
        Energy of the layer or network.
    """

    cycles: float
    macs: float
    dense_cycles: float
    limit_cycles: float
    counters: dict[str, float]
    multipliers: int
    energy: Energy

    @property
    def pj_per_mac(self) -> float:
        """Energy over `macs`, pJ; infinite without any."""
        return 1e3 * self.energy.total / self.macs if self.macs else math.inf

    @property
    def speedup(self) -> float:
        """``dense_cycles / cycles``."""
        return self.dense_cycles / self.cycles

    @property
    def utilization(self) -> float:
        """``macs / (cycles * multipliers)``; above 1 where hardware skips parts of products."""
        return self.macs / (self.cycles * self.multipliers)


@dataclass(frozen=True, kw_only=True)
class LayerPrediction:
    """Cost of a layer.

    Parameters
    ----------
    name : str
        Name of the layer.
    outputs, inputs : int
        Size of the layer in the source.
    cost : Cost
        For one input vector.
    """

    name: str
    outputs: int
    inputs: int
    cost: Cost


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """Cost of a network on the hardware that it is compressed for.

    Parameters
    ----------
    pe_count : int
        Processing elements.
    inputs : int
        Input vectors that the means are of.
    layers : tuple of LayerPrediction
        One for each layer.
    total : Cost
        All layers, one after the other.
    """

    pe_count: int
    inputs: int
    layers: tuple[LayerPrediction, ...]
    total: Cost


def predict(
    engine: Engine[Any, Any],
    network: Network[Any, Any],
    activations: IntArray,
    *,
    energies: EnergyTable | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> tuple[Prediction, Run]:
    """Predict the cycles of a network, equal to those that the RTL counts.

    Parameters
    ----------
    engine : Engine
        The network's engine.
    network : Network
        A network that passes its `check` and fits its configuration.
    activations : ndarray of int64, shape (n, inputs)
        Activations, as `zskip.model.common.network.Network.quantize_inputs` gives them.
    energies : EnergyTable, optional
        Energies of events; published ones without it.
    on_progress : callable, optional
        Called with 1 for each input vector and layer done.

    Returns
    -------
    prediction : Prediction
    run : Run
        The run that it is of.

    Raises
    ------
    InputError
        The activations have the wrong shape or range, or the network does not fit.
    """
    run = engine.run(network, activations)
    timing = engine.timing(network, run, on_progress=on_progress)
    layers = []
    for layer, source, passes in zip(network.layers, run.sources, timing, strict=True):
        outputs, inputs = layer.source_shape
        cost = layer_cost(engine, layer, source, summed(passes), network.config, energies)
        layers.append(LayerPrediction(name=layer.name, outputs=outputs, inputs=inputs, cost=cost))
    prediction = Prediction(
        pe_count=network.config.pe_count,
        inputs=len(activations),
        layers=tuple(layers),
        total=total_cost([layer.cost for layer in layers]),
    )
    return prediction, run


def layer_cost(
    engine: Engine[Any, Any],
    layer: Layer[Any],
    activations: IntArray,
    counters: Counters,
    config: EngineConfig,
    energies: EnergyTable | None = None,
) -> Cost:
    """Take the means of a layer's counters.

    Parameters
    ----------
    engine : Engine
        The layer's engine.
    layer : Layer
        The layer.
    activations : ndarray of int64, shape (n, inputs)
        Its inputs in the order of its columns.
    counters : Counters
        Its counters, of all passes together.
    config : EngineConfig
        The hardware.
    energies : EnergyTable, optional
        Energies of events; published ones without it.

    Returns
    -------
    Cost
    """
    events = engine.events(layer, activations, counters, config)
    work = engine.work(layer, activations, counters, config)
    names = [*counters.central, *counters.per_pe]
    return Cost(
        cycles=float(np.mean(counters["cycles"])),
        macs=float(np.mean(work.macs)),
        dense_cycles=math.prod(layer.source_shape) / config.multipliers,
        limit_cycles=float(np.mean(work.limit_cycles)),
        counters={name: float(np.mean(counters[name])) for name in names},
        multipliers=config.multipliers,
        energy=(energies or published()).energy(events),
    )


def total_cost(costs: Sequence[Cost]) -> Cost:
    """Add up the costs of layers that run one after the other.

    Parameters
    ----------
    costs : sequence of Cost
        At least one.

    Returns
    -------
    Cost
    """
    return Cost(
        cycles=sum(cost.cycles for cost in costs),
        macs=sum(cost.macs for cost in costs),
        dense_cycles=sum(cost.dense_cycles for cost in costs),
        limit_cycles=sum(cost.limit_cycles for cost in costs),
        counters={name: sum(cost.counters[name] for cost in costs) for name in costs[0].counters},
        multipliers=costs[0].multipliers,
        energy=total_energy([cost.energy for cost in costs]),
    )


def unpruned_cycles(
    engine: Engine[Any, Any],
    source: Sequence[FloatLayer],
    network: Network[Any, Any],
    activations: IntArray,
    run: Run,
    *,
    on_progress: Callable[[int], None] | None = None,
) -> tuple[float, ...]:
    """Predict the cycles of every layer before pruning, on the activations of the pruned network.

    The weights need not be shared or fit the memories. Outputs that the pruned network leaves out
    are those of the float layer.

    Parameters
    ----------
    engine : Engine
        The network's engine.
    source : sequence of FloatLayer
        The network as it was given.
    network : Network
        The network after pruning; it passes its `check`.
    activations : ndarray of int64, shape (n, inputs)
        Inputs in the user's order.
    run : Run
        The network's run on them.
    on_progress : callable, optional
        Called with 1 for each input vector and layer done.

    Returns
    -------
    tuple of float
        Mean clock cycles of each layer for one input vector.
    """
    cycles = []
    last = len(source) - 1
    rows = zip(source, network.layers, run.layers, strict=True)
    for index, (given, layer, done) in enumerate(rows):
        taken = engine.weight_cycles(
            layer.weight_numbers(given.weights),
            activations,
            network.config,
            precision=layer.weight_precision,
            first=index == 0,
            last=index == last,
            on_progress=on_progress,
        )
        cycles.append(float(np.mean(taken)))
        activations = _outputs(given, layer, done.outputs, activations)
    return tuple(cycles)


def _outputs(
    given: FloatLayer, layer: Layer[Any], outputs: IntArray, activations: IntArray
) -> IntArray:
    """Return all outputs of a layer in the source's order; of those left out, what is not zero."""
    complete = np.empty((len(outputs), given.bias.size), dtype=np.int64)
    if layer.unused_outputs:
        real = layer.input_values(activations)
        complete[:] = float_layer(given.weights, real, given.bias, given.relu) != 0
    complete[:, layer.rows] = outputs
    return complete
