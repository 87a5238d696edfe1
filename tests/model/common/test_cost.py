"""Predicted costs; oracles: the counters of the RTL in a simulator, and counting by hand."""

from collections.abc import Callable

import numpy as np
import pytest

from zskip.model.common.cost import predict
from zskip.model.common.errors import InputError
from zskip.model.common.reference import layer as dense_layer
from zskip.model.eie.config import TINY
from zskip.model.eie.encoding import decode
from zskip.model.eie.engine import ENGINE
from zskip.model.eie.network import Network
from zskip.verif.common.simulator import Simulator
from zskip.verif.eie.block import BLOCK
from zskip.verif.eie.stimulus import random_activations

MakeNetwork = Callable[..., Network]
SIZES = (40, 200, 12)


def test_costs_equal_the_counters_of_the_rtl(make_network: MakeNetwork, seed: int) -> None:
    network = make_network(TINY, SIZES, seed=seed, density=0.05)
    activations = random_activations(SIZES[0], 5, seed)
    predicted, _ = predict(ENGINE, network, activations)
    simulation = BLOCK.simulate(network, activations, BLOCK.build(TINY, Simulator.ICARUS))
    assert predicted.inputs == 5
    assert simulation.layers[0].counters["padding"].any()
    for layer, record in zip(predicted.layers, simulation.layers, strict=True):
        counters = record.counters
        assert layer.cost.cycles == np.mean(counters["cycles"])
        assert layer.cost.macs == np.mean(counters["entries"] - counters["padding"])
        assert set(layer.cost.counters) == {*counters.central, *counters.per_pe}
        for name, value in layer.cost.counters.items():
            assert value == np.mean(counters[name])
    cycles = sum(np.mean(record.counters["cycles"]) for record in simulation.layers)
    assert predicted.total.cycles == cycles


@pytest.mark.parametrize("unused", [None, 9])
def test_bounds_by_formula(make_network: MakeNetwork, seed: int, unused: int | None) -> None:
    network = make_network(TINY, SIZES, seed=seed, density=0.05, unused=unused)
    assert network.layers[0].matrix.padding > 0
    activations = random_activations(network.inputs, 7, seed)
    given = activations[:, network.gather]
    predicted, _ = predict(ENGINE, network, activations)
    dense = limits = 0.0
    for layer, result in zip(network.layers, predicted.layers, strict=True):
        nonzero = given != 0
        used = decode(layer.matrix) != 0
        macs = np.array([np.count_nonzero(used[:, columns]) for columns in nonzero])
        limit = np.mean(np.maximum(nonzero.sum(axis=1), macs / TINY.pe_count))
        cost = result.cost
        assert (result.outputs, result.inputs) == layer.source_shape
        assert cost.dense_cycles == result.outputs * result.inputs / TINY.pe_count
        assert cost.counters["broadcasts"] == np.mean(nonzero.sum(axis=1))
        assert cost.macs == np.mean(macs)
        assert cost.limit_cycles == pytest.approx(limit)
        assert cost.limit_cycles <= cost.cycles
        assert cost.speedup == cost.dense_cycles / cost.cycles
        assert cost.utilization == cost.macs / (cost.cycles * TINY.pe_count)
        dense += cost.dense_cycles
        limits += cost.limit_cycles
        given = dense_layer(
            layer.weights(), given, layer.bias, layer.scale.shift, layer.relu, TINY.acc_bits
        ).y
    assert predicted.total.dense_cycles == dense
    assert predicted.total.limit_cycles == limits
    assert predicted.total.speedup == dense / predicted.total.cycles


def test_means_are_over_all_inputs(make_network: MakeNetwork, seed: int) -> None:
    network = make_network(TINY, SIZES)
    activations = random_activations(SIZES[0], 3, seed)
    together, _ = predict(ENGINE, network, activations)
    alone = [predict(ENGINE, network, vector[np.newaxis])[0] for vector in activations]
    assert together.inputs == 3
    assert [one.inputs for one in alone] == [1, 1, 1]
    assert together.total.cycles == pytest.approx(np.mean([one.total.cycles for one in alone]))
    assert together.total.macs == pytest.approx(np.mean([one.total.macs for one in alone]))


def test_progress_counts_layers_and_inputs(make_network: MakeNetwork, seed: int) -> None:
    steps: list[int] = []
    network = make_network(TINY, SIZES)
    predict(ENGINE, network, random_activations(40, 3, seed), on_progress=steps.append)
    assert sum(steps) == 6


def test_wrong_activations_are_refused(make_network: MakeNetwork) -> None:
    with pytest.raises(InputError, match=r"activations must have shape \(n, 40\)"):
        predict(ENGINE, make_network(TINY, SIZES), np.zeros((0, 40), dtype=np.int64))
