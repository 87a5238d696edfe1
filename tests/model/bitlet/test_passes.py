"""Words of a pass and memories of an array; oracle: fields and widths counted by hand."""

from dataclasses import replace

import pytest

from zskip.model.bitlet.config import BITLET, NAMED
from zskip.model.bitlet.images import memories
from zskip.model.bitlet.passes import PASS_WORD_0, PASS_WORD_1, PASS_WORDS, Pass
from zskip.model.common.bitfields import unpack
from zskip.model.common.errors import InputError
from zskip.model.common.floats import FLOAT16, FLOAT32, FloatFormat

PASS = Pass(
    outputs=5,
    inputs=9,
    rounds=2,
    groups=3,
    number=None,
    joined=False,
    subtracted=True,
    mask=0xFFFFFF,
    shift=7,
    relu=True,
    emit_outputs=False,
    emit_counters=True,
    last=False,
)


@pytest.mark.parametrize(
    ("number", "code", "places"), [(None, 0, 1), (FLOAT16, 1, 1), (FLOAT32, 2, 2)]
)
def test_words(number: FloatFormat | None, code: int, places: int) -> None:
    words = replace(PASS, number=number).program_words().tolist()
    assert len(words) == PASS_WORDS == 3
    assert unpack(PASS_WORD_0, words[0]) == {
        "outputs": 5 * places,
        "inputs": 9 * places,
        "shift": 7,
        "relu": 1,
        "emit_outputs": 0,
        "emit_counters": 1,
        "swap": 1,
        "last": 0,
    }
    assert words[1] == 2 | 3 << 16 | code << 32 | 1 << 35 | 0xFFFFFF << 36
    assert unpack(PASS_WORD_1, words[1])["mask"] == 0xFFFFFF
    assert words[2] == 0


def test_lengths_that_a_word_does_not_hold() -> None:
    with pytest.raises(InputError, match="outputs must be from 0 to 65535, not 80000"):
        replace(PASS, number=FLOAT32, outputs=40_000).program_words()


def test_memories() -> None:
    kinds = {kind.name: (kind.bits, kind.depth, kind.per_pe) for kind in memories(BITLET)}
    # 16 pairs of 24 magnitude bits and 3 signs, or of a word of 32 bits.
    assert [kinds[f"weights_{index}"] for index in range(8)] == [(64, 8192, True)] * 8
    assert [kinds[f"biases_{row}"] for row in range(3)] == [(32, 256, True)] * 3
    assert kinds["program"] == (64, 3 * 16, False)
    assert len(kinds) == 12
    int8 = {kind.name: kind.bits for kind in memories(NAMED["int8"])}
    # 16 pairs of 7 magnitude bits and a sign.
    assert int8 == {"weights_0": 64, "weights_1": 64, "biases_0": 32, "program": 64}
