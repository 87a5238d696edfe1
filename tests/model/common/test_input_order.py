"""Orders of inputs, from pruning to the array; oracles: the dense reference, no orders at all."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
import pytest

from zskip.model.common import reference
from zskip.model.common.compress import compress
from zskip.model.common.dense import dense_layers
from zskip.model.common.errors import InputError
from zskip.model.common.fixed_layer import FixedLayer
from zskip.model.common.input_order import encode_ordered
from zskip.model.common.pattern import Pattern, follows, prune_to_pattern
from zskip.model.common.pattern_shares import ideal_kept, kept
from zskip.model.common.permutation import best_order
from zskip.model.common.reference import FloatLayer
from zskip.model.common.scale import LayerScale
from zskip.model.eie.accelerator import run
from zskip.model.eie.config import TINY, Config
from zskip.model.eie.engine import ENGINE

SIZES = (24, 20, 12, 6)
SCALE = LayerScale(input_fraction=8, weight_fraction=8, output_fraction=8)


def float_layers(density: float = 1.0) -> tuple[FloatLayer, ...]:
    """Random layers."""
    rng = np.random.default_rng(7)
    return tuple(
        FloatLayer(
            weights=rng.standard_normal((rows, columns)) * (rng.random((rows, columns)) < density),
            bias=rng.standard_normal(rows),
            relu=rows > SIZES[-1],
            name=f"fc{rows}",
        )
        for columns, rows in pairwise(SIZES)
    )


def fixed_layers(rng: np.random.Generator) -> list[FixedLayer]:
    """Random layers in fixed point, with inputs and outputs that nothing uses."""
    codebook = np.concatenate([[0], rng.integers(-300, 300, 15)])
    layers = []
    for columns, rows in pairwise(SIZES):
        codes = rng.integers(1, 16, (rows, columns)) * (rng.random((rows, columns)) < 0.2)
        codes[:, rng.integers(columns)] = 0
        layers.append(
            FixedLayer(
                name=f"fc{rows}",
                codes=codes.astype(np.uint8),
                codebook=codebook,
                bias=rng.integers(-1000, 1000, rows),
                relu=rows > SIZES[-1],
                scale=SCALE,
            )
        )
    return layers


@pytest.mark.parametrize("balanced", [0, 1])
@pytest.mark.parametrize("seed", range(4))
def test_outputs_stay_in_the_order_of_the_source(balanced: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    layers = fixed_layers(rng)
    orders = [rng.permutation(layer.shape[1]) for layer in layers]
    inputs, config = rng.random((9, SIZES[0])), TINY.replace(balanced_rows=balanced)
    network = encode_ordered(ENGINE, layers, config, orders, calibration=inputs)
    network.check()
    plain = ENGINE.encode(layers, config, calibration=inputs)
    for found, expected in zip(dense_layers(network), dense_layers(plain), strict=True):
        np.testing.assert_array_equal(found.weights, expected.weights)
        np.testing.assert_array_equal(found.bias, expected.bias)
    activations = network.quantize_inputs(inputs)
    sources = [
        reference.DenseLayer(
            weights=layer.weights, bias=layer.bias, shift=layer.scale.shift, relu=layer.relu
        )
        for layer in layers
    ]
    expected = reference.network(sources, activations)[-1].y
    np.testing.assert_array_equal(run(network, activations).outputs, expected)


def test_without_orders_nothing_changes() -> None:
    layers = fixed_layers(np.random.default_rng(1))
    inputs = np.ones((2, SIZES[0]))
    network = encode_ordered(ENGINE, layers, TINY, None, calibration=inputs)
    plain = ENGINE.encode(layers, TINY, calibration=inputs)
    np.testing.assert_array_equal(network.gather, plain.gather)
    for found, expected in zip(network.layers, plain.layers, strict=True):
        np.testing.assert_array_equal(found.rows, expected.rows)
        np.testing.assert_array_equal(found.weights(), expected.weights())


@pytest.mark.parametrize("permute", [False, True])
def test_compression_to_a_pattern(permute: bool) -> None:
    layers, inputs = float_layers(), np.random.default_rng(2).random((30, SIZES[0]))
    pattern = Pattern(2, 4)
    result = compress(ENGINE, layers, TINY, calibration=inputs, pattern="2:4", permute=permute)
    assert result.pruned
    assert result.pattern == pattern
    for layer, dense, share in zip(
        layers, dense_layers(result.network), result.shares, strict=True
    ):
        order = best_order(layer.weights, pattern) if permute else None
        pruned = prune_to_pattern(layer.weights, pattern, order)
        assert follows(dense.weights.astype(float), pattern, order)
        assert not dense.weights[pruned == 0].any()
        assert (share.kept_l1, share.kept_l2) == kept(layer.weights, pruned)
        plain = kept(layer.weights, prune_to_pattern(layer.weights, pattern))
        assert (share.unpermuted_l1, share.unpermuted_l2) == plain
        ideal = ideal_kept(layer.weights, pattern)
        assert (share.unstructured_l1, share.unstructured_l2) == ideal
        assert share.unstructured_l1 > share.kept_l1
        assert (share.kept_l1 > share.unpermuted_l1) == permute
    model = run(result.network, result.network.quantize_inputs(inputs))
    expected = reference.network(
        dense_layers(result.network), result.network.quantize_inputs(inputs)
    )
    np.testing.assert_array_equal(model.outputs, expected[-1].y)


@pytest.mark.parametrize("permute", [False, True])
def test_a_network_of_the_pattern_keeps_its_weights(permute: bool) -> None:
    layers = tuple(
        FloatLayer(
            weights=prune_to_pattern(layer.weights, Pattern(2, 4)), bias=layer.bias, relu=layer.relu
        )
        for layer in float_layers()
    )
    inputs = np.random.default_rng(2).random((30, SIZES[0]))
    result = compress(ENGINE, layers, TINY, calibration=inputs, pattern="2:4", permute=permute)
    plain = compress(ENGINE, layers, TINY, calibration=inputs)
    assert not result.pruned
    assert all(share.kept_l1 == share.kept_l2 == 1 for share in result.shares)
    for found, expected in zip(
        dense_layers(result.network), dense_layers(plain.network), strict=True
    ):
        np.testing.assert_array_equal(found.weights, expected.weights)
    assert plain.pattern is None
    assert plain.shares == ()


def test_hardware_with_a_pattern_is_set_to_it() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Patterned(Config):
        def with_pattern(self, n: int, m: int) -> Self:
            return self.replace(queue_depth=n, column_queue_depth=m)

    inputs = np.random.default_rng(2).random((3, SIZES[0]))
    config = Patterned(pe_count=4)
    result = compress(ENGINE, float_layers(), config, calibration=inputs, pattern=Pattern(3, 8))
    assert result.network.config == config.replace(queue_depth=3, column_queue_depth=8)
    assert TINY.with_pattern(3, 8) is TINY


def test_orders_are_refused_without_a_pattern() -> None:
    with pytest.raises(InputError) as caught:
        compress(ENGINE, float_layers(), TINY, calibration=np.ones((1, SIZES[0])), permute=True)
    assert str(caught.value) == (
        "permuted inputs must come with a pattern, not without one: give one such as 2:4"
    )
