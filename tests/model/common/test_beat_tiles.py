"""Tiles of beats; oracle: the beats that they are cut from."""

import numpy as np
import pytest

from zskip.model.common.beat_tiles import TILE_WORD, beat_tiles
from zskip.model.common.bitfields import unpack
from zskip.model.common.stream import LOAD_HEADER
from zskip.verif.common.block_stimulus import split_packets

WEIGHTS, END = 3, 7


@pytest.mark.parametrize(("beats", "depth"), [(1, 1), (7, 1), (8, 4), (9, 4), (3, 4)])
def test_tiles_hold_the_beats_in_their_order(beats: int, depth: int, seed: int) -> None:
    weights = np.random.default_rng(seed).integers(1 << 63, size=(3, beats, 2), dtype=np.uint64)
    words = beat_tiles(weights, depth, target=WEIGHTS, end=END)
    packets = split_packets(words.tolist(), LOAD_HEADER)
    headers = [unpack(LOAD_HEADER, packet[0]) for packet in packets]
    count = -(-beats // depth)
    assert [header["target"] for header in headers] == [*[WEIGHTS] * 3, END] * count
    assert {header["address"] for header in headers} == {0}
    marks = [unpack(TILE_WORD, packet[1])["last"] for packet in packets[3::4]]
    assert marks == [0] * (count - 1) + [1]
    for pe in range(3):
        assert {header["pe"] for header in headers[pe::4]} == {pe}
        held = [word for packet in packets[pe::4] for word in packet[1:]]
        assert held == weights[pe].ravel().tolist()
        assert all(len(packet) - 1 == 2 * depth for packet in packets[pe::4][:-1])
