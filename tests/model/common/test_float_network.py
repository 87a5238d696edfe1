"""Checks of a float network; oracle: the rules as messages."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from zskip.model.common.errors import InputError
from zskip.model.common.float_network import check_float_network, layer_name
from zskip.model.common.reference import FloatLayer


def layers() -> tuple[FloatLayer, FloatLayer]:
    """A whole chain of two layers."""
    return (
        FloatLayer(weights=np.ones((3, 4)), bias=np.zeros(3), relu=True, name="first"),
        FloatLayer(weights=np.ones((2, 3)), bias=np.zeros(2), relu=False, name="second"),
    )


def test_a_whole_chain_passes() -> None:
    check_float_network(layers())
    check_float_network(layers()[:1])


def test_names() -> None:
    unnamed = [replace(layer, name="") for layer in layers()]
    check_float_network(unnamed)
    assert [layer_name(unnamed, index) for index in range(2)] == ["layer0", "layer1"]
    assert layer_name(layers(), 1) == "second"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"weights": np.ones((2, 3), np.int32)},
            "layer 'second': weights must be floats, not int32: convert them to float32",
        ),
        (
            {"weights": np.ones((2, 3), np.complex64)},
            "layer 'second': weights must be floats, not complex64: convert them to float32",
        ),
        (
            {"weights": np.ones((2, 3, 1))},
            "layer 'second': weights must be of shape (outputs, inputs), at least (1, 1), not "
            "(2, 3, 1): give one matrix per layer",
        ),
        (
            {"weights": np.ones((0, 3))},
            "layer 'second': weights must be of shape (outputs, inputs), at least (1, 1), not "
            "(0, 3): give one matrix per layer",
        ),
        (
            {"weights": np.array([[1, 2, 3], [4, np.nan, 6]])},
            "layer 'second': weights must be finite, not nan at position (1, 1): remove NaN and "
            "infinite values",
        ),
        (
            {"weights": np.array([[1, 2, -np.inf], [4, 5, 6]])},
            "layer 'second': weights must be finite, not -inf at position (0, 2): remove NaN and "
            "infinite values",
        ),
        (
            {"bias": np.zeros(2, np.int8)},
            "layer 'second': biases must be floats, not int8: convert them to float32",
        ),
        (
            {"bias": np.zeros(3)},
            "layer 'second': biases must be of shape (2,), not (3,): give one per output",
        ),
        (
            {"bias": np.array([0, np.inf])},
            "layer 'second': biases must be finite, not inf at position 1: remove NaN and "
            "infinite values",
        ),
        (
            {"weights": np.ones((2, 5))},
            "layer sizes must chain, but layer 'first' has 3 outputs and layer 'second' takes 5 "
            "inputs: check shapes and order",
        ),
        (
            {"name": "first"},
            "layer names must differ, but 'first' is there twice: rename one",
        ),
    ],
)
def test_refuses(changes: dict[str, Any], message: str) -> None:
    first, second = layers()
    with pytest.raises(InputError) as caught:
        check_float_network((first, replace(second, **changes)))
    assert str(caught.value) == message


def test_refuses_an_empty_network() -> None:
    with pytest.raises(InputError) as caught:
        check_float_network(())
    assert str(caught.value) == "a network must have at least one layer, not none: give its layers"


def test_transposed_weights_without_biases_to_tell() -> None:
    turned = [replace(layer, weights=layer.weights.T) for layer in layers()]
    turned = [replace(layer, bias=np.zeros(len(layer.weights))) for layer in turned]
    with pytest.raises(InputError) as caught:
        check_float_network(turned)
    assert str(caught.value) == (
        "layer sizes must chain, but layer 'first' has 4 outputs and layer 'second' takes 2 "
        "inputs: they chain as (inputs, outputs), so transpose all to (outputs, inputs)"
    )
