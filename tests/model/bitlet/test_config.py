"""Configurations of the Bitlet array; oracle: the widths counted by hand."""

import pytest

from zskip.model.bitlet.config import BITLET, NAMED, Config
from zskip.model.common.errors import InputError


def test_named_configurations() -> None:
    assert next(iter(NAMED.values())) == Config() == BITLET
    sizes = {name: (config.pairs, config.lanes) for name, config in NAMED.items()}
    assert sizes == {
        "bitlet": (64, 24),
        "bitlet_large": (64, 24),
        "published": (64, 24),
        "int8": (64, 7),
        "tiny": (8, 12),
    }
    switches = ("window", "banks", "invert", "run_ahead", "segments", "decoupled")
    published = NAMED["published"]
    assert [getattr(published, name) for name in switches] == [8, 1, 0, 1, 1, 0]
    assert [getattr(BITLET, name) for name in switches] == [0, 2, 1, 1, 3, 0]


def test_derived_widths() -> None:
    assert (BITLET.beats, BITLET.buffers, BITLET.multipliers) == (4, 2, 8)
    assert BITLET.replace(banks=1, run_ahead=4).buffers == 4
    # Not 10 bits for the 1,024 terms, as a bias comes to them.
    assert BITLET.float_acc_bits == 24 + 24 + 11 + 1
    assert BITLET.replace(vector_depth=1 << 15).float_acc_bits == 64
    assert (BITLET.row_lanes, BITLET.pair_bits, BITLET.word_bits, BITLET.slices) == (8, 32, 512, 8)
    assert (BITLET.bias_bits, BITLET.bias_slices) == (32, 4)
    assert (BITLET.vector_lanes, BITLET.vector_block) == (32, 128)
    fixed = NAMED["int8"]
    assert (fixed.pair_bits, fixed.word_bits, fixed.slices, fixed.bias_slices) == (8, 128, 2, 1)
    assert (fixed.vector_lanes, fixed.vector_block) == (16, 64)
    assert (BITLET.shares_weights, BITLET.value_bits, BITLET.codebook_size) == (False, 8, 256)
    assert (NAMED["int8"].value_bits, NAMED["int8"].codebook_size) == (8, 256)
    assert BITLET.with_weight_bits(8, pe_count=2) == NAMED["int8"].replace(pe_count=2)


def test_packed_rows() -> None:
    assert [BITLET.packed_rows(bits) for bits in (3, 7, 8, 9, 24)] == [3, 3, 3, 1, 1]
    assert BITLET.replace(segments=1).packed_rows(3) == 1
    assert BITLET.packed_rows(8, floating=True) == 1
    with pytest.raises(InputError) as caught:
        NAMED["int8"].packed_rows(8)
    assert str(caught.value) == (
        "magnitudes must have 1 to 7 bits, one for each lane, not 8: choose another precision or "
        "lanes=8"
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pe_count": 3}, "pe_count must be a power of two, not 3: choose 4"),
        ({"pairs": 24}, "pairs must be a power of two, not 24: choose 32"),
        ({"pairs": 128}, "pairs must be from 8 to 64, not 128"),
        ({"load_pairs": 5}, "load_pairs must be a power of two, not 5: choose 8"),
        (
            {"pairs": 8},
            "load_pairs must be at most pairs, not 16 of 8: choose load_pairs=8 to load a group in "
            "one cycle",
        ),
        ({"lanes": 25}, "lanes must be from 1 to 24, not 25"),
        (
            {"segments": 5},
            "segments must divide lanes, not 5 of 24: choose segments=1 for one row at a time",
        ),
        ({"float_bits": 8}, "float_bits must be one of 0, 16, 32, not 8"),
        (
            {"lanes": 12},
            "lanes must be at least 24, the bits of a significand of float32, not 12: choose "
            "float_bits=0 for fixed point alone",
        ),
        (
            {"weight_depth": 1 << 18},
            "a weight memory must take at most 1048575 stream words, not weight_depth 262144 "
            "x 8: choose 131071",
        ),
        (
            {"window": 1},
            "window must be 0 or 2 to 16, not 1, which would step over one bit a cycle: choose 0 "
            "for the whole column",
        ),
        (
            {"decoupled": 1},
            "skew must be at least 1 with decoupled=1, not 0: choose skew=2 or change decoupled",
        ),
        ({"skew": 3}, "skew must be 0 with decoupled=0, not 3: choose skew=0 or change decoupled"),
        (
            {"vector_depth": 100},
            "vector_depth must be a multiple of 128, the places that are read or written together, "
            "not 100: choose 128",
        ),
        ({"acc_bits": 49}, "acc_bits must be from 24 to 48, not 49"),
        ({"invert": True}, "invert must be an integer, not True"),
    ],
)
def test_what_is_refused(changes: dict[str, int], message: str) -> None:
    with pytest.raises(InputError) as caught:
        BITLET.replace(**changes)
    assert str(caught.value) == message
