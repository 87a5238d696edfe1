"""Layers in floating point: words of activations to words of outputs."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from zskip.model.bitlet.alignment import Aligned, align_rows
from zskip.model.bitlet.floats import FloatFormat
from zskip.model.common.fixed import BoolArray, IntArray

CHUNK = 1 << 20
"""Products computed together; bounds the memory."""


class FloatOutputs(NamedTuple):
    """Outputs of a layer, arrays of shape (n, outputs).

    Parameters
    ----------
    words : ndarray of int64
        The outputs, after ReLU where the layer has it.
    overflows : ndarray of bool
        Whether the sum was too large for the format, judged before ReLU.
    special : ndarray of bool
        Whether a NaN or an infinity went in, so that the output means nothing.
    """

    words: IntArray
    overflows: BoolArray
    special: BoolArray


def aligned_layer(
    weights: IntArray,
    biases: IntArray,
    activations: IntArray,
    number: FloatFormat,
    lanes: int,
    pairs: int,
) -> Aligned:
    """Align the rows of a layer for one input vector.

    A bias is the weight of one more input, which is always 1.

    Parameters
    ----------
    weights : ndarray of int64, shape (outputs, inputs)
        Words of the format.
    biases : ndarray of int64, shape (outputs,)
        Words of the format.
    activations : ndarray of int64, shape (inputs,)
        Words of the format.
    number : FloatFormat
        The format.
    lanes : int
        Bits of a magnitude.
    pairs : int
        Weights of a group.

    Returns
    -------
    Aligned
        A row for each output.
    """
    one = number.bias << number.fraction_bits
    return align_rows(
        np.column_stack([weights, biases]), np.append(activations, one), number, lanes, pairs
    )


def float_layer(
    weights: IntArray,
    biases: IntArray,
    activations: IntArray,
    number: FloatFormat,
    *,
    relu: bool,
    lanes: int,
    pairs: int,
) -> FloatOutputs:
    """Compute a layer: the sums of `aligned_layer`, packed by truncation, then ReLU.

    Parameters
    ----------
    weights : ndarray of int64, shape (outputs, inputs)
        Words of the format.
    biases : ndarray of int64, shape (outputs,)
        Words of the format.
    activations : ndarray of int64, shape (n, inputs)
        Words of the format, of one input vector or more.
    number : FloatFormat
        The format.
    relu : bool
        Whether outputs with a sign become 0.
    lanes : int
        Bits of a magnitude.
    pairs : int
        Weights of a group.

    Returns
    -------
    FloatOutputs
    """

    def blocks(vector: IntArray) -> Iterator[FloatOutputs]:
        rows = max(1, CHUNK // (len(vector) + 1))
        for first in range(0, len(weights), rows):
            block = slice(first, first + rows)
            row, units, special = aligned_layer(
                weights[block], biases[block], vector, number, lanes, pairs
            )
            words, overflows = number.pack(row.total(), units)
            yield FloatOutputs(words, overflows, special)

    vectors = [
        FloatOutputs(*map(np.concatenate, zip(*blocks(vector), strict=True)))
        for vector in activations
    ]
    words, overflows, special = map(np.stack, zip(*vectors, strict=True))
    negative = words >> (number.bits - 1) > 0
    return FloatOutputs(np.where(negative, 0, words) if relu else words, overflows, special)
