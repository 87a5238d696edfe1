"""Scales against the rules they follow, and a trained network in fixed point."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.common.calibration import calibrate, quantize_bias
from zskip.model.common.codebook import cluster
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import dequantize, limits, quantize
from zskip.model.common.metrics import accuracy, signal_to_noise
from zskip.model.common.reference import (
    DenseLayer,
    DenseResult,
    FloatLayer,
    float_network,
    network,
)
from zskip.model.common.scale import LayerScale


def run_fixed(
    layers: list[FloatLayer], scales: list[LayerScale], inputs: np.ndarray, acc_bits: int = 32
) -> list[DenseResult]:
    """Compute a network in fixed point at the given scales."""
    steps = []
    for step, scale in zip(layers, scales, strict=True):
        weights, saturated = quantize(step.weights, scale.weight_fraction)
        assert not saturated.any()
        bias = quantize_bias(step.bias, scale, acc_bits)
        steps.append(DenseLayer(weights=weights, bias=bias, shift=scale.shift, relu=step.relu))
    return network(steps, quantize(inputs, scales[0].input_fraction)[0], acc_bits)


def calibrate_layers(
    layers: list[FloatLayer],
    inputs: np.ndarray,
    acc_bits: int = 32,
    headroom_bits: int = 1,
    widths: tuple[int, int] = (16, 16),
) -> list[LayerScale]:
    return calibrate(
        [step.weights for step in layers],
        [step.bias for step in layers],
        [step.relu for step in layers],
        inputs,
        acc_bits,
        headroom_bits,
        weight_bits=widths[0],
        activation_bits=widths[1],
    )


def random_layers(seed: int, sizes: list[int], magnitudes: list[float]) -> list[FloatLayer]:
    """Sparse layers whose weights have the given largest magnitudes."""
    rng = np.random.default_rng(seed)
    return [
        FloatLayer(
            weights=rng.uniform(-peak, peak, (outputs, inputs))
            * (rng.random((outputs, inputs)) < 0.4),
            bias=rng.uniform(-peak, peak, outputs),
            relu=index < len(sizes) - 2,
        )
        for index, (inputs, outputs, peak) in enumerate(
            zip(sizes[:-1], sizes[1:], magnitudes, strict=True)
        )
    ]


def test_worked_example() -> None:
    scales = calibrate([np.array([[0.75, -0.5]])], [np.array([0.25])], [False], np.ones((1, 2)))
    # 1.0 * 2**13 <= 16383; 0.75 * 2**15 <= 32767; (0.25 + 0.75 + 0.5) * 2**28 <= 2**30 - 1;
    # |0.5| * 2**14 <= 16383.
    assert scales == [LayerScale(input_fraction=13, weight_fraction=15, output_fraction=14)]
    assert scales[0].shift == 14
    assert scales[0].accumulator_fraction == 28


@pytest.mark.parametrize(("headroom", "fraction"), [(0, 15), (1, 14), (3, 12), (14, 0)])
def test_headroom_of_activations(headroom: int, fraction: int) -> None:
    inputs = np.array([[0.25], [-0.9]])
    (scale,) = calibrate([np.array([[0.5]])], [np.zeros(1)], [False], inputs, 32, headroom)
    assert scale.input_fraction == fraction


def test_headroom_reaches_its_limit_exactly() -> None:
    inputs = np.array([[16383.0]])
    (scale,) = calibrate([np.ones((1, 1))], [np.zeros(1)], [False], inputs)
    assert scale.input_fraction == scale.output_fraction == 0


def test_sums_lower_the_weight_fraction() -> None:
    weights = np.full((1, 1024), 0.5)
    weights[0, ::2] = -0.5
    (scale,) = calibrate([weights], [np.zeros(1)], [False], np.ones((1, 1024)))
    # The outputs cancel to 0, yet any order of 512 * 2**(13 + 7) < 2**30 has to fit.
    assert (scale.input_fraction, scale.weight_fraction) == (13, 7)


def test_output_fraction_never_exceeds_the_accumulator_s() -> None:
    """Large numbers that cancel leave outputs finer than the sums they come from."""
    weights = np.array([[1000.0, -1000.0]])
    inputs = np.array([[1000.0, 1000.0 - 2.0**-30]])
    scales = calibrate([weights, np.ones((1, 1))], [np.zeros(1), np.zeros(1)], [True] * 2, inputs)
    assert scales[0].accumulator_fraction == scales[0].output_fraction == 9
    assert scales[0].shift == 0
    assert scales[1].input_fraction == 9


def test_shift_stays_below_the_accumulator_s_width() -> None:
    """Tiny weights and outputs with a large maximum fraction still shift by less than 32 bits."""
    weights = [np.array([[2.0**-20]]), np.zeros((1, 1))]
    scales = calibrate(weights, [np.zeros(1)] * 2, [False] * 2, np.array([[2.0**-16]]), acc_bits=16)
    assert all(0 <= scale.shift <= 15 for scale in scales)


def test_zeros_have_scales() -> None:
    scales = calibrate(
        [np.zeros((2, 3)), np.ones((1, 2))],
        [np.zeros(2), np.zeros(1)],
        [True] * 2,
        np.zeros((2, 3)),
    )
    as_if_one = LayerScale(input_fraction=13, weight_fraction=14, output_fraction=13)
    assert scales == [as_if_one, as_if_one]


def test_chunks_and_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = random_layers(5, [30, 20, 10], [0.3, 0.4])
    inputs = np.random.default_rng(6).random((50, 30)).astype(np.float32)
    inputs[10] *= 8
    whole = calibrate_layers(layers, inputs)
    monkeypatch.setattr("zskip.model.common.calibration.SAMPLES_PER_CHUNK", 7)
    monkeypatch.setattr("zskip.model.common.calibration.ELEMENTS_PER_BLOCK", 90)
    assert calibrate_layers(layers, inputs) == whole


@given(
    st.integers(0, 10**6),
    st.lists(st.integers(1, 12), min_size=2, max_size=4),
    st.lists(st.sampled_from([1e-4, 0.05, 1.0, 300.0]), min_size=3, max_size=3),
    st.sampled_from([24, 32, 40]),
    st.integers(0, 4),
    st.tuples(st.sampled_from([16, 8]), st.sampled_from([16, 8])),
)
def test_rules_hold(
    seed: int,
    sizes: list[int],
    magnitudes: list[float],
    acc_bits: int,
    headroom: int,
    widths: tuple[int, int],
) -> None:
    """Every fraction is the largest one its limits allow, in exact rational numbers."""
    layers = random_layers(seed, sizes, magnitudes[: len(sizes) - 1])
    inputs = np.random.default_rng(seed + 1).uniform(-2, 2, (5, sizes[0]))
    scales = calibrate_layers(layers, inputs, acc_bits, headroom, widths)
    activations = [inputs, *float_network(layers, inputs)]
    weight_limit, activation_limit = limits(widths[0])[1], limits(widths[1])[1] >> headroom
    sum_limit = limits(acc_bits)[1] >> headroom

    def fits(peak: float, fraction: int, limit: int) -> bool:
        return Fraction(peak) * Fraction(2) ** fraction <= limit

    for index, (step, scale) in enumerate(zip(layers, scales, strict=True)):
        magnitude = np.abs(activations[index]) @ np.abs(step.weights).T + np.abs(step.bias)
        peaks = {
            "input": np.abs(activations[index]).max(),
            "weight": np.abs(step.weights).max() or 1.0,
            "output": np.abs(activations[index + 1]).max() or 1.0,
            "sum": magnitude.max() * (1 - 1e-12),
        }
        assert fits(peaks["input"], scale.input_fraction, activation_limit)
        assert fits(peaks["weight"], scale.weight_fraction, weight_limit)
        assert fits(peaks["output"], scale.output_fraction, activation_limit)
        assert fits(peaks["sum"], scale.accumulator_fraction, sum_limit)
        assert 0 <= scale.shift <= acc_bits - 1
        assert (
            scale.weight_fraction == 30
            or not fits(peaks["weight"], scale.weight_fraction + 1, weight_limit)
            or not fits(magnitude.max() * (1 + 1e-12), scale.accumulator_fraction + 1, sum_limit)
            or scale.shift == acc_bits - 1
        )
        assert (
            scale.output_fraction == 30
            or scale.shift == 0
            or not fits(peaks["output"], scale.output_fraction + 1, activation_limit)
        )
        if index:
            assert scale.input_fraction == scales[index - 1].output_fraction


@given(st.integers(0, 10**6), st.sampled_from([0.05, 1.0, 50.0]))
def test_fixed_point_follows_float(seed: int, magnitude: float) -> None:
    """On the calibration inputs only what ReLU clears saturates, and the error is small."""
    layers = random_layers(seed, [20, 16, 8], [magnitude, magnitude])
    inputs = np.random.default_rng(seed + 1).uniform(-1, 1, (10, 20))
    scales = calibrate_layers(layers, inputs)
    results = run_fixed(layers, scales, inputs)
    for scale, result, expected in zip(scales, results, float_network(layers, inputs), strict=True):
        assert not (result.saturated & (result.y != 0)).any()
        assert signal_to_noise(expected, dequantize(result.y, scale.output_fraction)) > 40


class TestQuantizeBias:
    SCALE = LayerScale(input_fraction=13, weight_fraction=15, output_fraction=14)

    def test_at_accumulator_scale(self) -> None:
        bias = np.array([1.0, -(2.0**-29), 2.0**-29, -8.0])
        assert quantize_bias(bias, self.SCALE).tolist() == [2**28, 0, 1, -(2**31)]

    def test_refuses_what_does_not_fit(self) -> None:
        with pytest.raises(InputError) as caught:
            quantize_bias(np.array([1.0, -8.5, 8.0]), self.SCALE)
        assert str(caught.value) == (
            "biases must fit 32 bits with 28 fraction bits, not -8.5 of output 1: "
            "use a wider accumulator or fewer fraction bits"
        )

    def test_refuses_what_is_not_finite(self) -> None:
        with pytest.raises(InputError, match="biases must be finite, not nan at position 0"):
            quantize_bias(np.array([np.nan]), self.SCALE)


class TestErrors:
    WEIGHTS = (np.ones((2, 3)), np.ones((1, 2)))
    BIASES = (np.zeros(2), np.zeros(1))
    INPUTS = np.ones((4, 3))

    def message(self, **changes: Any) -> str:
        arguments: dict[str, Any] = {
            "weights": self.WEIGHTS,
            "biases": self.BIASES,
            "relus": [True, False],
            "inputs": self.INPUTS,
        }
        with pytest.raises(InputError) as caught:
            calibrate(**(arguments | changes))
        return str(caught.value)

    def test_lengths(self) -> None:
        assert self.message(relus=[True]) == (
            "weights, biases and relus must be given for the same layers, not for 2, 2 and 1: "
            "give one of each per layer"
        )

    def test_empty_network(self) -> None:
        assert self.message(weights=[], biases=[], relus=[]) == (
            "a network must have at least one layer, not 0: give its layers"
        )

    def test_chain(self) -> None:
        assert self.message(
            weights=(np.ones((3, 3)), np.ones((1, 2))), biases=(np.ones(3), np.ones(1))
        ) == (
            "layer 1 must take 3 inputs, the outputs of layer 0, not 2: "
            "check the order of the layers"
        )

    def test_weights(self) -> None:
        assert self.message(weights=(np.full((2, 3), np.nan), np.ones((1, 2)))) == (
            "weights must be finite, not nan at position (0, 0): remove NaN and infinite values"
        )
        assert self.message(weights=(np.ones((2, 3)), np.full((1, 2), -1e10))) == (
            "weights of layer 1 must be at most 2**31 in magnitude, not 1e+10: "
            "scale the network down"
        )

    def test_biases(self) -> None:
        assert self.message(biases=(np.array([0.0, np.inf]), np.zeros(1))) == (
            "biases must be finite, not inf at position 1: remove NaN and infinite values"
        )
        assert self.message(biases=(np.zeros(3), np.zeros(1))) == (
            "biases must be of shape (2,), not (3,): give one per output"
        )

    def test_inputs(self) -> None:
        shape = "give at least one row of the network's inputs"
        assert self.message(inputs=np.ones((4, 2))) == (
            f"inputs must be of shape (samples, 3), not (4, 2): {shape}"
        )
        assert self.message(inputs=np.ones((0, 3))) == (
            f"inputs must be of shape (samples, 3), not (0, 3): {shape}"
        )
        assert self.message(inputs=np.ones((1, 3), np.uint8)) == (
            "inputs must be floats, not uint8: scale them as in training and convert"
        )
        assert self.message(inputs=np.full((1, 3), np.nan)) == (
            "inputs must be finite, not nan at position (0, 0): remove NaN and infinite values"
        )
        assert self.message(inputs=np.full((1, 3), 1e12)) == (
            "inputs must be at most 2**31 in magnitude, not 1e+12: scale the network down"
        )

    def test_outputs(self) -> None:
        assert self.message(weights=(np.full((2, 3), 1e9), np.full((1, 2), 1e9))) == (
            "outputs of layer 0 must be at most 2**31 in magnitude, not 3e+09: "
            "scale the network down"
        )

    def test_fractions(self) -> None:
        weights = np.array([[1e9, -1e9]])
        inputs = np.full((1, 2), 1e9)
        message = self.message(
            weights=[weights], biases=[np.zeros(1)], relus=[False], inputs=inputs, acc_bits=8
        )
        assert message == (
            "layer 0 must keep fractions of at least -32 bits, not -39 for weights and -55 for "
            "outputs with 8-bit sums: widen the accumulator or scale the network down"
        )

    @pytest.mark.parametrize(
        ("acc_bits", "headroom", "most"), [(32, -1, 14), (32, 15, 14), (8, 7, 6)]
    )
    def test_headroom(self, acc_bits: int, headroom: int, most: int) -> None:
        assert self.message(acc_bits=acc_bits, headroom_bits=headroom) == (
            f"headroom_bits must be 0 to {most}, not {headroom}: 1 leaves a factor of two"
        )

    def test_accumulator(self) -> None:
        assert self.message(acc_bits=63) == (
            "bits must be 2 to 62, not 63: choose a width int64 can add in"
        )


def lenet(folder: Path) -> tuple[list[FloatLayer], np.ndarray, np.ndarray]:
    """Load the trained network, the test images and their labels."""
    with np.load(folder / "lenet-300-100" / "pruned.npz") as archive:
        layers = [
            FloatLayer(
                weights=archive[f"ip{number}.weight"],
                bias=archive[f"ip{number}.bias"],
                relu=number < 3,
            )
            for number in (1, 2, 3)
        ]
    with np.load(folder / "lenet-300-100" / "mnist-test.npz") as archive:
        return layers, archive["images"].reshape(-1, 784) / 256, archive["labels"]


def test_lenet_keeps_its_accuracy(shared_data: Path) -> None:
    """Float 98.01 %; with 15 shared weights in fixed point at least 97.6 % of 10,000 images."""
    layers, images, labels = lenet(shared_data)
    assert accuracy(float_network(layers, images)[-1], labels) == 0.9801
    shared = [
        FloatLayer(weights=cluster(step.weights).decode(), bias=step.bias, relu=step.relu)
        for step in layers
    ]
    scales = calibrate_layers(shared, images[:500])
    results = run_fixed(shared, scales, images)
    assert accuracy(results[-1].y, labels) >= 0.976
    assert sum(int(result.saturated.sum()) for result in results) == 0
    for step, scale in zip(shared, scales, strict=True):
        fixed, _ = quantize(step.weights, scale.weight_fraction)
        assert np.count_nonzero(fixed) == np.count_nonzero(step.weights)
    for scale, result, expected in zip(scales, results, float_network(shared, images), strict=True):
        assert signal_to_noise(expected, dequantize(result.y, scale.output_fraction)) > 60


def test_each_layer_may_have_weights_of_its_own_width() -> None:
    layers = random_layers(5, [9, 8, 7], [0.9, 0.4])
    inputs = np.random.default_rng(6).random((20, 9))
    given = ([step.weights for step in layers], [step.bias for step in layers], [True, False])
    mixed = calibrate(*given, inputs, weight_bits=[4, 12])
    wide = calibrate(*given, inputs, weight_bits=12)
    assert [scale.weight_fraction for scale in mixed] == [
        wide[0].weight_fraction - 8,
        wide[1].weight_fraction,
    ]
