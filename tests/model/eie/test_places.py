"""Places of columns; oracles: activations dealt out word by word, and the columns themselves."""

import numpy as np
import pytest

from zskip.model.common.stream import LANES
from zskip.model.eie.config import TINY
from zskip.model.eie.encoding import decode, encode
from zskip.model.eie.places import column_places, place_count, placed

ROUNDS = TINY.replace(broadcast_rounds=1, register_depth=8, run_bits=1)


@pytest.mark.parametrize("pe_count", [1, 4, 16])
@pytest.mark.parametrize("columns", [1, 3, 17, 64, 75])
def test_words_of_all_pes_follow_each_other(pe_count: int, columns: int) -> None:
    config = ROUNDS.replace(pe_count=pe_count)
    words = -(-columns // (LANES * pe_count))
    dealt = [
        row * pe_count + pe
        for word in range(words)
        for pe in range(pe_count)
        for row in range(word * LANES, word * LANES + LANES)
    ]
    places = column_places(columns, config)
    assert [dealt[place] for place in places] == list(range(columns))
    assert place_count(columns, config) == max(dealt.index(j) for j in range(columns)) + 1
    assert column_places(columns, TINY).tolist() == list(range(columns))


def test_a_matrix_has_its_columns_at_their_places(seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = (rng.integers(1, 16, (75, 37)) * (rng.random((75, 37)) < 0.4)).astype(np.uint8)
    matrix = encode(codes, ROUNDS)
    assert placed(matrix, TINY) is matrix
    found = placed(matrix, ROUNDS)
    found.check()
    expected = np.zeros((75, place_count(37, ROUNDS)), dtype=np.uint8)
    expected[:, column_places(37, ROUNDS)] = codes
    assert decode(found).tolist() == expected.tolist()
    assert found.codes.size == matrix.codes.size
