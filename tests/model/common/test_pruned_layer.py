"""Layers in the numbers of the hardware; oracles: NumPy's own floats, rounding by hand."""

import numpy as np
import pytest

from zskip.model.bitlet.config import BITLET
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import FloatArray
from zskip.model.common.precision import Precision
from zskip.model.common.pruned_layer import PrunedLayer
from zskip.model.common.reference import FloatLayer
from zskip.model.common.scale import LayerScale

SCALE = LayerScale(input_fraction=4, weight_fraction=3, output_fraction=4)


def layer(weights: FloatArray, bias: FloatArray, precision: str) -> PrunedLayer:
    """Return a layer that is not pruned."""
    source = FloatLayer(weights=weights, bias=bias, relu=True, name="fc1")
    return PrunedLayer.of("fc1", source, weights, BITLET, Precision.parse(precision), "optimal")


@pytest.mark.parametrize(("name", "kind"), [("fp16", np.float16), ("fp32", np.float32)])
def test_floats_become_words_of_the_nearest_numbers(name: str, kind: type[np.floating]) -> None:
    rng = np.random.default_rng(1)
    weights, bias = rng.standard_normal((5, 7)), rng.standard_normal(5)
    fixed = layer(weights, bias, name).fixed(bias, SCALE, BITLET, 3)
    nearest = weights.astype(kind).astype(np.float64)
    np.testing.assert_array_equal(fixed.real_weights(slice(None)), nearest)
    np.testing.assert_array_equal(fixed.bias, bias.astype(kind).view(f"u{kind().itemsize}"))
    assert (fixed.codes.dtype.itemsize, fixed.mask_lanes) == (kind().itemsize, 3)


def test_zeros_that_are_negative_are_zeros() -> None:
    weights = np.array([[-0.0, -1e-9, 1e-9, -6e-8, 0.0]])
    codes = layer(weights, np.zeros(1), "fp16").fixed(np.zeros(1), SCALE, BITLET).codes
    assert (codes != 0).tolist() == [[False, False, False, True, False]]


def test_integers_have_the_bits_of_the_precision() -> None:
    weights = np.array([[0.9, -0.9, 0.06, 0.0]])
    fixed = layer(weights, np.array([0.5]), "int4").fixed(np.array([0.5]), SCALE, BITLET)
    assert fixed.codes.tolist() == [[7, -7, 0, 0]]
    assert (fixed.bias.tolist(), fixed.codebook.size) == ([64], 0)


@pytest.mark.parametrize(("weight", "bias", "what"), [(1e5, 0.0, "weights"), (0.0, 1e5, "biases")])
def test_what_a_float_cannot_hold_is_refused(weight: float, bias: float, what: str) -> None:
    biases = np.array([bias])
    with pytest.raises(InputError) as caught:
        layer(np.array([[weight]]), biases, "fp16").fixed(biases, SCALE, BITLET)
    assert str(caught.value) == (
        f"layer 'fc1': {what} must be within the range of float16, not 100000.0: scale the layer "
        "or choose a wider format"
    )


def test_floats_that_are_all_lost_say_why() -> None:
    assert layer(np.array([[1e-9]]), np.zeros(1), "fp16").all_lost(SCALE, BITLET) == (
        "layer 'fc1': weights must not all round to zero, but the largest is 1e-09 and the "
        "smallest number of float16 5.96e-08: choose a wider format, or scale the weights up"
    )
