"""Layers in floating point: words of activations to words of outputs."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from zskip.model.bitlet.alignment import align_rows
from zskip.model.common.fixed import BoolArray, IntArray
from zskip.model.common.floats import FloatFormat

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
    """Compute a layer: the sums of `align_rows`, packed by truncation, then ReLU.

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
        rows = max(1, CHUNK // len(vector))
        for first in range(0, len(weights), rows):
            block = slice(first, first + rows)
            aligned = align_rows(weights[block], vector, number, lanes, pairs, biases=biases[block])
            words, overflows = number.pack(aligned.row.total(aligned.biases), aligned.units)
            yield FloatOutputs(words, overflows, aligned.special)

    vectors = [
        FloatOutputs(*map(np.concatenate, zip(*blocks(vector), strict=True)))
        for vector in activations
    ]
    words, overflows, special = map(np.stack, zip(*vectors, strict=True))
    negative = words >> (number.bits - 1) > 0
    return FloatOutputs(np.where(negative, 0, words) if relu else words, overflows, special)
