"""Layers in fixed point in the order of their source: what an engine encodes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import IntArray, wrap
from zskip.model.common.scale import LayerScale


@dataclass(frozen=True, kw_only=True, eq=False)
class FixedLayer:
    """A layer in fixed point, in the order of its source.

    Parameters
    ----------
    name : str
        The layer's name in the source.
    codes : ndarray of uint8 or uint16, shape (outputs, inputs)
        Numbers of the weights' values; 0 is a zero weight.
    codebook : ndarray of int64, shape (values,)
        The values: shared weights, or all integers of a width; the first is 0.
    bias : ndarray of int64, shape (outputs,)
        At accumulator scale.
    relu : bool
        Whether negative outputs become 0.
    scale : LayerScale
        Scales of inputs, weights and outputs.
    """

    name: str
    codes: NDArray[np.unsignedinteger[Any]]
    codebook: IntArray
    bias: IntArray
    relu: bool
    scale: LayerScale

    @property
    def shape(self) -> tuple[int, int]:
        """Outputs and inputs."""
        return self.codes.shape[0], self.codes.shape[1]

    @property
    def weights(self) -> IntArray:
        """Integer weights, shape (outputs, inputs)."""
        return self.codebook[self.codes]


def numbered(weights: IntArray, bits: int) -> tuple[NDArray[np.unsignedinteger[Any]], IntArray]:
    """Give every weight its number, where weights may be any integers of a width.

    Parameters
    ----------
    weights : ndarray of int64, shape (outputs, inputs)
        Two's complement numbers of `bits` bits.
    bits : int
        Their width, at most 16.

    Returns
    -------
    codes : ndarray of uint8 or uint16, shape (outputs, inputs)
        Their bits as a number from 0 on.
    codebook : ndarray of int64, shape (2 ** bits,)
        The weight of each number.
    """
    size = 1 << bits
    codes = (weights & (size - 1)).astype(np.uint8 if bits <= 8 else np.uint16)
    return codes, wrap(np.arange(size), bits)
