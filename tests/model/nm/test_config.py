"""Configurations of the N:M array; oracle: the widths counted by hand."""

import pytest

from zskip.model.common.errors import InputError
from zskip.model.common.stream import MAX_WORDS
from zskip.model.nm.config import NAMED, NM_2_4, Config


def test_named_configurations() -> None:
    assert next(iter(NAMED.values())) == Config() == NM_2_4
    multipliers = {name: config.multipliers for name, config in NAMED.items()}
    assert multipliers == dict.fromkeys(NAMED, 64) | {"nm_2_4_large": 1024, "tiny": 4}
    patterns = {name: (config.n, config.m) for name, config in NAMED.items()}
    assert (patterns["nm_1_4"], patterns["nm_4_8"], patterns["dense"]) == ((1, 4), (4, 8), (4, 4))
    assert {config.weight_bits for config in NAMED.values()} == {4, 8}


def test_derived_widths() -> None:
    config = NM_2_4
    assert (config.slots, config.window, config.lanes, config.max_beats) == (8, 16, 16, 2)
    assert (config.position_bits, config.entry_bits, config.word_bits) == (2, 10, 80)
    assert (config.memory_slices, config.slices) == (2, 2)
    assert (config.shares_weights, config.value_bits, config.codebook_size) == (False, 8, 256)
    large = NAMED["nm_2_4_large"]
    assert (large.word_bits, large.memory_slices, large.slices, large.lanes) == (320, 5, 8, 64)
    assert (NAMED["dense"].position_bits, NAMED["dense"].word_bits) == (0, 64)
    assert config.replace(n=3, m=16, groups=1).max_beats == 6


def test_codebooks() -> None:
    config = NAMED["nm_2_4_codebook"]
    assert (config.shares_weights, config.value_bits, config.codebook_size) == (True, 16, 16)
    assert config == NM_2_4.with_weight_bits(4)
    assert NM_2_4.with_weight_bits(16, pe_count=2) == NM_2_4.replace(weight_bits=16, pe_count=2)


@pytest.mark.parametrize(
    ("name", "pattern", "groups", "multipliers"),
    [
        ("nm_2_4", (1, 4), 8, 64),
        ("nm_2_4", (4, 8), 2, 64),
        ("nm_2_4", (3, 4), 2, 48),
        ("nm_2_4_large", (1, 16), 16, 512),
        ("tiny", (8, 16), 1, 16),
        ("dense", (2, 4), 2, 64),
    ],
)
def test_a_pattern_keeps_the_multipliers_as_far_as_it_can(
    name: str, pattern: tuple[int, int], groups: int, multipliers: int
) -> None:
    config = NAMED[name].with_pattern(*pattern)
    assert (config.groups, config.multipliers) == (groups, multipliers)
    assert (config.n, config.m) == ((4, 4) if name == "dense" else pattern)
    assert config.with_pattern(*pattern) == config


@pytest.mark.parametrize("count", [4, 16, 64, 1024, 2048])
@pytest.mark.parametrize("name", NAMED)
def test_any_power_of_two_of_multipliers(name: str, count: int) -> None:
    config = NAMED[name].with_multipliers(count)
    assert config.multipliers == count
    assert config.pattern == NAMED[name].pattern
    assert config.vector_depth >= NAMED[name].vector_depth
    assert NAMED[name].with_multipliers(NAMED[name].multipliers) == NAMED[name]


@pytest.mark.parametrize("count", [0, -8, 1, 12, 65, 1 << 16])
def test_impossible_multipliers(count: int) -> None:
    with pytest.raises(InputError, match="rows, a power of two: choose"):
        NM_2_4.with_multipliers(count)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pe_count": 3}, "pe_count must be a power of two, not 3: choose 4"),
        ({"m": 6}, "m must be a power of two, not 6: choose 8"),
        ({"m": 32}, "m must be from 2 to 16, not 32"),
        ({"groups": 3}, "groups must be a power of two, not 3: choose 4"),
        (
            {"n": 5},
            "n must be at most m, the weights of a group, not 5 of 4: choose n=4 for the dense "
            "array",
        ),
        ({"n": 0}, "n must be from 1 to 16, not 0"),
        (
            {"double_input": 1, "parity": 1},
            "double_input=1 must come with streamed=0 and parity=0, not streamed=0 and parity=1: "
            "runs would overlap whose tiles or errors are told apart by the run; choose one of "
            "them",
        ),
        (
            {"m": 2, "groups": 1},
            "groups * m must be from 4 to 256, not 1 x 2 = 2: choose other groups",
        ),
        (
            {"m": 16, "groups": 32},
            "groups * m must be from 4 to 256, not 32 x 16 = 512: choose other groups",
        ),
        ({"weight_bits": 5}, "weight_bits must be one of 4, 8, 16, not 5"),
        ({"activation_bits": 12}, "activation_bits must be one of 8, 16, not 12"),
        ({"acc_bits": 49}, "acc_bits must be from 24 to 48, not 49"),
        (
            {"vector_depth": 40},
            "vector_depth must be a multiple of 16, the activations that are read or written "
            "together, not 40: choose 48",
        ),
        (
            {"weight_depth": 1 << 19},
            f"a weight memory must take at most {MAX_WORDS} stream words, not weight_depth 524288 "
            "x 2: choose 524287",
        ),
        ({"n": True}, "n must be an integer, not True"),
    ],
)
def test_what_is_refused(changes: dict[str, int], message: str) -> None:
    with pytest.raises(InputError) as caught:
        NM_2_4.replace(**changes)
    assert str(caught.value) == message
