"""Encoding of N:M weights; oracles: a plain loop over the groups, the matrix itself."""

from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from zskip.model.common.errors import InputError
from zskip.model.nm.encoding import (
    EncodedMatrix,
    beats_needed,
    column_counts,
    decode,
    encode,
)

Beat = list[tuple[int, int]]


def beats_of(group: list[int], n: int, beats: int) -> list[Beat]:
    """Positions and values of each beat of a group, written as one would by hand."""
    kept = [position for position, value in enumerate(group) if value]
    result: list[Beat] = []
    for beat in range(beats):
        positions = kept[beat * n : (beat + 1) * n]
        for position in range(len(group)):
            if len(positions) < n and position not in positions:
                positions.append(position)
        own = set(kept[beat * n : (beat + 1) * n])
        result.append([(p, group[p] if p in own else 0) for p in sorted(positions)])
    return result


@st.composite
def patterns(draw: st.DrawFn) -> tuple[int, int]:
    """Any n and m."""
    m = draw(st.sampled_from([2, 4, 8, 16]))
    return draw(st.integers(1, m)), m


@given(
    patterns(),
    hnp.arrays(
        np.int16,
        st.tuples(st.integers(1, 5), st.integers(1, 40)),
        elements=st.integers(-128, 127),
        fill=st.just(0),
    ),
)
def test_against_a_loop(pattern: tuple[int, int], weights: np.ndarray) -> None:
    n, m = pattern
    matrix = encode(weights, n, m)
    matrix.check()
    np.testing.assert_array_equal(decode(matrix), weights)
    np.testing.assert_array_equal(column_counts(matrix), np.count_nonzero(weights, axis=0))
    padded = np.pad(weights, ((0, 0), (0, -weights.shape[1] % m))).reshape(len(weights), -1, m)
    fullest = int(np.count_nonzero(padded, axis=-1).max())
    assert matrix.beats == max(1, -(-fullest // n)) == beats_needed(weights != 0, n, m)
    for row, group in np.ndindex(padded.shape[:2]):
        expected = beats_of(padded[row, group].tolist(), n, matrix.beats)
        given_group = [
            list(zip(*pair, strict=True))
            for pair in zip(
                matrix.positions[row, group].tolist(),
                matrix.values[row, group].tolist(),
                strict=True,
            )
        ]
        assert given_group == expected


@pytest.mark.parametrize("zeros", list(product([0, 1], repeat=4)))
def test_all_patterns_of_a_group_of_four(zeros: tuple[int, ...]) -> None:
    """Two beats hold any of them, one those with at most two."""
    weights = np.array([zeros]) * np.array([[-128, 127, -1, 5]])
    np.testing.assert_array_equal(decode(encode(weights, 2, 4, beats=2)), weights)
    if sum(zeros) <= 2:
        np.testing.assert_array_equal(decode(encode(weights, 2, 4, beats=1)), weights)
        return
    with pytest.raises(InputError) as caught:
        encode(weights, 2, 4, beats=1)
    assert str(caught.value) == (
        f"a group of 4 weights must have at most 2 that are not zero, not {sum(zeros)} in row 0, "
        "group 0: prune the network to 2:4 first"
    )


def test_a_group_that_is_too_full_is_named() -> None:
    weights = np.zeros((9, 30), dtype=np.int8)
    weights[7, 24:29] = 1
    with pytest.raises(InputError, match=r"not 5 in row 7, group 3: prune the network to 4:8"):
        encode(weights, 4, 8, beats=1)


def test_a_beat_that_is_empty_takes_the_lowest_positions() -> None:
    matrix = encode(np.array([[0, 3, 4, 5, 0, 0, 0, 0]]), 2, 4)
    assert matrix.positions.tolist() == [[[[1, 2], [0, 3]], [[0, 1], [0, 1]]]]
    assert matrix.values.tolist() == [[[[3, 4], [0, 5]], [[0, 0], [0, 0]]]]


LEGAL = {(a, b) for a, b in combinations(range(4), 2)}


@pytest.mark.parametrize("positions", list(product(range(4), repeat=2)))
def test_codes_of_a_group(positions: tuple[int, int]) -> None:
    """The six that ascend are taken, the ten others refused."""
    matrix = EncodedMatrix(
        shape=(1, 4),
        m=4,
        values=np.ones((1, 1, 1, 2), dtype=np.int8),
        positions=np.array(positions, dtype=np.uint8).reshape(1, 1, 1, 2),
    )
    if positions in LEGAL:
        matrix.check()
        return
    with pytest.raises(InputError) as caught:
        matrix.check()
    assert str(caught.value) == (
        f"the positions of a group must ascend below 4, not {list(positions)} in row 0, group 0: "
        "the file is damaged; compress the network again"
    )


def damaged(**changes: Any) -> EncodedMatrix:
    """A matrix of 3 x 6 in groups of four, of which one field is changed."""
    matrix = encode(np.arange(1, 19).reshape(3, 6), 2, 4)
    fields = {"shape": (3, 6), "m": 4, "values": matrix.values, "positions": matrix.positions}
    return EncodedMatrix(**fields | changes)


def test_damaged_matrices() -> None:
    positions = damaged().positions.copy()
    positions[2, 1, 0] = 1, 4
    with pytest.raises(InputError, match=r"not \[1, 4\] in row 2, group 1: the file is damaged"):
        damaged(positions=positions).check()
    positions = damaged().positions.copy()
    positions[1, 0, 1] = 1, 2
    with pytest.raises(InputError, match=r"two share one or there is none in row 1, group 0"):
        damaged(positions=positions).check()
    positions = damaged().positions.copy()
    positions[2, 1, 0] = 1, 2
    with pytest.raises(InputError, match=r"among the 6 inputs.* in row 2, group 1"):
        damaged(positions=positions).check()
    with pytest.raises(InputError, match=r"must have shape \(3, 2, 'beats', 'n'\), not \(2, 2, "):
        damaged(values=damaged().values[:2], positions=damaged().positions[:2]).check()
    twice = {
        name: np.concatenate([array, array], axis=2)
        for name, array in {"values": damaged().values, "positions": damaged().positions}.items()
    }
    with pytest.raises(InputError, match="a group must take 1 to 2 beats of 2 of its 4 weights"):
        damaged(**twice).check()


def test_all_zero_takes_one_beat() -> None:
    matrix = encode(np.zeros((2, 5), dtype=np.int8), 1, 4)
    matrix.check()
    assert (matrix.beats, matrix.groups) == (1, 2)
    assert not decode(matrix).any()
