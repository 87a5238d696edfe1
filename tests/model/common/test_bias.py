"""Corrected biases; oracle: the mean outputs of the float network."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from zskip.model.common.bias import better_biases, corrected_biases
from zskip.model.common.codebook import cluster
from zskip.model.common.metrics import classes
from zskip.model.common.pruning import Weights
from zskip.model.common.reference import FloatLayer, float_network

RNG = np.random.default_rng(5)
SIZES = (12, 9, 4)
SAMPLES = RNG.uniform(0, 1, (200, 12))


@pytest.fixture
def layers() -> list[FloatLayer]:
    """A network of two layers."""
    return [
        FloatLayer(
            weights=RNG.standard_normal((outputs, inputs)),
            bias=RNG.standard_normal(outputs),
            relu=outputs != SIZES[-1],
        )
        for inputs, outputs in pairwise(SIZES)
    ]


def with_weights(
    layers: list[FloatLayer], weights: list[Weights], biases: Sequence[NDArray[Any]]
) -> list[FloatLayer]:
    """Return a network with other weights and biases."""
    rows = zip(layers, weights, biases, strict=True)
    return [FloatLayer(weights=new, bias=bias, relu=layer.relu) for layer, new, bias in rows]


def test_the_mean_outputs_stay(layers: list[FloatLayer]) -> None:
    weights: list[Weights] = [cluster(layer.weights, 4).decode() for layer in layers]
    wanted = float_network(layers, SAMPLES)[-1].mean(axis=0)
    plain = with_weights(layers, weights, [layer.bias for layer in layers])
    off = np.abs(float_network(plain, SAMPLES)[-1].mean(axis=0) - wanted)
    corrected = with_weights(layers, weights, corrected_biases(layers, weights, SAMPLES))
    left = np.abs(float_network(corrected, SAMPLES)[-1].mean(axis=0) - wanted)
    assert left.max() < 0.1 * off.max()


def test_the_same_weights_keep_their_biases(layers: list[FloatLayer]) -> None:
    weights: list[Weights] = [layer.weights for layer in layers]
    for layer, bias in zip(layers, corrected_biases(layers, weights, SAMPLES), strict=True):
        np.testing.assert_array_equal(bias, layer.bias)


@pytest.mark.parametrize("count", [1, 2])
def test_what_may_be_chance_is_left_out(layers: list[FloatLayer], count: int) -> None:
    weights: list[Weights] = [cluster(layer.weights, 4).decode() for layer in layers]
    samples = SAMPLES[:count]
    biases = corrected_biases(layers, weights, samples)
    first = (samples @ (layers[0].weights - weights[0]).T).mean(axis=0)
    moved = biases[0] - layers[0].bias
    assert np.all(np.abs(moved) <= np.abs(first))
    assert (moved == 0).any()


@pytest.mark.parametrize("seed", range(8))
def test_the_better_biases_keep_more_classes(layers: list[FloatLayer], seed: int) -> None:
    samples = np.random.default_rng(seed).uniform(0, 1, (60, 12))
    weights: list[Weights] = [cluster(layer.weights, 3).decode() for layer in layers]
    old = [layer.bias for layer in layers]
    corrected = corrected_biases(layers, weights, samples)

    def kept(biases: Sequence[NDArray[Any]]) -> int:
        given = classes(float_network(with_weights(layers, weights, biases), samples)[-1])
        return int(np.count_nonzero(given == classes(float_network(layers, samples)[-1])))

    better = better_biases(layers, weights, samples)
    assert kept(better) == max(kept(old), kept(corrected))
    if kept(corrected) <= kept(old):
        assert all(np.array_equal(*pair) for pair in zip(better, old, strict=True))
