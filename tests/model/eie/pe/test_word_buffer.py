"""The word buffer; oracle: entries that are looked at one after the other."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.eie.config import TINY, Config
from zskip.model.eie.pe.sparse_matrix_read import SparseMatrixRead


def one_by_one(
    codes: list[int], runs: list[int], bounds: list[tuple[int, int]], config: Config
) -> list[tuple[int, int, int, int]]:
    """Return column, code, run and gap of every entry of columns."""
    found = []
    for column, (start, end) in enumerate(bounds):
        gap = 0
        for code, run in zip(codes[start:end], runs[start:end], strict=True):
            if config.free_padding and not code:
                gap += 1
                continue
            found.append((column, code, run, gap))
            gap = 0
    return found


@given(
    size=st.sampled_from([1, 2, 8]),
    free_padding=st.integers(0, 1),
    padding=st.sampled_from([0.0, 0.5, 0.95]),
    ends=st.lists(st.integers(0, 64), max_size=12),
    seed=st.integers(0, 99),
)
def test_slots_of_columns(
    size: int, free_padding: int, padding: float, ends: list[int], seed: int
) -> None:
    config = TINY.replace(entries_per_word=size, free_padding=free_padding)
    rng = np.random.default_rng(seed)
    codes = rng.integers(1, 16, 64) * (rng.random(64) >= padding)
    runs = rng.integers(0, 16, 64)
    entries = (codes | runs << config.weight_bits).astype(np.uint64).reshape(-1, size)
    shifts = np.arange(size, dtype=np.uint64) * np.uint64(config.entry_bits)
    words = np.bitwise_or.reduce(entries << shifts, axis=1)
    bounds = [(int(rng.integers(end + 1)), end) for end in ends]
    start, end = np.array(bounds, dtype=np.int64).reshape(-1, 2).T
    found = SparseMatrixRead(config, words).read(start, end)
    expected = one_by_one(codes.tolist(), runs.tolist(), bounds, config)
    assert list(zip(*(part.tolist() for part in found), strict=True)) == expected
