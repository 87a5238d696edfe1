"""Measurement of points; oracle: bench, which runs the golden model and enlarges memories too."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

import zskip
from zskip.engines import engine_of
from zskip.exploration.measure import ERROR, measure
from zskip.exploration.points import Point
from zskip.exploration.workload import BenchmarkWorkload, CompressedWorkload, FloatWorkload
from zskip.files.inputs import Inputs, read_inputs
from zskip.files.weights import read_weights
from zskip.flow.bench import bench
from zskip.model.common.benchmark import chosen_layers, find
from zskip.model.common.config import EngineConfig
from zskip.model.eie.config import PAPER, TINY, TUNED
from zskip.model.nm.config import NAMED
from zskip.synth.formulas.estimate import chip_um2

SCALE = 1 / 16
CONFIGS = [PAPER, TUNED.replace(pe_count=8), TINY, NAMED["nm_2_4_large"], NAMED["nm_1_4"]]


@pytest.mark.parametrize("config", CONFIGS)
def test_a_layer_is_measured_as_bench_does(config: EngineConfig) -> None:
    (layer,) = chosen_layers(["VGG-7"], SCALE)
    found = measure(Point(config, ()), BenchmarkWorkload(layer, 3))
    (result,) = bench(config=config, layers=["VGG-7"], scale=SCALE, seed=3, model=True).results
    assert (found["cycles"], found["macs"]) == (result.cost.cycles, result.cost.macs)
    assert found["energy_nj"] == result.cost.energy.total
    assert found["utilization"] == result.cost.utilization
    assert found["fits"] is True
    names = set(engine_of(config).losses)
    assert {name: found[name] for name in names} == {
        name: result.cost.counters[name] for name in names
    }


def test_fields_that_a_point_sets_stay() -> None:
    (layer,) = chosen_layers(["Alex-7"], SCALE)
    small = PAPER.replace(spmat_depth=1)
    workload = BenchmarkWorkload(layer, 1)
    grown, kept = (measure(Point(small, keep), workload) for keep in ((), ("spmat_depth",)))
    assert (grown["fits"], kept["fits"]) == (True, False)
    assert grown["cycles"] == kept["cycles"]
    assert int(grown["memory_bytes"]) > int(kept["memory_bytes"])


def test_a_layer_too_large_for_any_memory_has_cycles() -> None:
    # More inputs than a PE can hold.
    layer = replace(find("VGG-6"), outputs=64)
    found = measure(Point(PAPER.replace(pe_count=1), ("pe_count",)), BenchmarkWorkload(layer, 1))
    assert found["fits"] is False
    assert int(found["cycles"]) > int(found["macs"]) > 0


@pytest.fixture(scope="module")
def network() -> dict[str, Any]:
    """Weights of two layers."""
    rng = np.random.default_rng(1)
    shapes = {"a": (12, 20), "b": (5, 12)}
    weights = {
        f"{name}.weight": rng.normal(size=shape) * (rng.random(shape) < 0.4)
        for name, shape in shapes.items()
    }
    return weights | {f"{name}.bias": rng.normal(size=size) for name, (size, _) in shapes.items()}


@pytest.fixture(scope="module")
def inputs(network: dict[str, Any]) -> Inputs:
    """Inputs of it, with random labels."""
    rng = np.random.default_rng(2)
    return read_inputs(rng.random((30, 20)), labels=rng.integers(0, 5, 30))


def test_float_weights_are_compressed_for_each_configuration(
    network: dict[str, Any], inputs: Inputs
) -> None:
    workload = FloatWorkload("x", read_weights(network), inputs, 0.5)
    for config in (TINY, TINY.with_weight_bits(3), NAMED["nm_2_4"]):
        found = measure(Point(config, ()), workload)
        pattern = None if config.pattern is None else "{}:{}".format(*config.pattern)
        given = Inputs(values=inputs.values, labels=inputs.labels)
        oracle = zskip.compress(
            network, inputs=given.values, config=config, input_scale=0.5, pattern=pattern
        )
        assert found["chip_bytes"] == oracle.chip_bytes
        simulated = zskip.simulate(
            oracle, given.values, labels=given.labels, simulator="icarus", count=2
        )
        first = measure(
            Point(config, ()),
            CompressedWorkload("x", oracle.network, Inputs(values=given.values[:2], labels=None)),
        )
        cycles = [np.mean(layer.counters["cycles"]) for layer in simulated.layers]
        assert first["cycles"] == sum(cycles)
        assert 0 < float(found["accuracy"]) < 1


def test_accuracy_counts_right_classes(network: dict[str, Any], inputs: Inputs) -> None:
    compressed = zskip.compress(network, inputs=inputs.values, config=TINY).network
    run = engine_of(TINY).run(compressed, compressed.quantize_inputs(inputs.values))
    right = np.argmax(run.outputs, axis=1)
    for wrong in (0, 6, 30):
        labels = right.copy()
        labels[:wrong] = (labels[:wrong] + 1) % 5
        given = Inputs(values=inputs.values, labels=labels)
        found = measure(Point(TINY, ()), CompressedWorkload("x", compressed, given))
        assert found["accuracy"] == 1 - wrong / 30
    assert "accuracy" not in measure(
        Point(TINY, ()),
        CompressedWorkload("x", compressed, Inputs(values=inputs.values, labels=None)),
    )


def test_what_cannot_be_measured_says_why(network: dict[str, Any], inputs: Inputs) -> None:
    compressed = zskip.compress(network, inputs=inputs.values, config=TINY).network
    found = measure(
        Point(TINY.replace(weight_bits=2), ("weight_bits",)),
        CompressedWorkload("x", compressed, inputs),
    )
    assert set(found) == {ERROR}
    assert "must have at most 4 shared weights" in str(found[ERROR])
    found = measure(
        Point(TINY.replace(spmat_depth=1), ("spmat_depth",)),
        CompressedWorkload("x", compressed, inputs),
    )
    assert "spmat_depth" in str(found[ERROR])


def test_area_is_that_of_the_formulas() -> None:
    workload = BenchmarkWorkload(find("Alex-7").scaled(1 / 16), 1)
    found = measure(Point(TINY, tuple(field.name for field in fields(TINY))), workload)
    assert found["area_um2"] == chip_um2(TINY)
