"""N:M patterns; oracles: all masks of a group, by hand."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from zskip.model.common.errors import InputError
from zskip.model.common.pattern import (
    Pattern,
    check_follows,
    follows,
    pattern_mask,
    prune_to_pattern,
)

MATRICES = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=9),
    # A small range makes equal magnitudes frequent.
    elements=st.integers(-3, 3).map(float) | st.floats(-1, 1, width=32),
)
PATTERNS = st.sampled_from([2, 4, 8, 16]).flatmap(
    lambda m: st.builds(Pattern, st.integers(1, m), st.just(m))
)


def best_mask(group: np.ndarray, n: int) -> list[bool]:
    """Oracle: of all choices of `n` the one of most magnitude, the first of equal ones.

    Choices come in ascending order of their places, so that lower places win among equal sums.
    """
    choices = list(combinations(range(len(group)), min(n, len(group))))
    # Sorted magnitudes are compared one by one, which no rounding of sums can disturb.
    ranks = [sorted((float(abs(group[place])) for place in c), reverse=True) for c in choices]
    best = choices[ranks.index(max(ranks))]
    return [place in best for place in range(len(group))]


@given(MATRICES, PATTERNS)
def test_against_all_masks(weights: np.ndarray, pattern: Pattern) -> None:
    before = weights.copy()
    mask = pattern_mask(weights, pattern)
    pruned = prune_to_pattern(weights, pattern)
    for row, marks in zip(weights, mask, strict=True):
        for start in range(0, len(row), pattern.m):
            group = slice(start, start + pattern.m)
            assert marks[group].tolist() == best_mask(row[group], pattern.n)
    np.testing.assert_array_equal(pruned, np.where(mask, weights, 0))
    np.testing.assert_array_equal(weights, before)
    assert pruned.dtype == weights.dtype
    assert np.count_nonzero(mask) == pattern.slots((weights.shape[0], weights.shape[1]))
    assert follows(pruned, pattern)
    check_follows(pruned, pattern)
    np.testing.assert_array_equal(prune_to_pattern(pruned, pattern), pruned)


@given(MATRICES, PATTERNS, st.integers(0, 99))
def test_groups_of_an_order(weights: np.ndarray, pattern: Pattern, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(weights.shape[1])
    found = prune_to_pattern(weights, pattern, order)
    np.testing.assert_array_equal(found[:, order], prune_to_pattern(weights[:, order], pattern))
    assert follows(found, pattern, order)
    assert follows(weights, pattern, order) == follows(weights[:, order], pattern)


def test_large_matrices_go_in_blocks_of_rows() -> None:
    weights = np.random.default_rng(1).standard_normal((3, 2**20 + 2))
    pruned = prune_to_pattern(weights, Pattern(2, 4))
    groups = np.abs(weights[:, :-2]).reshape(3, -1, 4)
    least = np.sort(groups, axis=2)[:, :, 2:3]
    np.testing.assert_array_equal(
        pruned[:, :-2],
        np.where(groups >= least, weights[:, :-2].reshape(groups.shape), 0).reshape(3, -1),
    )
    np.testing.assert_array_equal(pruned[:, -2:], weights[:, -2:])
    weights[:2] = pruned[:2]
    with pytest.raises(InputError, match="not 4 as places 0 to 3 of output 2"):
        check_follows(weights, Pattern(2, 4))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        *(
            (
                text,
                f"a pattern must be N:M, two whole numbers, not {text!r}: choose one such as 2:4",
            )
            for text in ("", "2", "2:", ":4", "2/4", "2:4:8", "-2:4", "2.0:4", "two:four", "²:4")
        ),
        (
            "2:6",
            "the M of a pattern N:M must be a power of two from 2 to 16, not 6: choose one such as "
            "2:4",
        ),
        (
            "1:1",
            "the M of a pattern N:M must be a power of two from 2 to 16, not 1: choose one such as "
            "2:4",
        ),
        (
            "2:32",
            "the M of a pattern N:M must be a power of two from 2 to 16, not 32: choose one such "
            "as 2:4",
        ),
        (
            "0:4",
            "the N of a pattern N:M must be from 1 to M, not 0 of 4: choose one such as 2:4",
        ),
        (
            "5:4",
            "the N of a pattern N:M must be from 1 to M, not 5 of 4: choose one such as 2:4",
        ),
    ],
)
def test_refused_patterns(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        Pattern.parse(text)
    assert str(caught.value) == message


def test_the_first_overfull_group_is_named() -> None:
    weights = np.zeros((3, 10))
    weights[1, 4:7] = weights[2, 0:4] = 1
    assert not follows(weights, Pattern(2, 4))
    with pytest.raises(InputError) as caught:
        check_follows(weights, Pattern(2, 4))
    assert str(caught.value) == (
        "a group of the pattern 2:4 must have at most 2 weights that are not zero, not 3 as places "
        "4 to 7 of output 1: prune to the pattern"
    )
    weights[1, 8:] = 1
    with pytest.raises(InputError, match="not 2 as places 8 to 9 of output 1"):
        check_follows(weights * (np.arange(10) >= 8), Pattern(1, 4))
