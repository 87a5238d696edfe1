"""Gaps row by row, against the matrix that they come from, for any array."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.common.errors import InputError
from zskip.model.eie.config import TINY
from zskip.model.eie.encoding import decode, encode
from zskip.model.eie.gaps import LONG, from_gaps, to_gaps


@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.floats(0, 1),
    st.sampled_from([1, 2, 8]),
    st.integers(0, 99),
)
def test_there_and_back(rows: int, columns: int, density: float, pes: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.integers(1, 16, (rows, columns)) * (rng.random((rows, columns)) < density)
    config = TINY.replace(pe_count=pes, register_depth=5)
    matrix = encode(codes.astype(np.uint8), config)
    matrix.check()
    weights, symbols = to_gaps(matrix)
    # What a loop over the rows finds.
    found, zeros = [], 0
    for code in codes.ravel().tolist():
        zeros += code == 0
        if code:
            found += [LONG] * (zeros // LONG) + [zeros % LONG]
            zeros = 0
    assert symbols.tolist() == found
    assert weights.tolist() == codes[codes > 0].tolist()
    again = from_gaps(weights, symbols, (rows, columns), config)
    assert again.block_rows == matrix.block_rows
    for name in ("codes", "runs", "pointers"):
        np.testing.assert_array_equal(getattr(again, name), getattr(matrix, name))
    np.testing.assert_array_equal(decode(again), codes)


@pytest.mark.parametrize(
    ("codes", "symbols", "message"),
    [
        ([1], [0, 0], "gaps must be those of 1 weights and end in one, not of 2"),
        ([1], [0, LONG], "gaps must be those of 1 weights and end in one, not of 1"),
        ([1, 0], [0, 0], "codes must not be 0: zeros have none"),
        ([1, 2], [5, 6], "every weight must lie inside the matrix of 3 x 4"),
    ],
)
def test_refuses(codes: list[int], symbols: list[int], message: str) -> None:
    with pytest.raises(InputError) as caught:
        from_gaps(np.array(codes, np.uint8), np.array(symbols, np.uint8), (3, 4), TINY)
    assert str(caught.value) == message
