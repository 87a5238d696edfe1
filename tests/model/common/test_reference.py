"""The dense oracle against Python's integers, one addition at a time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from zskip.model.common.errors import InputError
from zskip.model.common.fixed import limits
from zskip.model.common.reference import (
    DenseLayer,
    FloatLayer,
    float_layer,
    float_network,
    layer,
    network,
)

INT16 = st.integers(*limits(16)) | st.sampled_from([-32768, 32767, 0])


def integer_layer(
    weights: list[list[int]],
    activations: list[int],
    bias: list[int],
    shift: int,
    relu: bool,
    acc_bits: int,
) -> tuple[list[int], list[bool]]:
    """Oracle: the numbers of ``docs/design.md`` in Python's integers, for one sample."""
    y, saturated = [], []
    for row, start in zip(weights, bias, strict=True):
        acc = start + sum(w * a for w, a in zip(row, activations, strict=True))
        acc = (acc + (1 << (acc_bits - 1))) % (1 << acc_bits) - (1 << (acc_bits - 1))
        value = (acc + (1 << (shift - 1)) if shift else acc) >> shift
        kept = max(-32768, min(value, 32767))
        saturated.append(kept != value)
        y.append(max(kept, 0) if relu else kept)
    return y, saturated


@given(
    st.data(), st.integers(1, 4), st.integers(1, 5), st.integers(1, 3), st.sampled_from([24, 32])
)
def test_layer_against_integers(
    data: st.DataObject, outputs: int, inputs: int, samples: int, acc_bits: int
) -> None:
    weights = data.draw(hnp.arrays(np.int16, (outputs, inputs), elements=INT16))
    activations = data.draw(hnp.arrays(np.int16, (samples, inputs), elements=INT16))
    bias = data.draw(hnp.arrays(np.int64, (outputs,), elements=st.integers(*limits(acc_bits))))
    shift = data.draw(st.integers(0, acc_bits - 1))
    relu = data.draw(st.booleans())
    result = layer(weights, activations, bias, shift, relu, acc_bits)
    assert result.y.dtype == np.int64
    for sample in range(samples):
        y, saturated = integer_layer(
            weights.tolist(), activations[sample].tolist(), bias.tolist(), shift, relu, acc_bits
        )
        assert result.y[sample].tolist() == y
        assert result.saturated[sample].tolist() == saturated


def test_worked_example() -> None:
    weights = np.array([[2, 0, -3], [0, 5, 0]])
    activations = np.array([[100, 0, 7], [1, -4, 0]])
    result = layer(weights, activations, np.array([1, -2]), 1, True)
    # Accumulators are 180, -2 and 3, -22.
    assert result.y.tolist() == [[90, 0], [2, 0]]
    assert not result.saturated.any()


def test_narrow_activations() -> None:
    weights, activations = np.array([[100, 1]]), np.array([[1, 27], [1, 28]])
    result = layer(weights, activations, np.zeros(1, int), 0, False, activation_bits=8)
    assert result.y.tolist() == [[127], [127]]
    assert result.saturated.tolist() == [[False], [True]]
    with pytest.raises(InputError, match=r"activations must be in -128\.\.127 \(8 bits\), not 128"):
        layer(weights, activations + 100, np.zeros(1, int), 0, False, activation_bits=8)


def test_accumulator_wraps() -> None:
    row = np.full((1, 2), -32768)
    result = layer(row, row, np.array([0]), 16, False)
    assert result.y.tolist() == [[-32768]]
    assert not result.saturated.any()


def test_sums_beyond_float64_are_exact() -> None:
    """2**23 products of 2**30 and one more unit make a sum that float64 does not hold."""
    count = 2**23 + 1
    weights = np.full((1, count), -32768, dtype=np.int16)
    activations = np.full((1, count), -32768, dtype=np.int16)
    weights[0, -1] = activations[0, -1] = 1
    result = layer(weights, activations, np.array([0]), 0, False, acc_bits=16)
    assert result.y.tolist() == [[1]]


def test_no_samples() -> None:
    result = layer(np.ones((2, 3), int), np.ones((0, 3), int), np.zeros(2, int), 0, False)
    assert result.y.shape == result.saturated.shape == (0, 2)


def test_network_feeds_outputs_forward() -> None:
    rng = np.random.default_rng(11)
    sizes = [12, 9, 5]
    layers = [
        DenseLayer(
            weights=rng.integers(-3000, 3000, (outputs, inputs)),
            bias=rng.integers(-(10**6), 10**6, outputs),
            shift=13,
            relu=relu,
        )
        for inputs, outputs, relu in zip(sizes, sizes[1:], [True, False], strict=False)
    ]
    activations = rng.integers(-5000, 5000, (4, 12))
    results = network(layers, activations)
    assert [result.y.shape for result in results] == [(4, 9), (4, 5)]
    for sample, row in enumerate(activations.tolist()):
        expected = row
        for step, result in zip(layers, results, strict=True):
            expected, saturated = integer_layer(
                step.weights.tolist(), expected, step.bias.tolist(), 13, step.relu, 32
            )
            assert result.y[sample].tolist() == expected
            assert result.saturated[sample].tolist() == saturated


def test_float_network_worked_example() -> None:
    layers = [
        FloatLayer(weights=np.array([[0.5, -1.0]]), bias=np.array([0.25]), relu=True),
        FloatLayer(weights=np.array([[2.0], [-2.0]]), bias=np.array([0.0, 1.0]), relu=False),
    ]
    first, second = float_network(layers, np.array([[1.0, 0.5], [0.0, 1.0]], dtype=np.float32))
    assert first.dtype == second.dtype == np.float64
    assert first.tolist() == [[0.25], [0.0]]
    assert second.tolist() == [[0.5, 0.5], [0.0, 1.0]]


def test_float_layer_keeps_its_arguments() -> None:
    weights, activations, bias = np.ones((2, 3)), np.ones((1, 3)), -np.ones(2)
    assert float_layer(weights, activations, bias, True).tolist() == [[2.0, 2.0]]
    assert activations.tolist() == [[1.0, 1.0, 1.0]]


class TestErrors:
    @pytest.mark.parametrize(
        ("weights", "activations", "bias", "message"),
        [
            (
                np.ones(3, int),
                np.ones((1, 3), int),
                np.ones(1, int),
                "weights must be of shape (outputs, inputs), not (3,): give one matrix per layer",
            ),
            (
                np.ones((2, 3), int),
                np.ones((1, 4), int),
                np.ones(2, int),
                "activations must be of shape (samples, 3), not (1, 4): give one row per sample",
            ),
            (
                np.ones((2, 3), int),
                np.ones(3, int),
                np.ones(2, int),
                "activations must be of shape (samples, 3), not (3,): give one row per sample",
            ),
            (
                np.ones((2, 3), int),
                np.ones((1, 3), int),
                np.ones(3, int),
                "biases must be of shape (2,), not (3,): give one per output",
            ),
            (
                np.full((2, 3), 1 << 23),
                np.ones((1, 3), int),
                np.ones(2, int),
                "weights must be in -8388608..8388607 (24 bits), not 8388608 at position (0, 0): "
                "choose another scale or a wider format",
            ),
            (
                np.ones((2, 3), int),
                np.array([[0, 0, -32769]]),
                np.ones(2, int),
                "activations must be in -32768..32767 (16 bits), not -32769 at position (0, 2): "
                "choose another scale or a wider format",
            ),
            (
                np.ones((2, 3), int),
                np.ones((1, 3), int),
                np.array([0, 2**31]),
                "biases must be in -2147483648..2147483647 (32 bits), not 2147483648 at "
                "position 1: choose another scale or a wider format",
            ),
        ],
    )
    def test_layer(
        self, weights: np.ndarray, activations: np.ndarray, bias: np.ndarray, message: str
    ) -> None:
        with pytest.raises(InputError) as caught:
            layer(weights, activations, bias, 0, False)
        assert str(caught.value) == message

    def test_empty_network(self) -> None:
        with pytest.raises(InputError) as caught:
            network([], np.ones((1, 3), int))
        assert str(caught.value) == (
            "a network must have at least one layer, not 0: give its layers"
        )

    def test_layers_that_do_not_chain(self) -> None:
        layers = [
            FloatLayer(weights=np.ones((outputs, inputs)), bias=np.ones(outputs), relu=False)
            for outputs, inputs in [(300, 784), (100, 299)]
        ]
        with pytest.raises(InputError) as caught:
            float_network(layers, np.ones((1, 784)))
        assert str(caught.value) == (
            "layer 1 must take 300 inputs, the outputs of layer 0, not 299: "
            "check the order of the layers"
        )
