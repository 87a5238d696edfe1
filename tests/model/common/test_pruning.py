"""Magnitude pruning against a full sort."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from zskip.model.common.errors import InputError
from zskip.model.common.pruning import density, prune_to_density

MATRICES = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=8),
    # A small range makes equal magnitudes frequent.
    elements=st.integers(-4, 4).map(float) | st.floats(-1, 1, width=32),
)


def sorted_pruning(weights: np.ndarray, kept: int) -> np.ndarray:
    """Oracle: a stable sort by falling magnitude puts the lowest index first among equals."""
    order = np.argsort(-np.abs(weights).ravel(), kind="stable")
    pruned = weights.copy().ravel()
    pruned[order[kept:]] = 0
    return pruned.reshape(weights.shape)


@given(MATRICES, st.floats(0.01, 1))
def test_against_full_sort(weights: np.ndarray, share: float) -> None:
    before = weights.copy()
    pruned = prune_to_density(weights, share)
    np.testing.assert_array_equal(pruned, sorted_pruning(weights, round(share * weights.size)))
    np.testing.assert_array_equal(weights, before)
    assert pruned.dtype == weights.dtype
    assert pruned is not weights


def test_keeps_exact_count() -> None:
    weights = np.random.default_rng(1).standard_normal((64, 100))
    for share in (0.01, 0.09, 0.25, 0.5, 1.0):
        assert np.count_nonzero(prune_to_density(weights, share)) == round(share * 6400)


def test_ties_keep_the_first() -> None:
    weights = np.array([[1.0, -2.0, 2.0], [-2.0, 3.0, 1.0]], dtype=np.float32)
    expected = [[0.0, -2.0, 2.0], [0.0, 3.0, 0.0]]
    assert prune_to_density(weights, 0.5).tolist() == expected


def test_sparser_than_asked_is_unchanged() -> None:
    weights = np.array([[0.0, 0.5], [0.0, 0.0]])
    assert prune_to_density(weights, 0.75).tolist() == weights.tolist()


def test_nothing_may_be_left() -> None:
    assert prune_to_density(np.ones((1, 4)), 0.1).tolist() == [[0.0] * 4]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_float_dtypes(dtype: type[np.floating]) -> None:
    pruned = prune_to_density(np.array([[0.5, -1.0]], dtype=dtype), 0.5)
    assert pruned.dtype == dtype
    assert pruned.tolist() == [[0.0, -1.0]]


def test_density() -> None:
    assert density(np.array([[0.0, 1.0, -0.0, 2.0]])) == 0.5


@pytest.mark.parametrize("share", [0, -0.1, 1.01, math.nan])
def test_refuses_density(share: float) -> None:
    with pytest.raises(InputError) as caught:
        prune_to_density(np.ones((2, 2)), share)
    assert str(caught.value) == (
        f"density must be above 0 and at most 1, not {share}: "
        "give the share of weights to keep, such as 0.1"
    )


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones((2, 2), np.int64), "weights must be floats, not int64: convert them to float32"),
        (
            np.ones(3),
            "weights must be of shape (outputs, inputs), at least (1, 1), not (3,): "
            "give one matrix per layer",
        ),
        (
            np.ones((0, 3)),
            "weights must be of shape (outputs, inputs), at least (1, 1), not (0, 3): "
            "give one matrix per layer",
        ),
        (
            np.array([[1.0, math.nan]]),
            "weights must be finite, not nan at position (0, 1): remove NaN and infinite values",
        ),
        (
            np.array([[1.0], [-math.inf]]),
            "weights must be finite, not -inf at position (1, 0): remove NaN and infinite values",
        ),
    ],
)
def test_refuses_weights(weights: np.ndarray, message: str) -> None:
    with pytest.raises(InputError) as caught:
        prune_to_density(weights, 0.5)
    assert str(caught.value) == message
    with pytest.raises(InputError) as caught:
        density(weights)
    assert str(caught.value) == message
