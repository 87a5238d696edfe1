"""Layers in floating point: words of activations to words of outputs."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zskip.model.bitlet.alignment import Aligned, align_unpacked
from zskip.model.bitlet.row import grouped
from zskip.model.common.fixed import BoolArray, IntArray
from zskip.model.common.floats import FloatFormat

CHUNK = 1 << 16
"""Products computed together; few enough for a cache."""

ALL_LANES = -1
"""Mask that switches every lane on."""


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

    @classmethod
    def empty(cls, shape: tuple[int, int]) -> "FloatOutputs":
        """Return outputs to be filled in."""
        return cls(np.empty(shape, np.int64), np.empty(shape, bool), np.empty(shape, bool))


class Block(NamedTuple):
    """Some outputs of a layer for some input vectors.

    Parameters
    ----------
    place : tuple of slice
        Which input vectors, and which outputs.
    aligned : Aligned, shape (vectors, outputs)
        Their rows.
    """

    place: tuple[slice, slice]
    aligned: Aligned

    def outputs(self, number: FloatFormat, *, relu: bool) -> FloatOutputs:
        """Pack the sums by truncation, then apply ReLU."""
        aligned = self.aligned
        words, overflows = number.pack(aligned.row.total(aligned.biases), aligned.units)
        if relu:
            words = np.where(words >> (number.bits - 1), 0, words)
        return FloatOutputs(words, overflows, aligned.special)


def float_blocks(
    weights: NDArray[np.integer[Any]],
    biases: IntArray,
    activations: IntArray,
    number: FloatFormat,
    *,
    lanes: int,
    pairs: int,
    mask: int = ALL_LANES,
) -> Iterator[Block]:
    """Align the rows of a layer, some outputs and input vectors at a time.

    Parameters
    ----------
    weights : ndarray of integers, shape (outputs, inputs)
        Words of the format.
    biases : ndarray of int64, shape (outputs,)
        Words of the format.
    activations : ndarray of int64, shape (n, inputs)
        Words of the format, of one input vector or more.
    number : FloatFormat
        The format.
    lanes : int
        Bits of a magnitude.
    pairs : int
        Weights of a group.
    mask : int, optional
        Bits of the lanes that are switched on.

    Yields
    ------
    Block
        All outputs for all input vectors, each once.
    """
    vectors = grouped(activations, pairs)[:, None]
    width = vectors[0].size
    rows = max(1, min(len(weights), CHUNK // width))
    together = max(1, CHUNK // (width * rows))
    for first in range(0, len(weights), rows):
        own = slice(first, first + rows)
        left = number.unpack(grouped(weights[own], pairs))
        for vector in range(0, len(vectors), together):
            some = slice(vector, vector + together)
            right = number.unpack(vectors[some])
            aligned = align_unpacked(left, right, biases[own], number, lanes)
            masked = aligned.row if mask == ALL_LANES else aligned.row.masked(mask)
            yield Block((some, own), aligned._replace(row=masked))


def float_layer(
    weights: NDArray[np.integer[Any]],
    biases: IntArray,
    activations: IntArray,
    number: FloatFormat,
    *,
    relu: bool,
    lanes: int,
    pairs: int,
    mask: int = ALL_LANES,
) -> FloatOutputs:
    """Compute a layer: the sums of `align_rows`, packed by truncation, then ReLU.

    Parameters
    ----------
    weights, biases, activations, number, lanes, pairs, mask
        As for `float_blocks`.
    relu : bool
        Whether outputs with a sign become 0.

    Returns
    -------
    FloatOutputs
    """
    done = FloatOutputs.empty((len(activations), len(weights)))
    blocks = float_blocks(weights, biases, activations, number, lanes=lanes, pairs=pairs, mask=mask)
    for block in blocks:
        for whole, part in zip(done, block.outputs(number, relu=relu), strict=True):
            whole[block.place] = part
    return done
