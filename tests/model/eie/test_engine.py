"""Figures for comparisons with other engines; oracles: words of four counted PE by PE."""

import pytest

from zskip.model.common.errors import InputError
from zskip.model.eie.config import TINY, TUNED
from zskip.model.eie.engine import ENGINE


@pytest.mark.parametrize("shape", [(1, 1), (7, 3), (64, 65), (300, 130)])
@pytest.mark.parametrize("pe_count", [1, 4, 64])
def test_every_pass_scans_the_words_of_every_pe(shape: tuple[int, int], pe_count: int) -> None:
    config = TINY.replace(pe_count=pe_count, register_depth=16)
    lengths = [len(range(pe, shape[1], pe_count)) for pe in range(pe_count)]
    words = sum(len(range(0, length, 4)) for length in lengths)
    passes = len(range(0, len(range(0, shape[0], pe_count)), 16))
    assert ENGINE.activations_read(shape, config) == 4 * words * passes


def test_a_pe_is_a_multiplier() -> None:
    assert TUNED.with_multipliers(16) == TUNED.replace(pe_count=16)
    assert TUNED.pattern is None
    with pytest.raises(InputError, match="pe_count must be a power of two from 1 to 256, not 48"):
        TUNED.with_multipliers(48)
