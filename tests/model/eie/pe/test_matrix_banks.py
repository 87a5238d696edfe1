"""Two banks of the sparse matrix; oracle: a bank that is asked word by word."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.eie.pe.matrix_banks import MatrixBanks


def one_by_one(columns: list[tuple[int, int]], size: int) -> list[list[int]]:
    """Oracle: ask for the word of every entry, one after the other."""
    read: list[list[int]] = [[], []]
    for start, count in columns:
        for word in (entry // size for entry in range(start, start + count)):
            bank = read[word % 2]
            if bank[-1:] != [word]:
                bank.append(word)
    return read


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=20),
    st.sampled_from([2, 4, 8]),
)
def test_words_that_a_bank_shows_are_not_read(columns: list[tuple[int, int]], size: int) -> None:
    start, count = np.array(columns, dtype=np.int64).reshape(-1, 2).T
    read = MatrixBanks(size).read(start, start + count)
    assert [words.tolist() for words in read] == one_by_one(columns, size)
