"""Predicted costs; oracles: the counters of the RTL in a simulator, and counting by hand."""

from collections.abc import Callable

import numpy as np
import pytest

from zskip.model.common.cost import MAX_INPUTS, predict
from zskip.model.common.errors import InputError
from zskip.model.common.reference import layer as dense_layer
from zskip.model.eie.config import TINY
from zskip.model.eie.encoding import decode
from zskip.model.eie.network import Network
from zskip.verif.common.simulator import Simulator
from zskip.verif.eie.simulate import build_array, simulate_network
from zskip.verif.eie.stimulus import random_activations

MakeNetwork = Callable[..., Network]
SIZES = (40, 200, 12)


def test_costs_equal_the_counters_of_the_rtl(make_network: MakeNetwork, seed: int) -> None:
    network = make_network(TINY, SIZES, seed=seed, density=0.05)
    activations = random_activations(SIZES[0], 5, seed)
    predicted = predict(network, activations)
    simulation = simulate_network(network, activations, build_array(TINY, Simulator.ICARUS))
    assert predicted.inputs == 5
    assert simulation.layers[0].per_pe["padding"].any()
    for layer, record in zip(predicted.layers, simulation.layers, strict=True):
        totals = {name: values.sum(axis=1) for name, values in record.per_pe.items()}
        assert layer.cost.cycles == np.mean(record.central["cycles"])
        assert layer.cost.broadcasts == np.mean(record.central["broadcasts"])
        assert layer.cost.macs == np.mean(totals["entries"] - totals["padding"])
    cycles = sum(np.mean(record.central["cycles"]) for record in simulation.layers)
    assert predicted.total.cycles == cycles


@pytest.mark.parametrize("unused", [None, 9])
def test_bounds_by_formula(make_network: MakeNetwork, seed: int, unused: int | None) -> None:
    network = make_network(TINY, SIZES, seed=seed, density=0.05, unused=unused)
    assert network.layers[0].matrix.padding > 0
    activations = random_activations(network.inputs, 7, seed)
    given = activations[:, network.gather]
    predicted = predict(network, activations)
    dense = limits = 0.0
    for layer, result in zip(network.layers, predicted.layers, strict=True):
        nonzero = given != 0
        used = decode(layer.matrix) != 0
        macs = np.array([np.count_nonzero(used[:, columns]) for columns in nonzero])
        limit = np.mean(np.maximum(nonzero.sum(axis=1), macs / TINY.pe_count))
        cost = result.cost
        assert (result.outputs, result.inputs) == layer.source_shape
        assert cost.dense_cycles == result.outputs * result.inputs / TINY.pe_count
        assert cost.broadcasts == np.mean(nonzero.sum(axis=1))
        assert cost.macs == np.mean(macs)
        assert cost.limit_cycles == pytest.approx(limit)
        assert cost.limit_cycles <= cost.cycles
        assert cost.speedup == cost.dense_cycles / cost.cycles
        assert cost.utilization == cost.macs / (cost.cycles * TINY.pe_count)
        dense += cost.dense_cycles
        limits += cost.limit_cycles
        given = dense_layer(
            layer.weights(), given, layer.bias, layer.shift, layer.relu, TINY.acc_bits
        ).y
    assert predicted.total.dense_cycles == dense
    assert predicted.total.limit_cycles == limits
    assert predicted.total.speedup == dense / predicted.total.cycles


def test_the_first_inputs_are_used(make_network: MakeNetwork, seed: int) -> None:
    network = make_network(TINY, SIZES)
    activations = random_activations(SIZES[0], MAX_INPUTS + 3, seed)
    assert predict(network, activations) == predict(network, activations[:MAX_INPUTS])
    assert predict(network, activations).inputs == MAX_INPUTS
    one = predict(network, activations, max_inputs=1)
    assert one == predict(network, activations[:1])
    assert one.inputs == 1


def test_progress_counts_layers_and_inputs(make_network: MakeNetwork, seed: int) -> None:
    steps: list[int] = []
    predict(make_network(TINY, SIZES), random_activations(40, 3, seed), on_progress=steps.append)
    assert sum(steps) == 6


def test_wrong_activations_are_refused(make_network: MakeNetwork) -> None:
    with pytest.raises(InputError, match=r"activations must have shape \(n, 40\)"):
        predict(make_network(TINY, SIZES), np.zeros((0, 40), dtype=np.int64))
