"""The golden model; oracles: the dense reference, engines step by step, and float64."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.bitlet.alignment import align_rows
from zskip.model.bitlet.config import NAMED, Config
from zskip.model.bitlet.distil import distil
from zskip.model.bitlet.engine import ENGINE
from zskip.model.bitlet.finder import Finder
from zskip.model.bitlet.latencies import pass_cycles, run_cycles
from zskip.model.bitlet.magnitude import sign_magnitude, twos_complement
from zskip.model.bitlet.network import Layer
from zskip.model.bitlet.row import Row
from zskip.model.common import reference
from zskip.model.common.dense import dense_layers
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import IntArray
from zskip.model.common.floats import FLOAT16, FLOAT32, FloatFormat
from zskip.verif.bitlet.networks import random_activations, random_network

SIZES = st.lists(st.integers(1, 40), min_size=2, max_size=4)


@st.composite
def configs(draw: st.DrawFn) -> Config:
    """Any switches and sizes, for integers and floats."""
    decoupled = draw(st.integers(0, 1))
    pairs = draw(st.sampled_from([8, 16, 32]))
    return Config(
        pe_count=draw(st.sampled_from([1, 2, 4])),
        pairs=pairs,
        load_pairs=draw(st.sampled_from([1, 4, 8])),
        window=draw(st.sampled_from([0, 0, 4])),
        invert=draw(st.integers(0, 1)),
        banks=draw(st.integers(1, 2)),
        run_ahead=draw(st.integers(1, 3)),
        segments=draw(st.sampled_from([1, 2, 3, 6])),
        decoupled=decoupled,
        skew=2 * decoupled,
        twos_complement=draw(st.integers(0, 1)),
        acc_bits=draw(st.sampled_from([24, 32, 48])),
        vector_depth=256,
    )


@given(
    configs(),
    SIZES,
    st.lists(st.sampled_from(["int2", "int5", "int8", "int12", "int24"]), min_size=1, max_size=3),
    st.integers(0, 3),
    st.integers(0, 23),
    st.integers(0, 10**6),
)
def test_integers_against_the_dense_reference(
    config: Config, sizes: list[int], precisions: list[str], mask: int, shift: int, seed: int
) -> None:
    narrowest = min(int(name[3:]) for name in precisions)
    mask = min(mask, config.row_lanes - 1, narrowest)
    network = random_network(
        config, sizes, seed, precisions=precisions, shift=shift, mask_lanes=mask
    )
    activations = random_activations(network, 3, seed)
    result = ENGINE.run(network, activations)
    expected = reference.network(dense_layers(network), activations, config.acc_bits)
    for layer, done, wanted in zip(network.layers, result.layers, expected, strict=True):
        np.testing.assert_array_equal(done.outputs, wanted.y)
        (counters,) = done.passes
        by_engine = np.zeros((3, config.pe_count), dtype=np.int64)
        for output in range(layer.outputs):
            by_engine[:, output % config.pe_count] += wanted.saturated[:, output]
        np.testing.assert_array_equal(counters.per_pe["saturations"], by_engine)
        assert not counters.per_pe["specials"].any()
    np.testing.assert_array_equal(result.outputs, expected[-1].y)


def fixed_rows(layer: Layer, vector: IntArray, config: Config) -> list[Row]:
    """Rows of all outputs, in all lanes that a row has."""
    lanes = layer.cut(config).lanes
    form = twos_complement if config.twos_complement else sign_magnitude
    rows = [form(weights, vector, lanes, config.pairs) for weights in layer.matrix]
    return [row.masked(-1 << layer.mask_lanes) for row in rows]


def turns(rows: list[Row], packed: int) -> list[list[Row]]:
    """Rows that one engine computes side by side, one after the other; empty ones at the end."""
    empty = replace(rows[0], magnitudes=np.zeros_like(rows[0].magnitudes))
    filled = rows + [empty] * (-len(rows) % packed)
    return [filled[first : first + packed] for first in range(0, len(filled), packed)]


def picks(rows: list[Row], config: Config) -> int:
    """Pairs that the lanes of rows pick."""
    schedules = [
        Finder(config).schedule(column)
        for row in rows
        for group in row.columns()
        for column in group
    ]
    return sum(pick is not None for _, taken in schedules for pick in taken)


@given(configs(), st.integers(1, 5), st.integers(1, 30), st.integers(0, 2), st.integers(0, 10**6))
def test_overflows_and_picks_are_those_of_the_steps(
    config: Config, outputs: int, inputs: int, mask: int, seed: int
) -> None:
    """One engine, whose lanes are advanced cycle by cycle, each round for itself."""
    config = config.replace(pe_count=1, acc_bits=24)
    if config.run_ahead > 1:
        # What is loaded when a later round begins lets its lanes meet in other cycles.
        outputs = min(outputs, config.packed_rows(7 + config.twos_complement))
    network = random_network(
        config, (inputs, outputs), seed, precisions=("int8",), bias=2**23 - 1, mask_lanes=mask
    )
    activations = random_activations(network, 3, seed)
    (layer,) = network.layers
    counters = ENGINE.run(network, activations).layers[0].passes[0]
    for index, vector in enumerate(activations):
        rounds = turns(fixed_rows(layer, vector, config), layer.cut(config).rows)
        biases = np.zeros(len(rounds) * len(rounds[0]), dtype=np.int64)
        biases[:outputs] = layer.bias
        by_round = biases.reshape(len(rounds), -1).tolist()
        done = [
            distil(rows, config, biases=start) for rows, start in zip(rounds, by_round, strict=True)
        ]
        assert counters.per_pe["overflows"][index] == sum(sum(each.overflows) for each in done)
        assert counters.per_pe["picks"][index] == sum(picks(rows, config) for rows in rounds)
        assert counters.central["groups"][index] == len(rounds) * len(rounds[0][0].terms)


@given(
    st.sampled_from(["bitlet", "published", "tiny"]),
    st.integers(1, 30),
    st.sampled_from([0, 2, 5]),
    st.integers(0, 10**6),
)
def test_a_round_takes_the_cycles_of_the_steps(
    name: str, inputs: int, mask: int, seed: int
) -> None:
    """One engine and one round: integers, and floats whose cycles depend on the inputs."""
    config = NAMED[name].replace(pe_count=1, vector_depth=128)
    for precision in ("int4", "fp16"):
        network = random_network(
            config, (inputs, 1), seed, precisions=(precision,), mask_lanes=mask
        )
        (layer,) = network.layers
        activations = random_activations(network, 3, seed)
        ((counters,),) = ENGINE.timing(network, ENGINE.run(network, activations))
        number = layer.number
        rows = layer.cut(config).rows
        floating = number is not None
        constant = pass_cycles(config, rows=rows, floating=floating) + run_cycles()
        for index, vector in enumerate(activations):
            if number:
                row = float_row(layer, number, vector, config)
                done = distil([row], config, floating=True)
                assert counters.per_pe["picks"][index] == picks([row], config)
            else:
                done = distil(turns(fixed_rows(layer, vector, config), rows)[0], config)
            assert counters.central["cycles"][index] == done.cycles + constant


def float_row(layer: Layer, number: FloatFormat, vector: IntArray, config: Config) -> Row:
    """The row of the first output."""
    given_bias = layer.bias[0]
    aligned = align_rows(
        layer.matrix[0], vector, number, config.lanes, config.pairs, biases=given_bias
    )
    return aligned.row.masked(-1 << layer.mask_lanes)


@given(
    configs(),
    SIZES,
    st.sampled_from([FLOAT16, FLOAT32]),
    st.integers(0, 10**6),
)
def test_floats_against_float64(
    config: Config, sizes: list[int], number: FloatFormat, seed: int
) -> None:
    """Each layer for itself, from the words that the array made of the layers in front."""
    name = f"fp{number.bits}"
    network = random_network(config, sizes, seed, precisions=(name,))
    activations = random_activations(network, 3, seed)
    result = ENGINE.run(network, activations)
    for layer, source, done in zip(network.layers, result.sources, result.layers, strict=True):
        (counters,) = done.passes
        assert not counters.per_pe["specials"].any()
        if counters.per_pe["overflows"].any():
            return
        weights, biases = number.values(layer.matrix), number.values(layer.bias)
        values = number.values(source)
        products = np.abs(values[:, None] * weights)
        expected = values @ weights.T + biases
        largest = np.maximum(products.max(axis=-1), np.abs(biases))
        if layer.relu:
            expected = np.maximum(expected, 0)
        terms = layer.inputs + 1
        # Lost by the alignment of factors, of which either may be subnormal, and by the output.
        tiny = 2.0 ** (1 - number.bias)
        lost = (
            terms
            * 2.0 ** (2 - config.lanes)
            * (largest + tiny * np.maximum(np.abs(values).max(axis=1, initial=0)[:, None], 1) * 4)
        )
        bound = lost + 2.0**-number.fraction_bits * np.abs(expected) + tiny
        assert (np.abs(number.values(done.outputs) - expected) <= bound).all()
        np.testing.assert_array_equal(layer.compute(source, config)[0], done.outputs)


def test_floats_that_are_special_or_too_large_are_counted() -> None:
    config = NAMED["tiny"]
    network = random_network(config, (2, 3), 1, precisions=("fp16",))
    matrix = FLOAT16.words([[60000.0, 60000.0], [1.0, 0.0], [0.0, 1.0]], "weights")
    layer = replace(network.layers[0], matrix=matrix, bias=np.zeros(3, dtype=np.int64))
    network = replace(network, layers=(layer,))
    one, infinity = 0x3C00, 0x7C00
    counters = ENGINE.run(network, np.array([[one, one], [0, infinity]])).layers[0].passes[0]
    # Engine 0 has the outputs 0 and 2, engine 1 output 1 and one that fills up the round.
    assert counters.per_pe["overflows"].tolist() == [[1, 0], [2, 2]]
    assert counters.per_pe["specials"].tolist() == [[0, 0], [2, 2]]
    assert not counters.per_pe["saturations"].any()


@pytest.mark.parametrize("excess", [0, 1])
def test_the_accumulator_is_reached_exactly(excess: int) -> None:
    """``127 * 32767`` of 2 inputs, and a bias that leaves no unit more."""
    config = NAMED["int8"].replace(acc_bits=24, invert=0)
    network = random_network(config, (2, 1), 1, precisions=("int8",), shift=0)
    layer = replace(
        network.layers[0],
        matrix=np.array([[127, 127]]),
        bias=np.array([2**23 - 1 - 2 * 127 * 32767 + excess]),
    )
    result = ENGINE.run(replace(network, layers=(layer,)), np.array([[32767, 32767]]))
    assert result.layers[0].passes[0].per_pe["overflows"].sum() == excess
    assert result.outputs.tolist() == [[-32768 if excess else 32767]]


def test_what_an_inverted_column_counts_first_may_overflow() -> None:
    """Zeros of large activations: they come in with the sum of all, and are taken back."""
    config = NAMED["tiny"].replace(acc_bits=24)
    network = random_network(config, (8, 1), 1, precisions=("int2",))
    weights = np.array([[0, 0, 0, 1, 1, 1, 1, 1]])
    layer = replace(network.layers[0], matrix=weights, bias=np.array([2**23 - 50_000]))
    network = replace(network, layers=(layer,))
    activations = np.array([[30_000] * 3 + [1] * 5, [10_000] * 3 + [1] * 5])
    overflows = ENGINE.run(network, activations).layers[0].passes[0]["overflows"]
    # Over the limit with the first two zeros still in, and back.
    assert overflows.tolist() == [2, 0]


def test_rows_that_cannot_overflow_are_not_gone_through(monkeypatch: pytest.MonkeyPatch) -> None:
    network = random_network(NAMED["bitlet"], (90, 30), 1, precisions=("int8",))
    activations = random_activations(network, 4, 1) // 16
    monkeypatch.setattr(Finder, "schedule", None)
    assert not ENGINE.run(network, activations).layers[0].passes[0]["overflows"].any()


def test_what_is_refused() -> None:
    network = random_network(NAMED["tiny"], (9, 7, 3), 1)
    with pytest.raises(InputError, match=r"activations must have shape \(n, 9\) with n at least 1"):
        ENGINE.run(network, np.zeros((2, 8), dtype=np.int64))
    with pytest.raises(InputError, match=r"activations must be in -32768\.\.32767 \(16 bits\)"):
        ENGINE.run(network, np.full((1, 9), 32768))
    network = random_network(NAMED["tiny"], (9, 7), 1, precisions=("fp16",))
    with pytest.raises(InputError) as caught:
        ENGINE.run(network, np.full((1, 9), 1 << 16))
    assert str(caught.value) == (
        "activations must be words of float16, 0 to 65535, not 65536: give words of the network's "
        "format"
    )
