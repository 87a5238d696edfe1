"""Checks of a layer; oracle: one damage each to a layer that passes."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from zskip.model.bitlet.config import BITLET, NAMED
from zskip.model.bitlet.network import encoded_layer
from zskip.model.common.errors import InputError
from zskip.model.common.fixed_layer import FixedLayer
from zskip.model.common.precision import Precision
from zskip.model.common.scale import LayerScale
from zskip.verif.bitlet.networks import random_network

SIGNED = BITLET.replace(twos_complement=1)


@pytest.mark.parametrize(
    ("precision", "changes", "message"),
    [
        (
            "int5",
            {"matrix": np.full((5, 9), -16)},
            "weights of int5 must be in -15..15, not -16: compress the network again",
        ),
        (
            "int5",
            {"matrix": np.zeros((5, 9))},
            "the weights must be a matrix of integers, not float64 of shape (5, 9): compress the "
            "network again",
        ),
        (
            "int5",
            {"twos_complement": True},
            "twos_complement must be 1, which the weights are held for, not 0: compress the "
            "network again",
        ),
        (
            "int5",
            {"mask_lanes": 8},
            "the lanes that are switched off must be from 0 to 7, all but one of a row of int5, "
            "not 8: choose another number",
        ),
        (
            "int5",
            {"bias": np.full(5, 1 << 31)},
            "biases must be in -2147483648..2147483647 (32 bits), not 2147483648 at position 0: "
            "choose another scale or a wider format",
        ),
        (
            "fp16",
            {"matrix": np.full((5, 9), 1 << 16)},
            "weights must be words of float16, 0 to 65535, not 65536: give words of the network's "
            "format",
        ),
        (
            "fp16",
            {"matrix": np.full((5, 9), 0x7C00)},
            "weights must be finite, but there is a NaN or an infinity: compress the network again",
        ),
        (
            "fp32",
            {"bias": np.full(5, 0xFFC00000)},
            "biases must be finite, but there is a NaN or an infinity: compress the network again",
        ),
        (
            "fp32",
            {"scale": LayerScale(input_fraction=0, weight_fraction=3, output_fraction=0)},
            "scales must be 0 in floating point, not LayerScale(input_fraction=0, "
            "weight_fraction=3, output_fraction=0): compress the network again",
        ),
        (
            "fp32",
            {"mask_lanes": 24},
            "the lanes that are switched off must be from 0 to 23, all but one of a row of fp32, "
            "not 24: choose another number",
        ),
    ],
)
def test_what_is_refused(precision: str, changes: dict[str, Any], message: str) -> None:
    (layer,) = random_network(BITLET, (9, 5), 1, precisions=(precision,)).layers
    layer.check(BITLET)
    with pytest.raises(InputError) as caught:
        replace(layer, **changes).check(BITLET)
    assert str(caught.value) == f"layer 'fc1': {message}"


def test_numbers_that_the_array_does_not_have() -> None:
    (layer,) = random_network(BITLET, (9, 5), 1, precisions=("fp32",)).layers
    with pytest.raises(InputError) as caught:
        layer.check(NAMED["tiny"])
    assert str(caught.value) == (
        "layer 'fc1': the array must have float_bits=32 for fp32, not 16: choose another precision "
        "or configuration"
    )
    (layer,) = random_network(BITLET, (9, 5), 1, precisions=("int24",)).layers
    with pytest.raises(InputError, match="magnitudes must have 1 to 12 bits, one for each lane"):
        layer.check(NAMED["tiny"])


def test_layers_of_two_kinds() -> None:
    integers = random_network(BITLET, (9, 9), 1)
    floats = random_network(BITLET, (9, 9), 1, precisions=("fp16",))
    mixed = replace(integers, layers=(*integers.layers, replace(floats.layers[0], name="fc2")))
    with pytest.raises(InputError, match="all of integers or all of one floating-point format"):
        mixed.check()
    with pytest.raises(InputError, match=r"one floating-point format, .*, not of int8, fp16: "):
        BITLET.check_precision([Precision.parse("int8"), Precision.parse("fp16")])
    BITLET.check_precision([Precision.parse("int8"), Precision.parse("int24")])


def test_bits_of_lanes_that_are_off_do_not_count() -> None:
    for config, expected in ((BITLET, [12, -12, 0]), (SIGNED, [12, -16, -4])):
        (layer,) = random_network(config, (1, 3), 1).layers
        masked = replace(layer, matrix=np.array([[15], [-15], [-3]]), mask_lanes=2)
        assert masked.weights().ravel().tolist() == expected
        assert masked.nonzeros == np.count_nonzero(expected)


def fixed_layer(codes: list[int], precision: Precision | None) -> FixedLayer:
    """A layer of one output."""
    return FixedLayer(
        name="fc1",
        codes=np.array([codes]),
        bias=np.zeros(1, dtype=np.int64),
        relu=False,
        scale=LayerScale(input_fraction=0, weight_fraction=0, output_fraction=0),
        precision=precision,
        mask_lanes=1,
    )


def test_layers_are_taken_in_their_precision() -> None:
    given = fixed_layer([-8, -7, 7], Precision.parse("int4"))
    layer = encoded_layer(given, BITLET)
    assert layer.matrix.tolist() == [[-7, -7, 7]]
    assert (layer.matrix.dtype, layer.mask_lanes, layer.twos_complement) == ("i1", 1, False)
    assert encoded_layer(given, SIGNED).matrix.tolist() == [[-8, -7, 7]]
    assert encoded_layer(fixed_layer([-128, 5], None), BITLET).matrix.tolist() == [[-127, 5]]
    floats = encoded_layer(fixed_layer([0x3C00, 0x8400], Precision.parse("fp16")), SIGNED)
    assert floats.matrix.tolist() == [[0x3C00, 0x8400]]
    assert (floats.matrix.dtype, floats.twos_complement) == ("u2", False)
    for layer in (floats, encoded_layer(given, SIGNED)):
        layer.check(SIGNED)
