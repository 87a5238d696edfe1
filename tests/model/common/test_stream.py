"""Activations in streams; oracle: the bits of each place by hand, NumPy's own floats."""

import numpy as np
import pytest

from zskip.model.common.stream import ActivationFormat, pack_activations, unpack_activations


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 9])
def test_float32_takes_two_places_the_low_half_first(count: int) -> None:
    form = ActivationFormat(places=2, signed=False)
    real = np.random.default_rng(count).standard_normal(count).astype(np.float32)
    words = real.view(np.uint32).astype(np.int64)
    packed = pack_activations(words, form)
    assert packed.size == -(-2 * count // 4)
    places = [int(word) >> 16 * place & 0xFFFF for word in packed for place in range(4)]
    expected = [int(word) >> 16 * half & 0xFFFF for word in words for half in (0, 1)]
    assert places == expected + [0] * (len(places) - len(expected))
    np.testing.assert_array_equal(unpack_activations(packed, count, form), words)


def test_words_of_float16_have_no_sign() -> None:
    form = ActivationFormat(places=1, signed=False)
    words = np.array([0x8000, 0xFFFF, 0, 1, 0x3C00])
    packed = pack_activations(words, form)
    assert packed.size == 2
    assert unpack_activations(packed, 5, form).tolist() == words.tolist()
    assert unpack_activations(packed, 5).tolist() == [-0x8000, -1, 0, 1, 0x3C00]
