"""Rows in floating point of every kind: words of weights, activations and a bias."""

from typing import NamedTuple

import numpy as np

from zskip.model.common.fixed import IntArray
from zskip.model.common.floats import FloatFormat

KINDS = (
    "dense",
    "rectified",
    "subnormal operands",
    "subnormal results",
    "underflowing",
    "spread",
    "cancelling",
    "overflowing",
    "zero",
)
"""Kinds of rows whose numbers are finite."""


class FloatRow(NamedTuple):
    """Words of the weights and activations of a row, shape (inputs,), and of its bias."""

    weights: IntArray
    activations: IntArray
    bias: int


def random_words(
    number: FloatFormat, rng: np.random.Generator, count: int, fields: tuple[int, int]
) -> IntArray:
    """Return words with random signs, fractions, and exponent fields from one to another."""
    drawn = rng.integers(*fields, size=count, endpoint=True)
    fractions = rng.integers(1 << number.fraction_bits, size=count)
    corners = rng.choice([0, (1 << number.fraction_bits) - 1], count)
    fractions = np.where(rng.random(count) < 0.2, corners, fractions)
    signs = rng.integers(2, size=count)
    return signs << number.bits - 1 | drawn << number.fraction_bits | fractions


def random_row(number: FloatFormat, rng: np.random.Generator, inputs: int, kind: str) -> FloatRow:
    """Return a row of a kind.

    Parameters
    ----------
    number : FloatFormat
        The format.
    rng : numpy.random.Generator
        Where randomness comes from.
    inputs : int
        Weights of the row, an even number.
    kind : str
        One of `KINDS`, or ``special``: a dense row with a NaN or an infinity.

    Returns
    -------
    FloatRow
        Its bias is zero, minus zero, about as large as the products, or of any size.
    """
    one, most = number.bias, number.special_field - 1
    # Products of fields f and g have field f + g - one.
    near, low, high = (one - 2, one + 1), (1, 4), (most - 5, most)
    weight_fields, fields = {
        "subnormal operands": ((0, 1), (0, most)),
        "subnormal results": (low, (max(one - number.fraction_bits - 4, 0), one - 6)),
        "underflowing": ((0, 1), (0, 1)),
        "spread": ((0, most), (0, most)),
        "overflowing": (high, (one - 4, one + 1)),
    }.get(kind, (near, near))
    weights = random_words(number, rng, inputs, weight_fields)
    activations = random_words(number, rng, inputs, fields)
    if kind == "rectified":
        magnitudes = activations & ((1 << number.bits - 1) - 1)
        activations = np.where(rng.random(inputs) < 0.5, magnitudes, 0)
    if kind == "zero":
        minus_zero = 1 << number.bits - 1
        weights = np.where(rng.random(inputs) < 0.5, weights, rng.choice([0, minus_zero]))
        activations = np.where(weights & (minus_zero - 1), rng.choice([0, minus_zero]), activations)
    half = inputs // 2
    if kind == "cancelling":
        # Each product meets its negative, of which some differ in the last bit.
        changes = (rng.random(half) < 0.1).astype(np.int64)
        weights[half:] = weights[:half] ^ (1 << number.bits - 1) ^ changes
        activations[half:] = activations[:half]
    sizes = [weight_fields, (0, 0), (0, most)]
    bias = int(random_words(number, rng, 1, sizes[rng.integers(3)])[0])
    bias = int(rng.choice([0, 1 << number.bits - 1, bias, bias]))
    if kind != "special":
        return FloatRow(weights, activations, bias)
    special = number.special_field << number.fraction_bits | int(rng.choice([0, 1, 1 << 9]))
    place = rng.integers(2 * inputs + 1)
    for words, start in ((weights, 0), (activations, inputs)):
        if start <= place < start + inputs:
            words[place - start] = special
    return FloatRow(weights, activations, special if place == 2 * inputs else bias)
