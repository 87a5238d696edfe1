"""What a network will cost in cycles on its own inputs, exactly and without a simulation.

The golden model gives the activations of every layer, and the cycle model, which equals the RTL to
the cycle, the time that the array takes for them. Beside it stand two figures to measure it by:
what a dense array of as many multipliers would need, and what no array that skips zeros could beat.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.eie.accelerator import run
from zskip.model.eie.ccu import LayerResult
from zskip.model.eie.cycles import layer_timing
from zskip.model.eie.network import Layer, Network

MAX_INPUTS = 16
"""Input vectors that a prediction uses at most; the first ones."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a layer or a network costs for one input vector, as means over the input vectors.

    Parameters
    ----------
    cycles : float
        Clock cycles, from the fetch of a layer's descriptor to the end of its write-back.
    broadcasts : float
        Non-zero activations sent to the PEs.
    macs : float
        Multiplications of non-zero weights with non-zero activations.
    dense_cycles : float
        Bound of a dense array of as many multipliers: ``outputs * inputs / pe_count`` of the
        source.
    limit_cycles : float
        Useful limit: what the non-zero work needs, one broadcast a cycle and one multiplication a
        cycle and PE; the larger of ``broadcasts`` and ``macs / pe_count`` of each input vector
        and layer.
    speedup : float
        ``dense_cycles / cycles``.
    utilization : float
        ``macs / (cycles * pe_count)``, from 0 to 1.
    """

    cycles: float
    broadcasts: float
    macs: float
    dense_cycles: float
    limit_cycles: float
    speedup: float
    utilization: float


@dataclass(frozen=True, kw_only=True)
class LayerPrediction:
    """What a layer costs.

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
    """What a network costs on the array that it is compressed for.

    Parameters
    ----------
    pe_count : int
        Processing elements.
    inputs : int
        Input vectors that the means are of, at most `MAX_INPUTS` by default.
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
    network: Network,
    activations: NDArray[np.int64],
    *,
    max_inputs: int = MAX_INPUTS,
    on_progress: Callable[[int], None] | None = None,
) -> Prediction:
    """Predict the cycles of a network, equal to those that the RTL counts.

    Parameters
    ----------
    network : Network
        A network that passes its `check` and fits its configuration.
    activations : ndarray of int64, shape (n, inputs)
        16-bit activations, as `zskip.model.eie.network.Network.quantize_inputs` gives them.
    max_inputs : int, optional
        How many of them to use, at least 1; the first ones.
    on_progress : callable, optional
        Called with 1 for each input vector and layer done.

    Returns
    -------
    Prediction

    Raises
    ------
    InputError
        The activations have the wrong shape or range, or the network does not fit.
    """
    result = run(network, activations[:max_inputs])
    given = network.select(activations[:max_inputs])
    pe_count = network.config.pe_count
    layers = []
    last = len(network.layers) - 1
    for index, (layer, done) in enumerate(zip(network.layers, result.layers, strict=True)):
        timing = layer_timing(
            layer.matrix,
            given,
            network.config,
            first=index == 0,
            last=index == last,
            on_progress=on_progress,
        )
        cost = _cost(layer, done, timing.central["cycles"], pe_count)
        outputs, inputs = layer.source_shape
        layers.append(LayerPrediction(name=layer.name, outputs=outputs, inputs=inputs, cost=cost))
        given = done.outputs
    return Prediction(
        pe_count=pe_count,
        inputs=len(given),
        layers=tuple(layers),
        total=_total([layer.cost for layer in layers], pe_count),
    )


def _cost(layer: Layer, done: LayerResult, cycles: NDArray[np.int64], pe_count: int) -> Cost:
    """Take the means of a layer's counters."""
    macs = np.sum(done.counters["entries"] - done.counters["padding"], axis=1)
    return _compare(
        cycles=float(np.mean(cycles)),
        broadcasts=float(np.mean(done.broadcasts)),
        macs=float(np.mean(macs)),
        dense_cycles=math.prod(layer.source_shape) / pe_count,
        limit_cycles=float(np.mean(np.maximum(done.broadcasts, macs / pe_count))),
        pe_count=pe_count,
    )


def _total(costs: list[Cost], pe_count: int) -> Cost:
    """Add up the costs of layers that run one after the other."""
    return _compare(
        cycles=sum(cost.cycles for cost in costs),
        broadcasts=sum(cost.broadcasts for cost in costs),
        macs=sum(cost.macs for cost in costs),
        dense_cycles=sum(cost.dense_cycles for cost in costs),
        limit_cycles=sum(cost.limit_cycles for cost in costs),
        pe_count=pe_count,
    )


def _compare(
    *,
    cycles: float,
    broadcasts: float,
    macs: float,
    dense_cycles: float,
    limit_cycles: float,
    pe_count: int,
) -> Cost:
    """Set the cycles against the dense bound and against the multipliers."""
    return Cost(
        cycles=cycles,
        broadcasts=broadcasts,
        macs=macs,
        dense_cycles=dense_cycles,
        limit_cycles=limit_cycles,
        speedup=dense_cycles / cycles,
        utilization=macs / (cycles * pe_count),
    )
