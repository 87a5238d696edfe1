"""What is never used; oracle: a walk over the weights in plain Python."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.common.unused import used


def plain_used(codes: list[np.ndarray]) -> list[tuple[list[int], list[int]]]:
    """Oracle: from the last layer back, which rows and columns matter."""
    rows = list(range(len(codes[-1])))
    found = []
    for matrix in reversed(codes):
        lines = matrix.tolist()
        columns = [j for j in range(matrix.shape[1]) if any(lines[i][j] for i in rows)] or [0]
        found.append((rows, columns))
        rows = columns
    return found[::-1]


@given(
    st.lists(st.integers(1, 12), min_size=2, max_size=5),
    st.sampled_from([0.0, 0.05, 0.2, 0.6]),
    st.integers(0, 999),
)
def test_any_chain(sizes: list[int], density: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = [
        (rng.random((outputs, inputs)) < density).astype(np.uint8)
        for inputs, outputs in pairwise(sizes)
    ]
    found = [(part.rows.tolist(), part.columns.tolist()) for part in used(codes)]
    assert found == plain_used(codes)


def test_what_is_not_read_goes_all_the_way_back() -> None:
    first = np.array([[1, 0, 0], [0, 1, 0]], dtype=np.uint8)
    second = np.array([[0, 5], [0, 0]], dtype=np.uint8)
    front, back = used([first, second])
    assert (front.rows.tolist(), front.columns.tolist()) == ([1], [1])
    assert (back.rows.tolist(), back.columns.tolist()) == ([0, 1], [1])
