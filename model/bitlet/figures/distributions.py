"""Distributions of weights on which bit-interleaving is measured, drawn as magnitudes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from zskip.model.bitlet.alignment import align, product_exponents
from zskip.model.common.fixed import FloatArray, IntArray
from zskip.model.common.floats import FLOAT16, FLOAT32, FloatFormat, Unpacked

Shape = tuple[int, int]
Draw = Callable[[np.random.Generator, Shape], IntArray]

BFLOAT16 = FloatFormat(name="bfloat16", exponent_bits=8, fraction_bits=7)
"""Drawn only; the engine has no such activations."""

FLOAT_SCALE = 0.05
"""Standard deviation of floating-point weights."""


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """Random weights of one precision.

    Parameters
    ----------
    name : str
        What is drawn, for people.
    lanes : int
        Bits of a magnitude.
    draw : callable
        Gives magnitudes of shape (groups, pairs) from a generator.
    floating : bool
        Whether the magnitudes are aligned significands, in groups of an exponent each.
    """

    name: str
    lanes: int
    draw: Draw
    floating: bool = False


def _gauss(rng: np.random.Generator, shape: Shape) -> FloatArray:
    return rng.standard_normal(shape)


def _laplace(rng: np.random.Generator, shape: Shape) -> FloatArray:
    """Draw with a standard deviation of 1."""
    return rng.laplace(scale=2**-0.5, size=shape)


def _quantized(values: FloatArray, clip: float, lanes: int) -> IntArray:
    """Round magnitudes so that `clip` becomes the largest one, and limit them to it."""
    largest = (1 << lanes) - 1
    return np.minimum(np.round(np.abs(values) / clip * largest), largest).astype(np.int64)


def _integers(name: str, clip: float, lanes: int, source: Callable = _gauss) -> Distribution:
    """Draw integers as sign and magnitude."""
    return Distribution(
        name=name,
        lanes=lanes,
        draw=lambda rng, shape: _quantized(source(rng, shape), clip, lanes),
    )


def _pruned(name: str, share: float) -> Distribution:
    """Draw 8-bit integers of which a share, the smallest, are 0."""

    def draw(rng: np.random.Generator, shape: Shape) -> IntArray:
        values = _gauss(rng, shape)
        kept = np.abs(values) >= np.quantile(np.abs(values), share)
        return _quantized(values, 4, 7) * kept

    return Distribution(name=name, lanes=7, draw=draw)


def _twos_complement(rng: np.random.Generator, shape: Shape) -> IntArray:
    values = _gauss(rng, shape)
    return np.copysign(_quantized(values, 4, 7), values).astype(np.int64) & 0xFF


def _unpacked(values: FloatArray, number: FloatFormat) -> Unpacked:
    if number is BFLOAT16:
        return number.unpack(FLOAT32.words(values, "weights") >> FLOAT32.bits - number.bits)
    return number.unpack(number.words(values, "numbers"))


def _own_exponents(name: str, number: FloatFormat) -> Distribution:
    """Draw weights that are aligned by their own exponents, in as many lanes as they have bits."""

    def draw(rng: np.random.Generator, shape: Shape) -> IntArray:
        weights = _unpacked(FLOAT_SCALE * _gauss(rng, shape), number)
        exponents = weights.exponents
        return _aligned(weights, exponents, number.significand_bits, number)

    return Distribution(name=name, lanes=number.significand_bits, draw=draw, floating=True)


def _products(
    name: str, number: FloatFormat, *, relu: bool = False, dropped: bool = False
) -> Distribution:
    """Draw weights that are aligned by the exponents of their products, in 24 lanes.

    A zero activation counts with its exponent field, as in the published circuit, or is dropped.
    """

    def draw(rng: np.random.Generator, shape: Shape) -> IntArray:
        weights = _unpacked(FLOAT_SCALE * _gauss(rng, shape), number)
        values = _gauss(rng, shape)
        activations = _unpacked(np.maximum(values, 0) if relu else values, number)
        exponents = weights.exponents + activations.exponents * (activations.significands > 0)
        if dropped:
            exponents = product_exponents(weights, activations)
        return _aligned(weights, exponents, 24, number)

    return Distribution(name=name, lanes=24, draw=draw, floating=True)


def _aligned(weights: Unpacked, exponents: IntArray, lanes: int, number: FloatFormat) -> IntArray:
    largest = exponents.max(axis=-1)
    return align(weights.significands, exponents, largest, lanes, number.significand_bits)


DISTRIBUTIONS = (
    _integers("int4 Gauss, clip 3", 3, 3),
    _integers("int8 Gauss, clip 3", 3, 7),
    _integers("int8 Gauss, clip 4", 4, 7),
    _integers("int8 Gauss, clip 6", 6, 7),
    Distribution(name="int8 Gauss, two's complement", lanes=8, draw=_twos_complement),
    _integers("int8 Laplace, clip 8", 8, 7, _laplace),
    _pruned("int8 Gauss, half pruned", 0.5),
    _pruned("int8 Gauss, 90% pruned", 0.9),
    _integers("int16 Gauss, clip 4", 4, 15),
    _own_exponents("fp16 by weights", FLOAT16),
    _products("fp16 by products", FLOAT16),
    _products("fp16 by products, ReLU", FLOAT16, relu=True),
    _products("fp16 by products, ReLU dropped", FLOAT16, relu=True, dropped=True),
    _own_exponents("bf16 by weights", BFLOAT16),
    _own_exponents("fp32 by weights", FLOAT32),
    _products("fp32 by products", FLOAT32),
    _products("fp32 by products, ReLU", FLOAT32, relu=True),
)
"""Those of the table, most of them as in studies of the published circuit. Clips are in standard
deviations; floating-point weights are normal ones."""
