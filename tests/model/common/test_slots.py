"""Numbers side by side in wide words; oracle: Python's integers."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.common.slots import pack_slots, unpack_slots


@given(st.integers(1, 62), st.integers(1, 20), st.integers(0, 3), st.integers(0, 10**6))
def test_numbers_stand_side_by_side(bits: int, count: int, spare: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    slots = rng.integers(0, 1 << bits, (3, count), dtype=np.uint64)
    words = pack_slots(slots, bits, -(-count * bits // 64) + spare)
    for row, given_words in zip(slots.tolist(), words.tolist(), strict=True):
        whole = sum(word << 64 * index for index, word in enumerate(given_words))
        assert whole == sum(slot << bits * place for place, slot in enumerate(row))
    np.testing.assert_array_equal(unpack_slots(words, count, bits), slots.astype(np.int64))
