"""The golden model; oracles: plain ``W @ x``, the dense reference, and Python's integers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.common import reference
from zskip.model.common.chunks import CHUNK
from zskip.model.common.dense import dense_layers
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import limits
from zskip.model.common.scale import LayerScale
from zskip.model.nm.accelerator import run
from zskip.model.nm.config import NAMED, NM_2_4, Config
from zskip.model.nm.encoding import decode
from zskip.model.nm.engine import ENGINE
from zskip.model.nm.latencies import pass_cycles, run_cycles
from zskip.model.nm.network import Layer, Network, encode_weights
from zskip.verif.nm.stimulus import random_activations, random_network


@st.composite
def configs(draw: st.DrawFn) -> Config:
    """Any n, m, groups, rows and widths."""
    m = draw(st.sampled_from([2, 4, 8, 16]))
    return Config(
        pe_count=draw(st.sampled_from([1, 2, 4, 8, 16])),
        n=draw(st.integers(1, m)),
        m=m,
        groups=draw(st.sampled_from([size for size in (1, 2, 4, 8) if size * m >= 4])),
        weight_bits=draw(st.sampled_from([4, 8, 16])),
        activation_bits=draw(st.sampled_from([8, 16])),
        acc_bits=draw(st.sampled_from([24, 32, 48])),
    )


@given(
    configs(),
    st.lists(st.integers(1, 40), min_size=2, max_size=4),
    st.integers(1, 16),
    st.integers(0, 20),
    st.integers(0, 10**6),
)
def test_against_the_dense_reference(
    config: Config, sizes: list[int], beats: int, shift: int, seed: int
) -> None:
    taken = (min(beats, config.max_beats), 1)
    network = random_network(config, tuple(sizes), seed, beats=taken, shift=shift)
    activations = random_activations(config, sizes[0], 3, seed)
    result = run(network, activations)
    expected = reference.network(
        dense_layers(network), activations, config.acc_bits, config.activation_bits
    )
    timing = ENGINE.timing(network, result)
    for index, (layer, done, (counters,), wanted) in enumerate(
        zip(network.layers, result.layers, timing, expected, strict=True)
    ):
        np.testing.assert_array_equal(done.outputs, wanted.y)
        by_pe = np.zeros((3, config.pe_count), dtype=np.int64)
        for output in range(layer.outputs):
            by_pe[:, output % config.pe_count] += wanted.saturated[:, output]
        np.testing.assert_array_equal(counters.per_pe["saturations"], by_pe)
        # The formula, with the beats that a group of the layer takes.
        rows = -(-layer.outputs // config.pe_count)
        total = rows * -(-layer.inputs // (config.groups * config.m)) * taken[index % 2]
        assert counters.central["beats"].tolist() == [total] * 3
        constant = pass_cycles(config) + (0 if index else run_cycles(config))
        assert counters.central["cycles"].tolist() == [total + constant] * 3
    np.testing.assert_array_equal(result.outputs, expected[-1].y)


@given(configs(), st.integers(1, 60), st.integers(1, 20), st.integers(0, 10**6))
def test_against_plain_products(config: Config, inputs: int, outputs: int, seed: int) -> None:
    """Nothing wraps or saturates here, so a layer is ``W @ x`` in integers."""
    rng = np.random.default_rng(seed)
    weights = rng.integers(-7, 8, (outputs, inputs)) * (rng.random((outputs, inputs)) < 0.6)
    x = rng.integers(-1, 2, (2, inputs))
    network = one_layer(config.replace(activation_bits=16), weights)
    if outputs * inputs:
        np.testing.assert_array_equal(run(network, x).outputs, x @ weights.T)


def one_layer(config: Config, weights: np.ndarray, bias: int = 0, shift: int = 0) -> Network:
    """A layer of some weights; every bias is the same."""
    matrix, codebook = encode_weights(weights, config)
    layer = Layer(
        name="fc1",
        matrix=matrix,
        codebook=codebook,
        bias=np.full(len(weights), bias),
        relu=False,
        scale=LayerScale(input_fraction=0, weight_fraction=shift, output_fraction=0),
    )
    network = Network(config=config, layers=(layer,))
    network.check()
    return network


def plain_overflows(network: Network, vector: list[int]) -> tuple[list[int], list[int]]:
    """Accumulators and overflows of each row, one beat after the other, in Python's integers."""
    config, layer = network.config, network.layers[0]
    matrix, (low, high) = layer.matrix, limits(config.acc_bits)
    totals, overflows = [], []
    for row in range(layer.outputs):
        acc, count = int(layer.bias[row]), 0
        for first in range(0, matrix.groups, config.groups):
            for beat in range(matrix.beats):
                for group in range(first, min(first + config.groups, matrix.groups)):
                    for position, value in zip(
                        matrix.positions[row, group, beat].tolist(),
                        matrix.values[row, group, beat].tolist(),
                        strict=True,
                    ):
                        if value:
                            acc += value * vector[group * config.m + position]
                count += not low <= acc <= high
                acc = (acc - low) % (high - low + 1) + low
        totals.append(acc)
        overflows.append(count)
    return totals, overflows


@given(
    st.sampled_from([(1, 4), (2, 4), (4, 4), (3, 8)]),
    st.sampled_from([1, 2, 4]),
    st.integers(1, 40),
    st.integers(0, 10**6),
)
def test_overflows_are_counted_beat_by_beat(
    pattern: tuple[int, int], groups: int, inputs: int, seed: int
) -> None:
    n, m = pattern
    config = Config(
        n=n, m=m, groups=groups, pe_count=2, weight_bits=16, activation_bits=16, acc_bits=24
    )
    rng = np.random.default_rng(seed)
    weights = rng.choice([-32768, -20000, 0, 0, 15000, 32767], (5, inputs))
    network = one_layer(config, weights, bias=2**23 - 1000, shift=8)
    vectors = rng.choice([-32768, -300, 0, 250, 32767], (2, inputs))
    result = run(network, vectors)
    for vector, given_overflows, outputs in zip(
        vectors,
        result.layers[0].passes[0].per_pe["overflows"].tolist(),
        result.outputs.tolist(),
        strict=True,
    ):
        totals, overflows = plain_overflows(network, vector.tolist())
        assert given_overflows == [sum(overflows[0::2]), sum(overflows[1::2])]
        expected = [(total + 128) >> 8 for total in totals]
        assert outputs == np.clip(expected, -32768, 32767).tolist()


@pytest.mark.parametrize("excess", [0, 1])
def test_the_accumulator_is_reached_exactly(excess: int) -> None:
    """``-128 * -128`` of 64 inputs, and a bias that leaves no unit more."""
    config = NM_2_4.replace(acc_bits=24)
    weights = np.full((3, 64), -128)
    network = one_layer(config, weights, bias=2**23 - 1 - 64 * 128 * 128, shift=23)
    vector = np.full((1, 64), -128)
    network.layers[0].bias[0] += excess
    result = run(network, vector)
    assert result.layers[0].passes[0].per_pe["overflows"].tolist() == [[excess] + [0] * 7]
    assert result.outputs.tolist() == [[-1 if excess else 1, 1, 1]]


def test_positions_select_and_zeros_do_not_matter() -> None:
    """All signs of the two weights of a group at each of the six pairs of positions."""
    for first in range(4):
        for second in range(first + 1, 4):
            rows = np.zeros((4, 4), dtype=np.int64)
            rows[:, first] = [127, 127, -128, -128]
            rows[:, second] = [127, -128, 127, -128]
            network = one_layer(NM_2_4.replace(activation_bits=16), rows)
            x = np.array([[3, -5, 7, 11]])
            np.testing.assert_array_equal(run(network, x).outputs, x @ rows.T)
            assert network.layers[0].matrix.beats == 1


def test_chunks_are_joined() -> None:
    network = random_network(NAMED["tiny"], (9, 7, 3), 1)
    activations = random_activations(network.config, 9, CHUNK + 3, 2)
    steps: list[int] = []
    result = run(network, activations, on_progress=steps.append)
    assert steps == [CHUNK, 3]
    alone = run(network, activations[-3:])
    np.testing.assert_array_equal(result.outputs[-3:], alone.outputs)
    counters = result.layers[0].passes[0]
    assert counters.per_pe["saturations"].shape == (CHUNK + 3, 2)


def test_what_is_refused() -> None:
    network = random_network(NAMED["tiny"], (9, 7, 3), 1)
    with pytest.raises(InputError) as caught:
        run(network, np.zeros((2, 8), dtype=np.int64))
    assert str(caught.value) == (
        "activations must have shape (n, 9) with n at least 1, not (2, 8): give one row for each "
        "input vector"
    )
    with pytest.raises(InputError, match=r"activations must be in -128\.\.127 \(8 bits\), not 128"):
        run(network, np.full((1, 9), 128))


def test_codebooks_are_looked_up() -> None:
    config = NAMED["nm_2_4_codebook"]
    network = random_network(config, (30, 12), 3)
    layer = network.layers[0]
    codes = decode(layer.matrix)
    assert codes.max() < 16
    np.testing.assert_array_equal(layer.weights(), layer.codebook[codes])
