"""Bitlet behind the engine protocol; oracles: counts by hand, and networks that are taken again."""

from dataclasses import replace

import numpy as np
import pytest

from zskip.model.bitlet.config import BITLET, NAMED, Config
from zskip.model.bitlet.engine import ENGINE
from zskip.model.bitlet.figures.cycles import random_bits
from zskip.model.bitlet.fit import needs
from zskip.model.common.errors import InputError
from zskip.verif.bitlet.networks import random_activations, random_network

SMALL = Config(
    pe_count=2,
    pairs=16,
    load_pairs=4,
    weight_depth=1,
    vector_depth=32,
    bias_depth=1,
    pass_count=1,
)


def test_another_array_computes_the_same() -> None:
    network = random_network(BITLET, (21, 9, 5), 1, precisions=("int5", "int8"))
    activations = random_activations(network, 4, 1)
    expected = ENGINE.run(network, activations).outputs
    for config in (
        BITLET.replace(pe_count=2, pairs=8, load_pairs=2),
        BITLET.replace(twos_complement=1, segments=2),
        NAMED["published"],
        NAMED["int8"],
        NAMED["tiny"],
    ):
        recoded = ENGINE.recode(network, config)
        assert recoded.layers[0].twos_complement == bool(config.twos_complement)
        np.testing.assert_array_equal(ENGINE.run(recoded, activations).outputs, expected)


@pytest.mark.parametrize(
    ("precision", "name", "message"),
    [
        ("int12", "int8", "magnitudes must have 1 to 7 bits, one for each lane, not 11"),
        ("fp16", "int8", "the array must have float_bits=16 for fp16, not 0"),
        ("fp32", "tiny", "the array must have float_bits=32 for fp32, not 16"),
    ],
)
def test_what_another_array_does_not_hold(precision: str, name: str, message: str) -> None:
    network = random_network(BITLET, (21, 9), 1, precisions=(precision,))
    with pytest.raises(InputError, match=f"layer 'fc1': {message}"):
        ENGINE.recode(network, NAMED[name])


def test_the_smallest_integer_of_twos_complement_is_refused() -> None:
    signed = BITLET.replace(twos_complement=1)
    (layer,) = random_network(signed, (3, 1), 1).layers
    network = random_network(signed, (3, 1), 1)
    network = replace(network, layers=(replace(layer, matrix=np.full((1, 3), -16)),))
    with pytest.raises(InputError, match=r"layer 'fc1': weights of int5 must be in -15\.\.15"):
        ENGINE.recode(network, BITLET)


@pytest.mark.parametrize(
    ("precision", "vectors", "rounds"),
    [
        # 3 rows of 2 engines: 2 rounds of 2 groups, then 1 of 1.
        (("int5",), 32, 3),
        # All lanes for one row: 5 rounds of 2 groups, 3 of 1.
        (("fp16",), 32, 8),
        (("fp32",), 64, 8),
    ],
)
def test_needs_are_the_smallest_that_hold(
    precision: tuple[str, ...], vectors: int, rounds: int
) -> None:
    network = random_network(SMALL, (21, 9, 5), 1, precisions=precision)
    needed = {need.field: need.needed for need in needs(network)}
    beats = (2 * 2 + 1 if precision == ("int5",) else 5 * 2 + 3) * 4
    assert needed == {
        "weight_depth": beats,
        "vector_depth": vectors,
        "bias_depth": rounds,
        "pass_count": 2,
    }
    with pytest.raises(InputError, match=f"add --set weight_depth={beats} "):
        ENGINE.check_fit(network)
    larger = ENGINE.enlarged(network, ())
    assert {name: getattr(larger, name) for name in needed} == needed
    ENGINE.check_fit(replace(network, config=larger))
    shares = {fit.field: fit.share for fit in ENGINE.fit(replace(network, config=larger))}
    assert shares == dict.fromkeys(needed, 1.0)


def test_more_engines_are_advised_where_they_help() -> None:
    narrow = BITLET.replace(pe_count=1, load_pairs=64, segments=1)
    network = random_network(narrow, (1100, 2048), 1, precisions=("int4",))
    config = ENGINE.enlarged(network, ())
    assert config.weight_depth < needs(network)[0].needed
    with pytest.raises(InputError, match=r"weight_depth cannot be that large: add --pes 2$"):
        ENGINE.check_fit(replace(network, config=config))


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("count", [1, 4, 64])
def test_any_power_of_two_of_multipliers(name: str, count: int) -> None:
    config = NAMED[name].with_multipliers(count)
    assert config.multipliers == count
    assert config.vector_depth >= NAMED[name].vector_depth
    assert NAMED[name].with_multipliers(NAMED[name].multipliers) == NAMED[name]


@pytest.mark.parametrize("count", [0, 3, 128])
def test_impossible_multipliers(count: int) -> None:
    with pytest.raises(InputError, match="pe_count must be"):
        BITLET.with_multipliers(count)


def test_bytes() -> None:
    network = random_network(BITLET, (21, 9), 1, precisions=("int5",))
    layer = network.layers[0]
    figures = ENGINE.figures(layer, BITLET)
    # One round of one group in each of 8 engines: 4 beats of 16 pairs, and 3 biases.
    assert (figures.rows, figures.groups) == (3, 1)
    assert figures.chip_bytes == 8 * (4 * 16 * 32 + 3 * 32) // 8
    ones = sum(int(abs(weight)).bit_count() for weight in layer.matrix.ravel().tolist())
    assert figures.zero_bits == pytest.approx(1 - ones / (9 * 21 * 4))
    stored = ENGINE.storage(network).total
    assert stored.plain.parts() == {"weights": 119, "tables": 0, "biases": 36, "order": 0}
    assert stored.plain.ratio == 9 * 22 * 4 / 155
    assert stored.huffman.parts()["tables"] > 0
    floats = random_network(BITLET, (21, 9), 1, precisions=("fp16",))
    assert ENGINE.storage(floats).total.plain.parts()["weights"] == 2 * 9 * 21
    assert ENGINE.storage(floats).total.plain.parts()["biases"] == 2 * 9
    figures = ENGINE.figures(floats.layers[0], BITLET)
    ones = sum(
        (word & 0x3FF | (word & 0x7C00 > 0) << 10).bit_count()
        for word in floats.layers[0].matrix.ravel().tolist()
    )
    assert figures.zero_bits == pytest.approx(1 - ones / (9 * 21 * 11))


@pytest.mark.parametrize("precision", ["int5", "fp16"])
def test_work(precision: str) -> None:
    network = random_network(NAMED["tiny"], (21, 9), 1, precisions=(precision,))
    (layer,) = network.layers
    activations = random_activations(network, 3, 1)
    if layer.number:
        # A zero with a sign.
        activations[1, :5] = 0x8000
    (counters,) = ENGINE.run(network, activations).layers[0].passes
    work = ENGINE.work(layer, activations, counters, network.config)
    real = layer.input_values(activations)
    weights = layer.weights()
    expected = [sum(np.count_nonzero(weights[:, i]) for i in np.flatnonzero(row)) for row in real]
    assert work.macs.tolist() == expected
    assert work.limit_cycles.tolist() == (counters["picks"] / (2 * 12)).tolist()
    ((timed,),) = ENGINE.timing(network, ENGINE.run(network, activations))
    assert (work.limit_cycles < timed["cycles"]).all()


def test_activations_are_read_once_for_each_round() -> None:
    # 9 outputs are 2 rounds of 3 rows of 2 engines; 21 inputs are 2 groups of 16.
    assert ENGINE.activations_read((9, 21), SMALL) == 2 * 2 * 16
    assert ENGINE.activations_read((9, 21), SMALL.replace(segments=1)) == 5 * 2 * 16


def test_patterns_have_weights_of_random_bits() -> None:
    """As many cycles for a group as the mean of the fullest of random columns."""
    config = BITLET.replace(pe_count=1, segments=1)
    vectors = np.zeros((2, 6400), dtype=np.int64)
    dense = ENGINE.pattern_cycles(
        np.ones((10, 6400), dtype=bool), vectors, config, first=False, last=True
    )
    assert dense.shape == (2,)
    assert dense[0] == dense[1]
    assert dense[0] / 1000 == pytest.approx(random_bits(64, 7, inverted=True), rel=0.01)
    empty = ENGINE.pattern_cycles(
        np.zeros((10, 6400), dtype=bool), vectors, config, first=False, last=True
    )
    # A group takes the 4 cycles of its beats.
    assert empty[0] == pytest.approx(4000, abs=40)
    signed = ENGINE.pattern_cycles(
        np.ones((10, 6400), dtype=bool),
        vectors,
        config.replace(twos_complement=1, invert=0),
        first=True,
        last=True,
    )
    assert signed[0] / 1000 == pytest.approx(random_bits(64, 8), rel=0.02)


def test_program_description_fits_the_configuration() -> None:
    text = ENGINE.describe_program(BITLET)
    assert text.startswith(
        "A layer is one pass. A pass takes 3 program words: 2 that describe it, then an empty one."
    )
    assert text.endswith(
        "A beat takes 8 stream words: 16 pairs of 32 bits from bit 0 on; a pair holds the "
        "magnitudes of 3 rows of 8 bits each, or one of 24 bits, and above them the signs from bit "
        "24 on, or a floating-point word in the lowest bits. A round takes 4 stream words of "
        "biases, one for each row of an engine, the first row's first."
    )
    assert ENGINE.describe_program(NAMED["int8"]).endswith(
        "A beat takes 2 stream words: 16 pairs of 8 bits from bit 0 on; a pair holds a magnitude "
        "of 7 bits and its sign above it. A round takes 1 stream word of biases, one for each row "
        "of an engine, the first row's first."
    )
