"""Weights as magnitudes; oracle: plain sums of products."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.bitlet.magnitude import sign_magnitude, twos_complement
from zskip.model.bitlet.row import Row
from zskip.model.common.errors import InputError


def value(row: Row) -> int:
    """Oracle: what the row stands for, from its bits."""
    places = [1 << lane for lane in range(row.lanes)]
    if row.subtracted:
        places[-1] = -places[-1]
    columns = row.columns()
    return sum(
        place * int(row.terms[group][columns[group, lane]].sum())
        for group in range(len(columns))
        for lane, place in enumerate(places)
    )


@given(st.integers(1, 24), st.sampled_from([8, 16, 64]), st.integers(1, 200), st.integers(0, 10**6))
def test_rows_stand_for_sums_of_products(lanes: int, pairs: int, inputs: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    activations = rng.integers(-(1 << 15), 1 << 15, inputs)
    top = 1 << lanes
    weights = rng.integers(1 - top, top, inputs)
    row = sign_magnitude(weights, activations, lanes, pairs)
    assert row.magnitudes.shape == row.terms.shape == (-(-inputs // pairs), pairs)
    expected = sum(int(w) * int(a) for w, a in zip(weights, activations, strict=True))
    assert value(row) == row.total() == expected
    weights = rng.integers(-top // 2, top // 2, inputs)
    row = twos_complement(weights, activations, lanes, pairs)
    expected = sum(int(w) * int(a) for w, a in zip(weights, activations, strict=True))
    assert value(row) == row.total() == expected


def test_the_most_negative_weight() -> None:
    assert value(twos_complement([-128], [-32768], 8, 8)) == 128 * 32768
    with pytest.raises(InputError) as caught:
        sign_magnitude([3, -128], [1, 1], 7, 8)
    assert str(caught.value) == (
        "weights in sign and magnitude must be in -127..127, the range of their lanes, not -128: "
        "choose another scale or more lanes"
    )
    with pytest.raises(InputError, match=r"in -128\.\.127, the range of their lanes, not 128:"):
        twos_complement([128], [1], 8, 8)


def test_lanes_that_are_off_drop_their_bits() -> None:
    weights, activations = np.array([0b1011, -0b0110]), np.array([3, 5])
    row = sign_magnitude(weights, activations, 4, 8).masked(0b1100)
    assert value(row) == 0b1000 * 3 - 0b0100 * 5
