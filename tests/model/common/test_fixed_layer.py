"""Layers in the numbers of the hardware; oracles: the weights, NumPy's own floats."""

import numpy as np
import pytest

from zskip.model.common.fixed import limits
from zskip.model.common.fixed_layer import FixedLayer, integer_type
from zskip.model.common.precision import Precision
from zskip.model.common.scale import LayerScale


@pytest.mark.parametrize("bits", [2, 4, 8, 9, 16, 17, 24])
def test_integers_of_a_width_are_their_own_codes(bits: int) -> None:
    low, high = limits(bits)
    weights = np.array([[low, -1, 0, 1, high]])
    codes = weights.astype(integer_type(bits))
    layer = FixedLayer(
        name="all",
        codes=codes,
        bias=np.zeros(1, dtype=np.int64),
        relu=False,
        scale=LayerScale(input_fraction=0, weight_fraction=3, output_fraction=0),
    )
    assert codes.itemsize == (1 if bits <= 8 else 2 if bits <= 16 else 4)
    np.testing.assert_array_equal(layer.weights, weights)
    np.testing.assert_array_equal(layer.real_weights(slice(None)), weights / 8)


@pytest.mark.parametrize(("name", "kind"), [("fp16", np.float16), ("fp32", np.float32)])
def test_words_stand_for_real_numbers(name: str, kind: type[np.floating]) -> None:
    real = np.array([[0, 1, -2.5], [6e-8, -3e-5, 60000]]).astype(kind)
    layer = FixedLayer(
        name="words",
        codes=real.view(f"u{real.itemsize}"),
        bias=np.zeros(2, dtype=np.int64),
        relu=False,
        scale=LayerScale(input_fraction=0, weight_fraction=0, output_fraction=0),
        precision=Precision.parse(name),
    )
    np.testing.assert_array_equal(layer.real_weights(slice(1, 2)), real[1:].astype(np.float64))
    assert layer.weights.dtype == np.int64
