"""Compression; oracles: exact weights, the dense reference, and counts of the memory images."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.common.compress import STAGES, Density, compress
from zskip.model.common.dense import dense_layers
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import dequantize
from zskip.model.common.metrics import accuracy, max_abs_error, signal_to_noise
from zskip.model.common.pruning import prune_to_density
from zskip.model.common.reference import FloatLayer, float_network
from zskip.model.common.report import LayerReport
from zskip.model.common.scaled_network import MEASURED_SAMPLES
from zskip.model.eie.accelerator import run
from zskip.model.eie.config import PAPER, TINY
from zskip.model.eie.encoding import decode
from zskip.model.eie.engine import ENGINE
from zskip.model.eie.figures.report import LayerFigures
from zskip.model.eie.program import plan

SIZES = (24, 20, 12, 5)


def float_layers(
    sizes: Sequence[int] = SIZES, density: float = 0.3, seed: int = 4, dtype: Any = np.float32
) -> tuple[FloatLayer, ...]:
    """Random sparse layers."""
    rng = np.random.default_rng(seed)
    layers = []
    for index in range(len(sizes) - 1):
        shape = (sizes[index + 1], sizes[index])
        weights = rng.standard_normal(shape) * (rng.random(shape) < density)
        layers.append(
            FloatLayer(
                weights=weights.astype(dtype),
                bias=rng.standard_normal(shape[0]).astype(dtype),
                relu=index < len(sizes) - 2,
                name=f"fc{index + 1}",
            )
        )
    return tuple(layers)


def samples(count: int = 50, width: int = SIZES[0], seed: int = 5) -> np.ndarray:
    """Inputs of which half are zero."""
    rng = np.random.default_rng(seed)
    return rng.random((count, width)) * (rng.random((count, width)) < 0.5)


def figures(report: LayerReport) -> LayerFigures:
    """Return what the array's own report of a layer says."""
    assert isinstance(report.figures, LayerFigures)
    return report.figures


def test_few_values_are_kept_exactly() -> None:
    rng = np.random.default_rng(1)
    values = np.array([0.0, -0.75, -0.5, 0.25, 0.5, 1.0], dtype=np.float32)
    layers = (
        FloatLayer(
            weights=rng.choice(values, (20, 24)),
            bias=(rng.integers(-8, 8, 20) / 4).astype(np.float32),
            relu=False,
            name="only",
        ),
    )
    inputs = rng.integers(0, 8, (30, 24)) / 8
    result = compress(ENGINE, layers, TINY, calibration=inputs)
    layer, report = result.network.layers[0], result.layers[0]
    (on_chip,) = dense_layers(result.network)
    np.testing.assert_array_equal(
        dequantize(on_chip.weights, layer.scale.weight_fraction), layers[0].weights
    )
    assert report.exact
    assert report.shared_values == 5
    assert report.weight_snr_db == math.inf
    # What is left is the rounding of the outputs alone.
    assert report.fidelity.max_error <= 2.0 ** -(layer.scale.output_fraction + 1)


def test_report_describes_the_network() -> None:
    layers = float_layers(density=0.9)
    result = compress(ENGINE, layers, TINY, calibration=samples())
    program = plan(result.network)
    dense = dense_layers(result.network)
    for index, (layer, report, source) in enumerate(
        zip(result.network.layers, result.layers, layers, strict=True)
    ):
        assert report.name == source.name == layer.name
        assert (report.outputs, report.inputs) == source.weights.shape
        assert report.weights == source.weights.size
        np.testing.assert_array_equal(dense[index].weights != 0, source.weights != 0)
        assert (report.unused_outputs, report.unused_inputs) == (0, 0)
        assert report.nonzeros == np.count_nonzero(source.weights)
        assert report.density == report.nonzeros / report.weights
        assert figures(report).entries == report.nonzeros + figures(report).padding
        assert report.shared_values == len(np.unique(layer.codebook[layer.codebook != 0])) == 15
        assert not report.exact
        assert report.zeroed == 0
        fractions = (
            report.scale.input_fraction,
            report.scale.weight_fraction,
            report.scale.output_fraction,
        )
        assert fractions == (
            layer.scale.input_fraction,
            layer.scale.weight_fraction,
            layer.scale.output_fraction,
        )
        assert report.scale.shift == layer.scale.shift
        assert report.dense_bytes == source.weights.nbytes + source.bias.nbytes
        assert (
            figures(report).chip.codebook + figures(report).chip.descriptor
            == program.passes[index].words().nbytes
        )
    assert sum(figures(report).chip.entries for report in result.layers) == sum(
        words.nbytes for words in program.spmat
    )
    pointer_bits = program.pointers.size * TINY.pointer_bits
    assert sum(figures(report).chip.pointers for report in result.layers) == pytest.approx(
        pointer_bits / 8, abs=len(layers)
    )
    bias_bytes = program.bias.size * TINY.acc_bits // 8
    assert sum(figures(report).chip.bias for report in result.layers) == bias_bytes
    first = figures(result.layers[0]).chip
    assert first.total == (
        first.entries + first.pointers + first.codebook + first.bias + first.descriptor
    )


@pytest.mark.parametrize("asked", [False, True])
def test_biases_move_only_where_it_is_asked_for(asked: bool) -> None:
    layers = float_layers(density=0.9)
    result = compress(ENGINE, layers, TINY, calibration=samples(), bias_correction=asked)
    for layer, report, source in zip(result.network.layers, result.layers, layers, strict=True):
        fraction = layer.scale.input_fraction + layer.scale.weight_fraction
        moved = np.abs(dequantize(layer.bias, fraction) - source.bias[layer.rows]).max()
        # Where they may move, they also make up for the fixed-point grid of the weights.
        grid = 2.0**-10 if asked else 2.0**-fraction
        assert moved == pytest.approx(report.bias_change, abs=grid)
        assert (report.bias_change > 0) == asked


@pytest.mark.parametrize("bias", [0.0, 1e6])
def test_weight_error_is_that_of_the_weights_on_chip(bias: float) -> None:
    """A large bias leaves few bits for the weights, which the ratio must tell."""
    *layers, last = float_layers(density=0.9)
    layers.append(replace(last, bias=last.bias + np.float32(bias)))
    result = compress(ENGINE, layers, TINY, calibration=samples())
    dense = dense_layers(result.network)
    for on_chip, report, source in zip(dense, result.layers, layers, strict=True):
        real = dequantize(on_chip.weights, report.scale.weight_fraction)
        expected = signal_to_noise(source.weights, real)
        assert report.weight_snr_db == pytest.approx(expected)
    assert (result.layers[-1].weight_snr_db < 20) == bool(bias)


@pytest.mark.parametrize("scale", [1.0, 0.125])
def test_error_is_that_of_the_golden_model(scale: float) -> None:
    layers = float_layers()
    inputs = samples() / scale
    result = compress(ENGINE, layers, TINY, calibration=inputs, input_scale=scale)
    network = result.network
    truth = float_network(layers, inputs * scale)
    model = run(network, network.quantize_inputs(inputs))
    for layer, report, expected, given_outputs in zip(
        network.layers, result.layers, truth, model.layers, strict=True
    ):
        actual = dequantize(given_outputs.outputs, layer.scale.output_fraction)
        expected = expected[:, layer.rows]
        assert report.fidelity.max_error == pytest.approx(max_abs_error(expected, actual))
        assert report.fidelity.snr_db == pytest.approx(signal_to_noise(expected, actual))
        assert report.fidelity.snr_db > 15
        saturations = given_outputs.counters["saturations"].sum()
        assert report.fidelity.saturations == saturations
    np.testing.assert_allclose(result.float_outputs, truth[-1])
    np.testing.assert_array_equal(
        result.outputs, dequantize(model.outputs, network.layers[-1].scale.output_fraction)
    )


def test_inputs_are_scaled_before_the_scales_are_chosen() -> None:
    plain = compress(ENGINE, float_layers(), TINY, calibration=samples())
    scaled = compress(ENGINE, float_layers(), TINY, calibration=samples() * 64, input_scale=1 / 64)
    assert scaled.layers == plain.layers
    np.testing.assert_array_equal(scaled.outputs, plain.outputs)


def test_at_most_so_many_inputs_measure_the_error() -> None:
    result = compress(ENGINE, float_layers(), TINY, calibration=samples(MEASURED_SAMPLES + 20))
    assert len(result.outputs) == len(result.float_outputs) == MEASURED_SAMPLES


@pytest.mark.parametrize(
    ("density", "kept"),
    [
        (None, {}),
        (0.1, {"fc1": 0.1, "fc2": 0.1, "fc3": 0.1}),
        ({"fc2": 0.05}, {"fc2": 0.05}),
        ({}, {}),
    ],
)
def test_density(density: Density, kept: dict[str, float]) -> None:
    layers = float_layers()
    result = compress(ENGINE, layers, TINY, calibration=samples(), density=density)
    read = np.ones(layers[-1].bias.size, dtype=bool)
    for on_chip, source in zip(reversed(dense_layers(result.network)), layers[::-1], strict=True):
        expected = source.weights
        if source.name in kept:
            expected = prune_to_density(source.weights, kept[source.name])
        expected = (expected != 0) & read[:, np.newaxis]
        np.testing.assert_array_equal(on_chip.weights != 0, expected)
        read = expected.any(axis=0)


def test_values_too_small_for_the_grid_are_dropped() -> None:
    weights = np.array([[1.0, 1e-9, 0.5], [0.0, -1e-9, 0.25]], dtype=np.float32)
    layers = (FloatLayer(weights=weights, bias=np.zeros(2, np.float32), relu=False),)
    result = compress(ENGINE, layers, TINY, calibration=np.ones((1, 3)))
    report = result.layers[0]
    assert report.name == "layer0"
    assert (report.zeroed, report.shared_values, report.nonzeros) == (2, 3, 3)
    assert report.unused_inputs == 1
    layer = result.network.layers[0]
    assert result.network.gather.tolist() == [0, 2]
    assert decode(layer.matrix)[np.argsort(layer.rows)].tolist() == [[5, 4], [0, 3]]


def test_counts_weights_that_become_zero() -> None:
    """At 15 fraction bits 2**-16 rounds up, and what is below in magnitude is lost."""
    lost = [2.0**-17, -(2.0**-16), -(2.0**-20)]
    weights = np.array([[0.9, 2.0**-16, 0.0, *lost], [0.0, 0.1, 0.2, *lost]])
    layers = (FloatLayer(weights=weights, bias=np.zeros(2), relu=False),)
    (report,) = compress(ENGINE, layers, TINY, calibration=np.full((1, 6), 0.5)).layers
    assert report.scale.weight_fraction == 15
    assert report.zeroed == 3
    assert report.zeroed_weights == 6
    assert report.warnings() == (
        "layer layer0: 6 of 10 weights are zero on chip, as half a fixed-point step is 1.53e-05",
    )


@pytest.mark.parametrize(
    ("scale", "bias", "cause"),
    [
        (1e-12, 0.0, "step 9.31e-10, the finest step there is: scale the weights up"),
        (
            1e-6,
            -1e6,
            "step 8, for the sums, with biases up to 1e+06, to fit 32 bits: set acc_bits "
            "higher, or train the network with smaller biases and inputs",
        ),
    ],
)
def test_weights_that_all_become_zero_are_refused(scale: float, bias: float, cause: str) -> None:
    layer = FloatLayer(
        weights=np.array([[scale, -scale / 2], [scale, scale]]),
        bias=np.array([bias, 0.0]),
        relu=True,
        name="fc",
    )
    with pytest.raises(InputError) as caught:
        compress(ENGINE, (layer,), TINY, calibration=np.ones((1, 2)))
    assert str(caught.value) == (
        f"layer 'fc': weights must not all round to zero, but the largest is {scale:.3g} and a "
        f"fixed-point {cause}"
    )


def test_a_layer_whose_outputs_are_its_biases_needs_no_weights() -> None:
    layer = FloatLayer(weights=np.array([[1e-6, -1e-6]]), bias=np.array([1e4]), relu=False)
    (report,) = compress(ENGINE, (layer,), TINY, calibration=np.ones((1, 2))).layers
    assert report.warnings() == (
        "layer layer0: 2 of 2 weights are zero on chip, as half a fixed-point step is "
        f"{2.0**-report.scale.weight_fraction / 2:.3g}",
    )
    assert report.fidelity.snr_db > 80


@pytest.mark.parametrize("weight_bits", [2, 3, 8])
def test_codebook_has_the_size_of_the_configuration(weight_bits: int) -> None:
    config = TINY.replace(weight_bits=weight_bits, entries_per_word=4)
    result = compress(ENGINE, float_layers(), config, calibration=samples())
    layer = result.network.layers[0]
    assert layer.codebook.size == 2**weight_bits
    distinct = np.count_nonzero(float_layers()[0].weights)
    assert result.layers[0].shared_values == min(2**weight_bits - 1, distinct)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_every_float_dtype(dtype: Any) -> None:
    result = compress(ENGINE, float_layers(dtype=dtype), TINY, calibration=samples())
    assert result.layers[-1].fidelity.snr_db > 15


def test_inputs_of_integers() -> None:
    inputs = (samples() * 255).astype(np.uint8)
    result = compress(ENGINE, float_layers(), TINY, calibration=inputs, input_scale=1 / 255)
    floats = compress(
        ENGINE, float_layers(), TINY, calibration=inputs.astype(float), input_scale=1 / 255
    )
    np.testing.assert_array_equal(result.outputs, floats.outputs)


def test_a_layer_of_zeros() -> None:
    layers = float_layers(density=0.0)
    result = compress(ENGINE, layers, TINY, calibration=samples())
    assert [figures(report).entries for report in result.layers] == [0, 0, 0]
    assert result.layers[0].weight_snr_db == math.inf


def test_progress_is_one_for_each_layer_and_stage() -> None:
    steps: list[int] = []
    compress(ENGINE, float_layers(), TINY, calibration=samples(), on_progress=steps.append)
    assert steps == [1] * (3 + STAGES)


def test_repeats_bit_for_bit() -> None:
    first = compress(ENGINE, float_layers(), TINY, calibration=samples())
    second = compress(ENGINE, float_layers(), TINY, calibration=samples())
    assert first.layers == second.layers
    for left, right in zip(first.network.layers, second.network.layers, strict=True):
        assert left.codebook.tobytes() == right.codebook.tobytes()
        assert left.matrix.codes.tobytes() == right.matrix.codes.tobytes()


def test_weights_are_not_changed() -> None:
    layers = float_layers()
    before = [layer.weights.copy() for layer in layers]
    compress(ENGINE, layers, TINY, calibration=samples(), density=0.1)
    for layer, copy in zip(layers, before, strict=True):
        np.testing.assert_array_equal(layer.weights, copy)


@given(
    st.lists(st.integers(1, 30), min_size=2, max_size=4),
    st.sampled_from([1, 2, 4, 16]),
    st.floats(0.0, 1.0),
    st.integers(0, 100),
)
def test_any_network_gives_a_sound_one(
    sizes: list[int], pe_count: int, density: float, seed: int
) -> None:
    layers = float_layers(sizes, density, seed)
    inputs = samples(5, sizes[0], seed)
    config = TINY.replace(pe_count=pe_count, spmat_depth=4096)
    result = compress(ENGINE, layers, config, calibration=inputs)
    result.network.check()
    model = run(result.network, result.network.quantize_inputs(inputs))
    assert not any(part.counters["overflows"].any() for part in model.layers)
    fraction = result.network.layers[-1].scale.output_fraction
    np.testing.assert_array_equal(result.outputs, dequantize(model.outputs, fraction))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"calibration": None},
            "calibration inputs must be given, not none: the fixed-point scales are chosen from "
            "them; some hundred typical inputs will do",
        ),
        (
            {"calibration": np.zeros((3, 23))},
            "calibration inputs must have shape (n, 24) with n at least 1, not (3, 23): give rows "
            "of 24 values, one for each input of the first layer",
        ),
        (
            {"calibration": np.zeros((0, 24))},
            "calibration inputs must have shape (n, 24) with n at least 1, not (0, 24): give rows "
            "of 24 values, one for each input of the first layer",
        ),
        (
            {"calibration": np.full((1, 24), np.inf)},
            "calibration inputs must be finite, not inf at position (0, 0): remove NaN and "
            "infinite values",
        ),
        (
            {"input_scale": 0.0},
            "the input scale must be positive and finite, not 0.0: give the "
            "factor from these inputs to those of training, such as 0.0039",
        ),
        (
            {"input_scale": math.nan},
            "the input scale must be positive and finite, not nan: give the "
            "factor from these inputs to those of training, such as 0.0039",
        ),
        (
            {"density": 0.0},
            "layer 'fc1': density must be above 0 and at most 1, not 0.0: give the share of "
            "weights to keep, such as 0.1",
        ),
        (
            {"density": {"fc3": 1.5}},
            "layer 'fc3': density must be above 0 and at most 1, not 1.5: give the share of "
            "weights to keep, such as 0.1",
        ),
        (
            {"density": {"fc4": 0.5}},
            "a density must be given for a layer of the network, not for 'fc4': the layers are "
            "fc1, fc2, fc3",
        ),
    ],
)
def test_refuses(changes: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"calibration": samples(), **changes}
    with pytest.raises(InputError) as caught:
        compress(ENGINE, float_layers(), TINY, **arguments)
    assert str(caught.value) == message


def test_refuses_a_network_that_is_not_sound() -> None:
    with pytest.raises(InputError, match="at least one layer"):
        compress(ENGINE, (), TINY, calibration=samples())
    first, *rest = float_layers()
    with pytest.raises(InputError, match=r"^layer 'fc1': weights must be floats, not int64"):
        compress(
            ENGINE,
            (replace(first, weights=np.ones((20, 24), np.int64)), *rest),
            TINY,
            calibration=samples(),
        )
    with pytest.raises(InputError, match="layer 'fc1' has 20 outputs and layer 'fc3' takes 12"):
        compress(ENGINE, (first, rest[1]), TINY, calibration=samples())


def test_refuses_weights_beyond_the_range() -> None:
    (layer,) = float_layers((4, 3), 1.0)
    huge = replace(layer, weights=layer.weights.astype(np.float64) * 1e40)
    with pytest.raises(InputError, match=r"^layer 'fc1': weights must be below 2\*\*128"):
        compress(ENGINE, (huge,), TINY, calibration=samples(5, 4))


def test_refuses_what_does_not_fit() -> None:
    with pytest.raises(InputError) as caught:
        compress(ENGINE, float_layers(), TINY.replace(bias_depth=4), calibration=samples())
    assert str(caught.value) == (
        "the network must fit the 4 PEs of the configuration, which hold in each PE: biases "
        "(bias_depth) 4, needed 9; use 16 PEs, or --set bias_depth=9"
    )


def test_lenet_keeps_its_accuracy(shared_data: Path) -> None:
    """Oracle: the published labels of all 10,000 test images."""
    with np.load(shared_data / "lenet-300-100" / "pruned.npz") as archive:
        layers = tuple(
            FloatLayer(
                weights=archive[f"ip{number}.weight"],
                bias=archive[f"ip{number}.bias"],
                relu=number < 3,
                name=f"ip{number}",
            )
            for number in (1, 2, 3)
        )
    with np.load(shared_data / "lenet-300-100" / "mnist-test.npz") as archive:
        images, labels = archive["images"].reshape(10000, -1), archive["labels"]
    config = PAPER.replace(pe_count=16)
    result = compress(ENGINE, layers, config, calibration=images[:500], input_scale=1 / 256)
    outputs = run(result.network, result.network.quantize_inputs(images)).outputs
    assert accuracy(outputs, labels) >= 0.976
