"""Packets of the streams; oracle: words taken apart by shifts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.common.bitfields import Field, pack, unpack
from zskip.model.common.errors import InputError
from zskip.model.common.stream import (
    ERRORS,
    KINDS,
    LOAD_HEADER,
    RESULT_HEADER,
    ErrorCode,
    Kind,
    load_packet,
    pack_activations,
    unpack_activations,
    unpack_counters,
)
from zskip.model.eie.packets import TARGETS, Target, input_packet
from zskip.model.eie.passes import PASS_WORD_0, PASS_WORD_1

ACTIVATIONS = st.lists(st.integers(-32768, 32767), min_size=1, max_size=40)


@pytest.mark.parametrize("layout", [LOAD_HEADER, RESULT_HEADER, PASS_WORD_0, PASS_WORD_1])
def test_fields_stand_apart_in_one_word(layout: tuple[Field, ...]) -> None:
    taken = 0
    for field in layout:
        mask = ((1 << field.bits) - 1) << field.low
        assert taken & mask == 0
        assert mask < 1 << 64
        assert field.meaning
        taken |= mask
    assert len({field.name for field in layout}) == len(layout)


def test_every_code_has_a_meaning() -> None:
    assert list(TARGETS) == list(Target)
    assert list(KINDS) == list(Kind)
    assert list(ERRORS) == list(ErrorCode)
    assert [target for target, form in TARGETS.items() if form.per_pe] == [
        Target.POINTERS,
        Target.SPMAT,
        Target.BIAS,
    ]


@given(st.data())
def test_pack_and_unpack(data: st.DataObject) -> None:
    values = {field.name: data.draw(st.integers(0, (1 << field.bits) - 1)) for field in PASS_WORD_0}
    word = pack(PASS_WORD_0, **values)
    assert unpack(PASS_WORD_0, word) == values
    assert word == sum(values[field.name] << field.low for field in PASS_WORD_0)


def test_pack_refuses_what_does_not_fit() -> None:
    with pytest.raises(InputError) as caught:
        pack(LOAD_HEADER, pe=1 << 16)
    assert str(caught.value) == "pe must be from 0 to 65535, not 65536"


def test_load_packet() -> None:
    words = np.array([7, 2**64 - 1], dtype=np.uint64)
    packet = load_packet(Target.BIAS, words, pe=5, address=9).tolist()
    header = packet[0]
    assert header & 0xFF == Target.BIAS
    assert header >> 8 & 0xFFFF == 5
    assert header >> 24 & 0xFFFFF == 9
    assert header >> 44 == 2
    assert packet[1:] == [7, 2**64 - 1]


@given(ACTIVATIONS)
def test_activations_stand_four_to_a_word(values: list[int]) -> None:
    words = pack_activations(np.array(values)).tolist()
    assert len(words) == -(-len(values) // 4)
    for index in range(4 * len(words)):
        lane = words[index // 4] >> 16 * (index % 4) & 0xFFFF
        assert lane == (values[index] & 0xFFFF if index < len(values) else 0)
    unpacked = unpack_activations(pack_activations(np.array(values)), len(values))
    assert unpacked.tolist() == values


def test_input_packet() -> None:
    packet = input_packet(np.array([1, -1, 2, -2, 3])).tolist()
    assert packet[0] == Target.ACTIVATIONS | 2 << 44
    assert packet[1] == 1 | 0xFFFF << 16 | 2 << 32 | 0xFFFE << 48
    assert packet[2] == 3


def test_counters_stand_two_to_a_word() -> None:
    words = np.array([3 | 4 << 32, (2**32 - 1) << 32], dtype=np.uint64)
    assert unpack_counters(words).tolist() == [3, 4, 0, 2**32 - 1]
