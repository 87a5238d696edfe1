"""Pruning of a network's layers; oracles: the functions that prune a matrix, and counts."""

from typing import Any

import numpy as np
import pytest

from zskip.model.common.compress import compress
from zskip.model.common.cost import predict, unpruned_cycles
from zskip.model.common.counters import summed
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import dequantize
from zskip.model.common.pattern import Pattern, prune_to_pattern
from zskip.model.common.prune import prune_layers
from zskip.model.common.pruning import prune_balanced, prune_by_deviation, prune_to_density
from zskip.model.common.reference import FloatLayer, float_layer
from zskip.model.eie.accelerator import run
from zskip.model.eie.config import TINY
from zskip.model.eie.cycles import layer_timing
from zskip.model.eie.encoding import encode
from zskip.model.eie.engine import ENGINE


@pytest.fixture
def layers() -> tuple[FloatLayer, ...]:
    """Two dense layers, the first of much larger weights."""
    rng = np.random.default_rng(1)
    first, second = 10 * rng.standard_normal((20, 16)), rng.standard_normal((6, 20))
    return (
        FloatLayer(weights=first, bias=np.zeros(20), relu=True, name="first"),
        FloatLayer(weights=second, bias=np.zeros(6), relu=False, name="second"),
    )


@pytest.mark.parametrize("method", ["magnitude", "balanced", "deviation"])
def test_layer_by_layer(layers: tuple[FloatLayer, ...], method: str) -> None:
    def expected(weights: np.ndarray, number: float) -> np.ndarray:
        if method == "balanced":
            return prune_balanced(weights, number, 4)
        if method == "deviation":
            return prune_by_deviation(weights, number)
        return prune_to_density(weights, number)

    key = "quality" if method == "deviation" else "density"
    arguments: Any = {"method": method, key: 0.3}
    for layer, pruned in zip(layers, prune_layers(layers, 4, **arguments), strict=True):
        np.testing.assert_array_equal(pruned, expected(layer.weights, 0.3))
    arguments[key] = {"second": 0.5}
    first, second = prune_layers(layers, 4, **arguments)
    assert first is layers[0].weights
    np.testing.assert_array_equal(second, expected(layers[1].weights, 0.5))


def test_global(layers: tuple[FloatLayer, ...]) -> None:
    first, second = prune_layers(layers, 4, method="global", density=0.2)
    assert np.count_nonzero(first) + np.count_nonzero(second) == round(0.2 * (320 + 120))
    assert np.count_nonzero(first) > 10 * np.count_nonzero(second)


def test_nothing_asked_nothing_pruned(layers: tuple[FloatLayer, ...]) -> None:
    for method in ("magnitude", "balanced", "global"):
        for layer, weights in zip(layers, prune_layers(layers, 4, method=method), strict=True):
            assert weights is layer.weights


def test_to_a_pattern(layers: tuple[FloatLayer, ...]) -> None:
    pattern = Pattern(1, 4)
    for layer, weights in zip(layers, prune_layers(layers, 4, pattern=pattern), strict=True):
        np.testing.assert_array_equal(weights, prune_to_pattern(layer.weights, pattern))
    orders = [np.arange(16)[::-1], np.arange(20)[::-1]]
    found = prune_layers(layers, 4, pattern=Pattern(3, 8), orders=orders)
    for layer, order, weights in zip(layers, orders, found, strict=True):
        np.testing.assert_array_equal(
            weights, prune_to_pattern(layer.weights, Pattern(3, 8), order)
        )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "random"}, "the pruning method must be one of magnitude, deviation, "),
        ({"method": "deviation"}, "pruning by deviation must have a quality and no density"),
        (
            {"method": "deviation", "quality": 1.0, "density": 0.5},
            "pruning by deviation must have a quality and no density",
        ),
        ({"quality": 1.0}, "a quality must be given for pruning by deviation, not for magnitude"),
        (
            {"method": "global", "density": {"first": 0.5}},
            "global pruning must have one density for all layers together",
        ),
        (
            {"method": "deviation", "quality": {"third": 1.0}},
            "a quality must be given for a layer of the network, not for 'third'",
        ),
        ({"density": 0.0}, "layer 'first': density must be above 0"),
        ({"method": "balanced", "density": 2.0}, "layer 'first': density must be above 0"),
        ({"method": "deviation", "quality": -1.0}, "layer 'first': quality must be 0 or more"),
        ({"method": "global", "density": 2.0}, "density must be above 0"),
        (
            {"pattern": Pattern(2, 4), "density": 0.5},
            "the pattern 2:4 must tell alone which weights go, not a density too: a pattern has "
            "its own density, so give one of both",
        ),
        (
            {"pattern": Pattern(2, 4), "method": "balanced"},
            "the pattern 2:4 must tell alone which weights go, not the pruning method balanced too",
        ),
        (
            {"pattern": Pattern(2, 4), "method": "deviation", "quality": 1.0},
            "the pattern 2:4 must tell alone which weights go, not the pruning method deviation",
        ),
    ],
)
def test_bad_input(layers: tuple[FloatLayer, ...], arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        prune_layers(layers, 4, **arguments)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_cycles_before_pruning(layers: tuple[FloatLayer, ...]) -> None:
    inputs = np.random.default_rng(3).random((6, 16))
    whole = compress(ENGINE, layers, TINY, calibration=inputs)
    activations = whole.network.quantize_inputs(inputs)
    predicted, result = predict(ENGINE, whole.network, activations)
    assert not whole.pruned
    assert unpruned_cycles(ENGINE, layers, whole.network, activations, result) == tuple(
        layer.cost.cycles for layer in predicted.layers
    )
    pruned = compress(ENGINE, layers, TINY, calibration=inputs, density=0.1)
    assert pruned.pruned
    prediction, result = predict(ENGINE, pruned.network, activations)
    before = unpruned_cycles(ENGINE, layers, pruned.network, activations, result)
    after = [layer.cost.cycles for layer in prediction.layers]
    assert before[0] > after[0]
    assert before[0] == predicted.layers[0].cost.cycles


def test_cycles_before_pruning_take_outputs_that_were_left_out(
    layers: tuple[FloatLayer, ...],
) -> None:
    inputs = np.random.default_rng(3).random((6, 16))
    config = TINY.replace(balanced_rows=0)
    pruned = compress(ENGINE, layers, config, calibration=inputs, density={"second": 0.02})
    network = pruned.network
    first = network.layers[0]
    assert first.unused_outputs > 0
    activations = network.quantize_inputs(inputs)
    result = run(network, activations)
    found = unpruned_cycles(ENGINE, layers, network, activations, result)
    hidden = np.zeros((6, first.source_shape[0]), dtype=np.int64)
    real = dequantize(activations, first.scale.input_fraction)
    hidden[:] = float_layer(layers[0].weights, real, layers[0].bias, layers[0].relu) > 0
    hidden[:, first.rows] = result.layers[0].outputs
    for index, (sources, cycles) in enumerate(zip((activations, hidden), found, strict=False)):
        matrix = encode((layers[index].weights != 0).astype(np.uint8), config)
        last = index == len(layers) - 1
        timing = layer_timing(matrix, sources, config, first=index == 0, last=last)
        assert cycles == np.mean(summed(timing)["cycles"])
