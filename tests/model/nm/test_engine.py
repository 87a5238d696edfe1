"""The engine behind the protocol; oracles: the float network, plain counts."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.common import reference
from zskip.model.common.compress import compress
from zskip.model.common.cost import predict, unpruned_cycles
from zskip.model.common.dense import dense_layers
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import dequantize, limits
from zskip.model.common.reference import FloatLayer
from zskip.model.nm.config import NAMED, NM_2_4, Config
from zskip.model.nm.engine import ENGINE
from zskip.model.nm.fit import needs
from zskip.model.nm.network import Network
from zskip.verif.nm.stimulus import random_activations, random_network

ROWS = 50


def floats(seed: int, kept: int = 4) -> list[FloatLayer]:
    """Two layers with so many weights in each group of four."""
    rng = np.random.default_rng(seed)
    layers = []
    for index, shape in enumerate([(37, 45), (11, 37)]):
        weights = rng.normal(size=(shape[0], -(-shape[1] // 4), 4))
        ranks = np.argsort(np.argsort(-np.abs(weights), axis=-1), axis=-1)
        weights = np.where(ranks < kept, weights, 0).reshape(shape[0], -1)[:, : shape[1]]
        layers.append(
            FloatLayer(weights=weights, bias=rng.normal(size=shape[0]), relu=not index, name="")
        )
    return layers


def samples(seed: int = 1) -> np.ndarray:
    """Calibration inputs."""
    return np.random.default_rng(seed).normal(size=(ROWS, 45))


@pytest.mark.parametrize("name", ["nm_2_4", "nm_1_4", "nm_4_8", "dense", "nm_2_4_codebook"])
def test_compressed_networks_follow_the_float_ones(name: str) -> None:
    config = NAMED[name]
    result = compress(ENGINE, floats(1), config, calibration=samples())
    network = result.network
    activations = network.quantize_inputs(samples())
    assert np.abs(activations).max() <= 127
    run = ENGINE.run(network, activations)
    expected = reference.network(
        dense_layers(network), activations, config.acc_bits, config.activation_bits
    )
    np.testing.assert_array_equal(run.outputs, expected[-1].y)
    real = dequantize(run.outputs, network.layers[-1].scale.output_fraction)
    np.testing.assert_array_equal(real, result.outputs)
    assert all(layer.fidelity.snr_db > 15 for layer in result.layers)
    assert network.layers[0].matrix.beats == config.max_beats


def test_wider_numbers_are_nearer() -> None:
    least = []
    for bits in (8, 16):
        config = NM_2_4.replace(weight_bits=bits, activation_bits=bits)
        result = compress(ENGINE, floats(1), config, calibration=samples())
        least.append(min(layer.fidelity.snr_db for layer in result.layers))
    assert least[0] > 20
    assert least[1] > 65


def test_integer_weights_are_not_shared() -> None:
    """Each is the nearest number of the layer's grid, in 16 bits as in 8."""
    for bits in (8, 16):
        config = NM_2_4.replace(weight_bits=bits)
        result = compress(ENGINE, floats(2), config, calibration=samples())
        for layer, report, source in zip(
            result.network.layers, result.layers, floats(2), strict=True
        ):
            weights = layer.weights()
            assert weights.max() <= limits(bits)[1]
            step = 2.0**-layer.scale.weight_fraction
            error = weights * step - source.weights
            assert np.abs(error).max() <= step / 2
            snr = 10 * math.log10(np.sum(source.weights**2) / np.sum(error**2))
            assert report.weight_snr_db == pytest.approx(snr)
            assert report.shared_values == np.unique(weights[weights != 0]).size
            lost = np.count_nonzero(source.weights) - np.count_nonzero(weights)
            assert (report.zeroed_weights, report.exact) == (lost, False)
            assert report.nonzeros == np.count_nonzero(weights)
        stored = ENGINE.storage(result.network).total
        slots = sum(layer.matrix.values.size for layer in result.network.layers)
        assert stored.plain.weights == slots * bits // 8
        assert stored.huffman.weights < stored.plain.weights


def test_weights_on_the_grid_are_kept() -> None:
    layers = [replace(layer, weights=np.rint(layer.weights * 8) / 8) for layer in floats(3)]
    result = compress(ENGINE, layers, NM_2_4, calibration=samples())
    assert all(layer.exact and layer.weight_snr_db == math.inf for layer in result.layers)
    assert [layer.zeroed_weights for layer in result.layers] == [0, 0]


@pytest.mark.parametrize(("kept", "beats"), [(1, 1), (2, 1), (3, 2), (4, 2)])
def test_beats_follow_the_fullest_group(kept: int, beats: int) -> None:
    result = compress(ENGINE, floats(1, kept), NM_2_4, calibration=samples())
    assert [layer.matrix.beats for layer in result.network.layers] == [beats, beats]


def test_a_half_full_network_takes_half_the_cycles_of_a_full_one() -> None:
    """At as many multipliers; nothing but the constant is beside the beats."""
    weights = np.random.default_rng(1).normal(size=(1024, 1024)).astype(np.float32)
    pattern = np.tile([True, True, False, False], (1024, 256))
    config = NM_2_4
    sparse, dense = (
        ENGINE.pattern_cycles(
            weights * mask != 0, np.ones((1, 1024), dtype=np.int64), array, first=True, last=True
        )[0]
        for mask, array in ((pattern, config), (1, NAMED["dense"]))
    )
    assert sparse / dense <= 0.51
    assert config.multipliers == NAMED["dense"].multipliers


def test_predictions_count_the_useful_products() -> None:
    result = compress(ENGINE, floats(1, 2), NM_2_4, calibration=samples())
    network = result.network
    activations = network.quantize_inputs(samples())
    prediction, run = predict(ENGINE, network, activations)
    for layer, source, predicted in zip(
        network.layers, run.sources, prediction.layers, strict=True
    ):
        weights = layer.weights()
        macs = np.mean([np.count_nonzero(weights * vector) for vector in source])
        assert predicted.cost.macs == pytest.approx(macs)
        assert 0 < predicted.cost.utilization < 1
        assert predicted.cost.limit_cycles == predicted.cost.macs / 64
    cycles = unpruned_cycles(ENGINE, floats(1, 2), network, activations, run)
    assert cycles == tuple(layer.cost.cycles for layer in prediction.layers)
    full = unpruned_cycles(ENGINE, floats(1, 4), network, activations, run)
    assert all(two > one for one, two in zip(cycles, full, strict=True))


def equal(left: Network, right: Network) -> bool:
    """Whether two networks have the same weights."""
    pairs = zip(left.layers, right.layers, strict=True)
    return all(np.array_equal(one.weights(), other.weights()) for one, other in pairs)


@given(st.sampled_from([(1, 2), (1, 4), (3, 4), (4, 4), (2, 8), (5, 16)]), st.integers(0, 100))
def test_recoded_networks_are_the_same(pattern: tuple[int, int], seed: int) -> None:
    given_network = random_network(NM_2_4, (21, 9, 5), seed, beats=(2, 1))
    config = NM_2_4.replace(n=pattern[0], m=pattern[1], groups=2, pe_count=4)
    network = ENGINE.recode(given_network, config)
    assert network.config == config
    assert equal(network, given_network)
    assert equal(ENGINE.recode(network, NM_2_4), given_network)
    activations = random_activations(NM_2_4, 21, 3, seed)
    np.testing.assert_array_equal(
        ENGINE.run(network, activations).outputs, ENGINE.run(given_network, activations).outputs
    )


def test_a_network_of_few_weights_takes_a_codebook() -> None:
    network = compress(ENGINE, floats(1), NAMED["nm_2_4_codebook"], calibration=samples()).network
    wide = ENGINE.recode(network, NM_2_4.with_weight_bits(16))
    assert equal(wide, network)
    assert equal(ENGINE.recode(wide, network.config), network)
    with pytest.raises(InputError, match=r"layer 'layer0': weights must be in -128\.\.127"):
        ENGINE.recode(network, NM_2_4)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"weight_bits": 4},
            "layer 'fc1': weights must have at most 15 values beside 0 for a codebook, not ",
        ),
        (
            {"activation_bits": 8},
            "activation_bits must be at least 16, which the network's scales are for, not 8: "
            "compress the float network for it",
        ),
        ({"acc_bits": 24}, "layer 'fc1': biases must be in -8388608..8388607 (24 bits), not "),
    ],
)
def test_what_another_configuration_does_not_hold(changes: dict[str, int], message: str) -> None:
    config = NM_2_4.replace(activation_bits=16)
    network = random_network(config, (21, 9, 5), 1, bias=2**30)
    with pytest.raises(InputError) as caught:
        ENGINE.recode(network, config.replace(**changes))
    assert str(caught.value).startswith(message)


def test_needs_are_the_smallest_that_hold() -> None:
    config = Config(
        pe_count=4, groups=2, weight_depth=1, vector_depth=8, bias_depth=1, pass_count=1
    )
    network = random_network(config, (21, 9, 5), 1, beats=(2, 1))
    needed = {need.field: need.needed for need in needs(network)}
    assert needed == {
        "weight_depth": 3 * 3 * 2 + 2 * 2,
        "vector_depth": 24,
        "bias_depth": 5,
        "pass_count": 2,
    }
    with pytest.raises(InputError) as caught:
        ENGINE.check_fit(network)
    assert str(caught.value) == (
        "the network must fit the memories of its array of 4 PEs, but needs 22 beats of weights of "
        "1, 24 activations in a half of the vector memory of 8, 5 biases of 1, 2 passes of 1: add "
        "--set weight_depth=22 --set vector_depth=24 --set bias_depth=5 --set pass_count=2"
    )
    larger = ENGINE.enlarged(network, ())
    assert {name: getattr(larger, name) for name in needed} == needed
    ENGINE.check_fit(replace(network, config=larger))
    assert ENGINE.enlarged(network, ("bias_depth",)).bias_depth == 1
    assert ENGINE.enlarged(replace(network, config=NM_2_4), ()) == NM_2_4
    shares = {fit.field: fit.share for fit in ENGINE.fit(replace(network, config=larger))}
    assert shares == dict.fromkeys(needed, 1.0)


def test_what_no_array_holds_is_said() -> None:
    config = Config(pe_count=1, groups=1, vector_depth=4)
    network = random_network(config, (40_000, 1), 1)
    with pytest.raises(InputError) as caught:
        ENGINE.check_fit(replace(network, config=ENGINE.enlarged(network, ())))
    assert str(caught.value) == (
        "the network must fit the memories of its array of 1 PE, but needs 40,000 activations in a "
        "half of the vector memory of 32,768: vector_depth cannot be that large: compress a "
        "smaller part of the network"
    )


def test_more_pes_are_advised_where_they_help() -> None:
    network = random_network(Config(pe_count=1, groups=1), (4100, 1024), 1)
    config = ENGINE.enlarged(network, ())
    with pytest.raises(InputError, match=r"weight_depth cannot be that large: add --pes 2$"):
        ENGINE.check_fit(replace(network, config=config))
    larger = ENGINE.recode(network, config.replace(pe_count=2))
    ENGINE.check_fit(larger)


def test_bytes() -> None:
    network = random_network(NM_2_4, (21, 9), 1)
    layer = network.layers[0]
    figures = ENGINE.figures(layer, NM_2_4)
    # Two blocks of rows, two words of activations: four beats of eight slots in each of 8 PEs.
    assert (figures.beats, figures.slots) == (1, 8 * 4 * 8)
    assert figures.padding == 256 - np.count_nonzero(layer.weights())
    assert figures.chip_bytes == 8 * (4 * 10 + 2 * 4)
    stored = ENGINE.storage(network)
    # Six groups of two weights in each of nine rows.
    assert stored.total.plain.parts() == {
        "weights": 108,
        "positions": 27,
        "tables": 0,
        "codebooks": 0,
        "biases": 36,
        "order": 0,
    }
    assert stored.total.plain.ratio == 9 * 22 * 4 / 171
    dense = ENGINE.storage(random_network(NAMED["dense"], (21, 9), 1))
    assert dense.total.plain.parts()["positions"] == 0
    assert dense.total.huffman.parts()["positions"] == 0


def test_program_description_fits_the_configuration() -> None:
    assert ENGINE.describe_program(NM_2_4).startswith(
        "A layer is one pass. A pass takes 3 program words: 2 that describe it, then an empty one."
    )
    assert "its codebook of 16 values" in ENGINE.describe_program(NAMED["nm_2_4_codebook"])
    assert ENGINE.describe_program(NM_2_4).endswith(
        "A beat takes 2 stream words: 8 slots of 10 bits from bit 0 on, 2 for each of 4 groups; a "
        "slot holds an integer and above it, in 2 bits, the position in its group of 4, which "
        "ascends within the group."
    )
    assert ENGINE.describe_program(NAMED["dense"]).endswith(
        "A beat takes 1 stream word: 8 slots of 8 bits from bit 0 on, 4 for each of 2 groups; a "
        "slot holds an integer."
    )


def test_activations_are_read_once_for_each_block_of_rows() -> None:
    config = NM_2_4.replace(pe_count=4, groups=2)
    # 3 blocks of 4 rows; 13 inputs are 2 words of 8.
    assert ENGINE.activations_read((9, 13), config) == 3 * 16
    assert ENGINE.activations_read((9, 13), config.with_pattern(1, 4)) == 3 * 16
