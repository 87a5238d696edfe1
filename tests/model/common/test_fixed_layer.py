"""Numbers of weights that are any integers; oracle: the weights."""

import numpy as np
import pytest

from zskip.model.common.fixed import limits
from zskip.model.common.fixed_layer import FixedLayer, numbered
from zskip.model.common.scale import LayerScale


@pytest.mark.parametrize("bits", [4, 8, 16])
def test_every_weight_of_a_width_has_its_number(bits: int) -> None:
    low, high = limits(bits)
    weights = np.arange(low, high + 1)[None, :]
    codes, codebook = numbered(weights, bits)
    layer = FixedLayer(
        name="all",
        codes=codes,
        codebook=codebook,
        bias=np.zeros(1, dtype=np.int64),
        relu=False,
        scale=LayerScale(input_fraction=0, weight_fraction=0, output_fraction=0),
    )
    np.testing.assert_array_equal(layer.weights, weights)
    assert np.array_equal(codes == 0, weights == 0)
    assert codebook[0] == 0
    assert codes.itemsize == (1 if bits <= 8 else 2)
