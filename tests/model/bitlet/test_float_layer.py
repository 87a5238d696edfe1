"""Layers in floating point; oracles: the lanes' own sums, and float64 with the error bound."""

from pathlib import Path

import numpy as np
import pytest

import zskip
from zskip.model.bitlet import float_layer as module
from zskip.model.bitlet.alignment import align_rows
from zskip.model.bitlet.config import BITLET
from zskip.model.bitlet.distil import distil
from zskip.model.bitlet.float_layer import float_layer
from zskip.model.common.fixed import FloatArray, IntArray
from zskip.model.common.floats import FLOAT16, FLOAT32, FloatFormat


def layer(
    rng: np.random.Generator, outputs: int, inputs: int, number: FloatFormat
) -> tuple[IntArray, IntArray]:
    """Draw weights and biases."""
    weights = rng.standard_normal((outputs, inputs)) / np.sqrt(inputs)
    return number.words(weights, "weights"), number.words(rng.standard_normal(outputs), "biases")


def reals(number: FloatFormat, *words: IntArray) -> list[FloatArray]:
    """Return what words stand for."""
    return [number.values(each) for each in words]


@pytest.mark.parametrize(("number", "lanes"), [(FLOAT16, 24), (FLOAT16, 11), (FLOAT32, 24)])
@pytest.mark.parametrize("relu", [False, True])
def test_against_float64(number: FloatFormat, lanes: int, relu: bool) -> None:
    rng = np.random.default_rng(1)
    weights, biases = layer(rng, 30, 200, number)
    inputs = number.words(np.maximum(rng.standard_normal((5, 200)), 0), "inputs")
    outputs = float_layer(weights, biases, inputs, number, relu=relu, lanes=lanes, pairs=64)
    assert not outputs.overflows.any()
    assert not outputs.special.any()
    w, b, x, y = reals(number, weights, biases, inputs, outputs.words)
    expected = x @ w.T + b
    products = np.abs(x[:, None] * w)
    largest = np.maximum(products.max(axis=-1), np.abs(b))
    if relu:
        assert (expected < 0).any()
        expected = np.maximum(expected, 0)
    # The sum's bound for 201 products, and one unit of the truncated output.
    bound = 201 * 2.0 ** (2 - lanes) * largest + 2.0**-number.fraction_bits * np.abs(expected)
    assert (np.abs(y - expected) <= bound).all()


def test_lanes_give_the_same_sums() -> None:
    rng = np.random.default_rng(2)
    weights, biases = layer(rng, 5, 90, FLOAT32)
    inputs = FLOAT32.words(rng.standard_normal((1, 90)), "inputs")
    outputs = float_layer(weights, biases, inputs, FLOAT32, relu=False, lanes=24, pairs=64)
    for output in range(5):
        row, start, unit, _ = align_rows(
            weights[output], inputs[0], FLOAT32, 24, 64, biases=biases[output]
        )
        done = distil([row], BITLET, biases=[int(start)], floating=True)
        assert FLOAT32.pack(done.sums[0], unit).words == outputs.words[0, output]


def test_blocks_of_rows_are_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    weights, biases = layer(rng, 7, 20, FLOAT16)
    inputs = FLOAT16.words(rng.standard_normal((3, 20)), "inputs")
    whole = float_layer(weights, biases, inputs, FLOAT16, relu=False, lanes=24, pairs=8)
    monkeypatch.setattr(module, "CHUNK", 50)
    parts = float_layer(weights, biases, inputs, FLOAT16, relu=False, lanes=24, pairs=8)
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_array_equal(one, other)


def test_overflows_and_infinities_are_told() -> None:
    weights = FLOAT16.words([[60000.0], [-60000.0], [1.0]], "weights")
    biases = FLOAT16.words([10000.0, -10000.0, 0.0], "biases")
    first = float_layer(
        weights, biases, FLOAT16.words([[1.0]], "inputs"), FLOAT16, relu=True, lanes=24, pairs=8
    )
    # Of the second, ReLU makes 0.
    assert first.words.tolist() == [[0x7C00, 0, 0x3C00]]
    assert first.overflows.tolist() == [[True, True, False]]
    assert not first.special.any()
    ones = np.full((1, 3), 0x3C00)
    second = float_layer(
        ones, np.zeros(1, dtype=np.int64), first.words, FLOAT16, relu=False, lanes=24, pairs=8
    )
    assert second.special.tolist() == [[True]]
    biases = first.words[0, [0, 2]]
    third = float_layer(
        ones[:, :1].repeat(2, 0), biases, ones[:, :1], FLOAT16, relu=False, lanes=24, pairs=8
    )
    assert third.special.tolist() == [[True, False]]


@pytest.mark.parametrize(
    ("weight", "bias", "expected"),
    [
        (1.0, 0.25, 1.25),
        (2.0**-20, -3.0, 2.0**-20 - 3.0),
        # The bias is far above the products, or far below: the accumulator is shifted to nothing.
        (2.0**-60, 1.0, 1.0),
        (1.0, 2.0**-60, 1.0),
        (1.0, -(2.0**-149), 1.0 - 2.0**-24),
        (0.0, -0.5, -0.5),
        (0.0, 2.0**-149, 2.0**-149),
        (0.5, 0.0, 0.5),
    ],
)
def test_biases(weight: float, bias: float, expected: float) -> None:
    """A sum that is not exact is truncated down, by its shift to the right."""
    words = [FLOAT32.words([value], "values") for value in (weight, bias, 1.0)]
    outputs = float_layer(
        words[0][None], words[1], words[2][None], FLOAT32, relu=False, lanes=24, pairs=8
    )
    assert FLOAT32.values(outputs.words) == [[expected]]


def test_a_bias_of_zero_has_no_exponent() -> None:
    """Products far below it keep bits that only their sum shows: 64 of 1.5 * 2**-149."""
    weights = FLOAT32.words(np.full((1, 64), 1.5 * 2.0**-90), "weights")
    inputs = FLOAT32.words(np.full((1, 64), 2.0**-59), "inputs")
    zero = np.zeros(1, dtype=np.int64)
    outputs = float_layer(weights, zero, inputs, FLOAT32, relu=False, lanes=24, pairs=64)
    assert FLOAT32.values(outputs.words) == [[96 * 2.0**-149]]


def test_digits_are_told_as_in_float64() -> None:
    """The network of the demonstration, in its own numbers."""
    folder = Path(zskip.__file__).parent / "examples" / "digits"
    network, test = np.load(folder / "network.npz"), np.load(folder / "test.npz")
    plain = test["inputs"][:60].astype(np.float64)
    words = {number: number.words(plain, "inputs") for number in (FLOAT16, FLOAT32)}
    for name in ("fc1", "fc2", "fc3"):
        relu = name != "fc3"
        weights, biases = network[f"{name}.weight"], network[f"{name}.bias"]
        plain = plain @ weights.T.astype(np.float64) + biases
        plain = np.maximum(plain, 0) if relu else plain
        for number, inputs in words.items():
            layer_words = number.words(weights, "weights"), number.words(biases, "biases")
            done = float_layer(*layer_words, inputs, number, relu=relu, lanes=24, pairs=64)
            words[number] = done.words
    for number, outputs in words.items():
        values = number.values(outputs)
        np.testing.assert_array_equal(values.argmax(axis=1), plain.argmax(axis=1))
        assert np.abs(values - plain).max() < 2.0 ** (3 - number.fraction_bits) * plain.max()
