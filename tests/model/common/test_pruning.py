"""Magnitude pruning against full sorts, in one layer, several layers and each PE."""

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from zskip.model.common.errors import InputError
from zskip.model.common.pruning import (
    density,
    prune_balanced,
    prune_by_deviation,
    prune_global,
    prune_to_density,
)

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


class TestGlobal:
    @given(st.lists(MATRICES, min_size=1, max_size=4), st.floats(0.01, 1))
    def test_against_full_sort(self, weights: list[np.ndarray], share: float) -> None:
        """The layers in a row are one matrix."""
        before = [matrix.copy() for matrix in weights]
        row = np.concatenate([matrix.ravel() for matrix in weights])[None]
        expected = sorted_pruning(row, round(share * row.size))
        pruned = prune_global(weights, share)
        assert [matrix.shape for matrix in pruned] == [matrix.shape for matrix in weights]
        np.testing.assert_array_equal(
            np.concatenate([matrix.ravel() for matrix in pruned])[None], expected
        )
        for matrix, copy in zip(weights, before, strict=True):
            np.testing.assert_array_equal(matrix, copy)

    def test_one_threshold_for_all_layers(self) -> None:
        large, small = np.full((2, 2), 3.0), np.array([[1.0, -4.0]])
        pruned = prune_global([large, small], 0.5)
        assert [matrix.tolist() for matrix in pruned] == [[[3.0, 3.0], [0.0, 0.0]], [[0.0, -4.0]]]

    def test_mixed_dtypes(self) -> None:
        """Magnitudes are compared in float64, in which 0.1 is not the float32 nearest to it."""
        pruned = prune_global([np.array([[0.1]]), np.array([[0.1]], np.float32)], 0.5)
        assert [matrix.dtype for matrix in pruned] == [np.float64, np.float32]
        assert pruned[0].tolist() == [[0.0]]
        assert pruned[1][0, 0] == np.float32(0.1)

    def test_refuses_nothing(self) -> None:
        with pytest.raises(InputError) as caught:
            prune_global([], 0.5)
        assert str(caught.value) == (
            "weights must be of at least one layer, not none: give its matrix"
        )


class TestByDeviation:
    @given(MATRICES, st.floats(0, 3))
    def test_against_the_rule(self, weights: np.ndarray, quality: float) -> None:
        """NumPy's deviation, but where a weight is within its rounding of the threshold."""
        pruned = prune_by_deviation(weights, quality)
        threshold = quality * np.std(weights, dtype=np.float64)
        magnitudes = np.abs(weights.astype(np.float64))
        assert (pruned[magnitudes > threshold * (1 + 1e-9)] != 0).all()
        assert not pruned[magnitudes < threshold * (1 - 1e-9)].any()
        np.testing.assert_array_equal(pruned[pruned != 0], weights[pruned != 0])
        assert pruned.dtype == weights.dtype

    def test_worked_example(self) -> None:
        """The mean is 0 and the deviation 2; what is at the threshold stays."""
        weights = np.array([[1.0, -1.0, 1.0, -1.0], [2.0, -2.0, 3.0, -3.0], [3, -3, 0.0, 0.0]])
        expected = weights * (np.abs(weights) >= 2)
        assert np.std(weights) == 2.0
        assert prune_by_deviation(weights, 1).tolist() == expected.tolist()
        assert prune_by_deviation(weights, 0).tolist() == weights.tolist()

    def test_normal_weights(self) -> None:
        weights = np.random.default_rng(4).standard_normal((300, 400)) * 1e-3
        for quality, share in [(1, 0.3173), (2, 0.0455)]:
            assert density(prune_by_deviation(weights, quality)) == pytest.approx(share, rel=0.03)

    def test_blocks_change_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        weights = np.random.default_rng(5).standard_normal((30, 40))
        whole = prune_by_deviation(weights, 0.7)
        monkeypatch.setattr("zskip.model.common.pruning.BLOCK", 77)
        assert prune_by_deviation(weights, 0.7).tolist() == whole.tolist()

    @pytest.mark.parametrize("scale", [2.0**-1070, 2.0**-500, 2.0**500, 2.0**1020])
    def test_all_magnitudes(self, scale: float) -> None:
        weights = np.array([[1.0, -1.0, 1.0, -1.0], [4.0, -4.0, 0.0, 0.0]])
        pruned = prune_by_deviation(weights * scale, 1)
        assert (pruned / scale).tolist() == [[0.0] * 4, [4.0, -4.0, 0.0, 0.0]]

    def test_no_deviation(self) -> None:
        assert prune_by_deviation(np.ones((2, 2)), 5).tolist() == [[1.0, 1.0], [1.0, 1.0]]
        assert prune_by_deviation(np.zeros((2, 2)), 5).tolist() == [[0.0, 0.0], [0.0, 0.0]]

    @pytest.mark.parametrize("quality", [-0.1, math.nan, math.inf])
    def test_refuses_quality(self, quality: float) -> None:
        with pytest.raises(InputError) as caught:
            prune_by_deviation(np.ones((2, 2)), quality)
        assert str(caught.value) == (
            f"quality must be 0 or more and finite, not {quality}: "
            "give the multiple of the standard deviation below which weights go, such as 1"
        )


class TestBalanced:
    @given(MATRICES, st.floats(0.01, 1), st.integers(1, 9))
    def test_against_full_sorts(self, weights: np.ndarray, share: float, pe_count: int) -> None:
        """Each PE's rows are pruned alone; shares are dealt out weight by weight."""
        before = weights.copy()
        parts = [weights[owner::pe_count] for owner in range(pe_count)]
        counts = [0] * pe_count
        for _ in range(round(share * weights.size)):
            free = [owner for owner in range(pe_count) if counts[owner] < parts[owner].size]
            counts[min(free, key=lambda owner: counts[owner])] += 1
        pruned = prune_balanced(weights, share, pe_count)
        for owner, (part, count) in enumerate(zip(parts, counts, strict=True)):
            np.testing.assert_array_equal(pruned[owner::pe_count], sorted_pruning(part, count))
        np.testing.assert_array_equal(weights, before)
        assert pruned.dtype == weights.dtype

    @pytest.mark.parametrize("pe_count", [1, 4, 64])
    def test_same_load_for_all(self, pe_count: int) -> None:
        """Rows of very different magnitude, which one threshold would serve very differently."""
        rng = np.random.default_rng(6)
        weights = rng.standard_normal((130, 50)) * np.exp(rng.standard_normal((130, 1)))
        pruned = prune_balanced(weights, 0.1, pe_count)
        loads = [np.count_nonzero(pruned[owner::pe_count]) for owner in range(pe_count)]
        assert sum(loads) == 650
        assert max(loads) - min(loads) <= 1

    def test_worked_example(self) -> None:
        weights = np.array([[9.0, 8.0], [1.0, 2.0], [7.0, 6.0]])
        assert prune_balanced(weights, 0.5, 2).tolist() == [[9.0, 8.0], [0.0, 2.0], [0.0, 0.0]]
        assert prune_to_density(weights, 0.5).tolist() == [[9.0, 8.0], [0.0, 0.0], [7.0, 0.0]]

    def test_a_sparse_pe_keeps_all(self) -> None:
        """PE 1 has one weight for its share of two; PE 0 keeps no more than its own."""
        weights = np.array([[4.0, 3.0, 2.0, 1.0], [0.0, 0.5, 0.0, 0.0]])
        expected = [[4.0, 3.0, 0.0, 0.0], [0.0, 0.5, 0.0, 0.0]]
        assert prune_balanced(weights, 0.5, 2).tolist() == expected

    def test_everything_may_stay(self) -> None:
        weights = np.arange(1.0, 11.0).reshape(5, 2)
        assert prune_balanced(weights, 1.0, 4).tolist() == weights.tolist()

    def test_refuses_pe_count(self) -> None:
        with pytest.raises(InputError) as caught:
            prune_balanced(np.ones((2, 2)), 0.5, 0)
        assert str(caught.value) == "pe_count must be 1 or more, not 0: give that of the array"


@pytest.mark.slow
def test_a_large_layer_takes_seconds() -> None:
    """Fully connected layer 6 of AlexNet."""
    weights = np.random.default_rng(7).standard_normal((4096, 9216), dtype=np.float32)
    begin = time.perf_counter()
    prune_global([weights], 0.09)
    prune_by_deviation(weights, 1.5)
    prune_balanced(weights, 0.09, 64)
    assert time.perf_counter() - begin < 15


def test_density() -> None:
    assert density(np.array([[0.0, 1.0, -0.0, 2.0]])) == 0.5


@pytest.mark.parametrize("share", [0, -0.1, 1.01, math.nan])
@pytest.mark.parametrize(
    "prune",
    [
        prune_to_density,
        lambda weights, share: prune_global([weights], share),
        lambda weights, share: prune_balanced(weights, share, 2),
    ],
)
def test_refuses_density(prune: Callable[[np.ndarray, float], Any], share: float) -> None:
    with pytest.raises(InputError) as caught:
        prune(np.ones((2, 2)), share)
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
    for function in (
        density,
        lambda matrix: prune_to_density(matrix, 0.5),
        lambda matrix: prune_global([np.ones((2, 2)), matrix], 0.5),
        lambda matrix: prune_by_deviation(matrix, 1),
        lambda matrix: prune_balanced(matrix, 0.5, 2),
    ):
        with pytest.raises(InputError) as caught:
            function(weights)
        assert str(caught.value) == message
