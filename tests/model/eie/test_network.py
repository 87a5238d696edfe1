"""A compressed network; oracles: its invariants as messages, exact arithmetic on its inputs."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from zskip.model.common.errors import InputError
from zskip.model.common.scale import LayerScale
from zskip.model.eie.config import TINY
from zskip.model.eie.encoding import decode, encode
from zskip.model.eie.network import Network

MakeNetwork = Callable[..., Network]

SCALE = LayerScale(input_fraction=8, weight_fraction=12, output_fraction=8)


@pytest.fixture
def network(make_network: MakeNetwork) -> Network:
    """A valid chain of two layers."""
    return make_network(TINY, (6, 5, 3))


def with_layer(network: Network, index: int, **changes: Any) -> Network:
    """Change fields of one layer."""
    layers = list(network.layers)
    layers[index] = replace(layers[index], **changes)
    return replace(network, layers=tuple(layers))


def test_sizes_and_shift(network: Network) -> None:
    network.check()
    assert (network.inputs, network.outputs) == (6, 3)
    first = network.layers[0]
    assert (first.inputs, first.outputs) == (6, 5)
    assert (
        first.scale.shift
        == first.scale.input_fraction + first.scale.weight_fraction - first.scale.output_fraction
    )


def test_weights_are_the_decoded_codebook(network: Network) -> None:
    layer = network.layers[0]
    expected = [[int(layer.codebook[code]) for code in row] for row in decode(layer.matrix)]
    assert layer.weights().tolist() == expected


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"matrix": encode(np.ones((5, 6), np.uint8), TINY.replace(pe_count=2))},
            "pe_count, weight_bits and run_bits must be the configuration's (4, 4, 4), not "
            "(2, 4, 4): compress the network again for this configuration",
        ),
        ({"codebook": np.zeros(15, np.int64)}, "the codebook must have 16 values, not shape (15,)"),
        (
            {"codebook": np.full(16, 40000)},
            "codebook values must be in -32768..32767 (16 bits), not 40000 at position 0: "
            "choose another scale or a wider format",
        ),
        ({"codebook": np.ones(16, np.int64)}, "the first codebook value must be 0, not 1"),
        ({"bias": np.zeros(4, np.int64)}, "the bias must have 5 values, not shape (4,)"),
        (
            {"bias": np.array([0, 0, 2**31, 0, 0])},
            "biases must be in -2147483648..2147483647 (32 bits), not 2147483648 at position 2: "
            "choose another scale or a wider format",
        ),
        ({"scale": replace(SCALE, weight_fraction=-1)}, "the shift must be from 0 to 31, not -1"),
        (
            {"scale": replace(SCALE, weight_fraction=30, output_fraction=6)},
            "the shift must be from 0 to 31, not 32",
        ),
        (
            {"scale": replace(SCALE, input_fraction=31)},
            "the fractions of inputs, weights and outputs must be from -32 to 30, not (31, 12, 8)",
        ),
        (
            {"source_shape": (4, 6)},
            "the source must have at least the 5 outputs and 6 inputs of the matrix, not 4 and 6",
        ),
        (
            {"source_shape": (5, 5)},
            "the source must have at least the 5 outputs and 6 inputs of the matrix, not 5 and 5",
        ),
        ({"rows": np.arange(4)}, "rows must have 5 values, not shape (4,)"),
        ({"rows": np.array([0, 1, 2, 3, 5])}, "rows must be from 0 to 4, not 5"),
        ({"rows": np.array([0, 1, -2, 3, 4])}, "rows must be from 0 to 4, not -2"),
        ({"rows": np.array([0, 3, 2, 3, 4])}, "rows must be distinct, but 3 is there twice"),
        (
            {"scale": replace(SCALE, output_fraction=-33)},
            "the fractions of inputs, weights and outputs must be from -32 to 30, not (8, 12, -33)",
        ),
    ],
)
def test_check_names_the_layer_and_what_fails(
    network: Network, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        with_layer(network, 0, **changes).check()
    assert str(caught.value) == f"layer 'fc1': {message}"


def test_check_looks_into_the_matrix(network: Network) -> None:
    matrix = network.layers[1].matrix
    broken = replace(matrix, runs=np.full_like(matrix.runs, 15))
    with pytest.raises(InputError, match=r"^layer 'fc2': every entry must lie inside"):
        with_layer(network, 1, matrix=broken).check()


def test_layers_chain_in_size_and_scale(network: Network, make_network: MakeNetwork) -> None:
    other = make_network(TINY, (4, 3)).layers[0]
    with pytest.raises(InputError) as caught:
        replace(network, layers=(network.layers[0], other)).check()
    assert str(caught.value) == (
        "layer sizes must chain: layer 'fc1' has 5 outputs, layer 'fc1' 4 inputs"
    )
    with pytest.raises(InputError) as caught:
        with_layer(network, 1, scale=replace(SCALE, input_fraction=9)).check()
    assert (
        str(caught.value) == "scales must chain: layer 'fc1' gives fraction 8, layer 'fc2' takes 9"
    )


def test_sources_chain(make_network: MakeNetwork) -> None:
    network = make_network(TINY, (6, 5, 3), unused=4)
    with pytest.raises(InputError) as caught:
        with_layer(network, 1, source_shape=(3, 8)).check()
    assert str(caught.value) == (
        "source sizes must chain: layer 'fc1' has 9 outputs, layer 'fc2' 8 inputs"
    )


def test_the_last_layer_computes_all_outputs(network: Network) -> None:
    with pytest.raises(InputError) as caught:
        with_layer(network, 1, source_shape=(4, 5)).check()
    assert str(caught.value) == ("the last layer must compute all 4 outputs of its source, not 3")


@pytest.mark.parametrize(
    ("gather", "message"),
    [
        ([0, 1, 2, 3, 4], "gathered inputs must have 6 values, not shape (5,)"),
        ([0, 1, 2, 3, 4, 10], "gathered inputs must be from 0 to 9, not 10"),
        ([9, 1, 2, 3, 4, 9], "gathered inputs must be distinct, but 9 is there twice"),
    ],
)
def test_gathered_inputs(make_network: MakeNetwork, gather: list[int], message: str) -> None:
    network = make_network(TINY, (6, 5, 3), unused=4)
    network.check()
    with pytest.raises(InputError) as caught:
        replace(network, gather=np.array(gather)).check()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("encoded", "claimed", "given", "due"), [(64, 32, 38, 19), (16, 64, 13, 38)]
)
def test_blocks_of_other_accumulators(
    make_network: MakeNetwork, encoded: int, claimed: int, given: int, due: int
) -> None:
    network = make_network(TINY.replace(register_depth=encoded), (6, 150))
    network.check()
    with pytest.raises(InputError) as caught:
        replace(network, config=TINY.replace(register_depth=claimed)).check()
    assert str(caught.value) == (
        f"layer 'fc1': blocks must have {due} rows, as the configuration's {claimed} accumulators "
        f"make them, not {given}: compress the network again for this configuration"
    )


def test_users_give_and_get_the_order_of_the_source(make_network: MakeNetwork) -> None:
    network = make_network(TINY, (6, 5, 3), unused=4)
    assert (network.inputs, network.outputs) == (10, 3)
    assert network.shapes == [(9, 10), (3, 9)]
    first, last = network.layers
    assert (first.inputs, first.outputs, last.inputs, last.outputs) == (6, 5, 5, 3)
    assert (first.unused_inputs, first.unused_outputs) == (4, 4)
    assert (last.unused_inputs, last.unused_outputs) == (4, 0)
    assert network.columns(0) is network.gather
    assert network.columns(1) is first.rows
    given = np.arange(20).reshape(2, 10)
    assert network.select(given).tolist() == [[row[i] for i in network.gather] for row in given]
    restored = network.restore(np.array([[10, 11, 12]]))[0].tolist()
    assert [restored[row] for row in last.rows] == [10, 11, 12]
    assert network.quantize_inputs(np.zeros((2, 10))).shape == (2, 10)


def test_orders_that_are_left_out_are_those_of_the_source(network: Network) -> None:
    assert network.gather.tolist() == list(range(6))
    assert [layer.rows.tolist() for layer in network.layers] == [list(range(5)), list(range(3))]
    assert network.shapes == [(5, 6), (3, 5)]


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan"), float("inf")])
def test_input_scale_is_positive(network: Network, scale: float) -> None:
    with pytest.raises(InputError) as caught:
        replace(network, input_scale=scale).check()
    assert str(caught.value) == f"the input scale must be positive, not {scale}"


def test_an_empty_network() -> None:
    with pytest.raises(InputError) as caught:
        Network(config=TINY, layers=()).check()
    assert str(caught.value) == "a network must have at least one layer, not none"


def test_inputs_are_rounded_half_up_after_their_scale(network: Network) -> None:
    inputs = np.array([[0.0, 1.0, -1.0, 1 / 256, 3 / 256, -1 / 256]])
    quantized = network.quantize_inputs(inputs)
    for given, integer in zip(inputs[0].tolist(), quantized[0].tolist(), strict=True):
        exact = Fraction(given) * Fraction(1, 2) * 2**8
        assert integer == (exact + Fraction(1, 2)).__floor__()
    assert quantized[0].tolist() == [0, 128, -128, 1, 2, 0]


def test_inputs_saturate(network: Network) -> None:
    inputs = np.array([[1e9, -1e9, 255.99, -256.0, 256.0, 0]])
    assert network.quantize_inputs(inputs)[0].tolist() == [32767, -32768, 32767, -32768, 32767, 0]


@pytest.mark.parametrize("shape", [(6,), (2, 5), (2, 7), (1, 2, 3)])
def test_inputs_of_the_wrong_length(network: Network, shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError) as caught:
        network.quantize_inputs(np.zeros(shape))
    assert str(caught.value) == (
        f"inputs must have shape (n, 6), not {shape}: give one row of 6 values for each input "
        "vector"
    )


def test_inputs_that_are_not_finite(network: Network) -> None:
    with pytest.raises(InputError, match="must be finite, not nan"):
        network.quantize_inputs(np.full((1, 6), np.nan))
