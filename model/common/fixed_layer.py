"""Layers in the numbers of the hardware, in the order of their source: what an engine encodes."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import FloatArray, IntArray, dequantize
from zskip.model.common.precision import Precision
from zskip.model.common.scale import LayerScale

NO_CODEBOOK: IntArray = np.empty(0, dtype=np.int64)
"""Codebook of a layer whose weights are numbers of their own."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FixedLayer:
    """A layer in fixed point, or in words of a floating-point format, in the order of its source.

    Parameters
    ----------
    name : str
        The layer's name in the source.
    codes : ndarray of any integer dtype, shape (outputs, inputs)
        Numbers of the weights' values, or the weights themselves where the codebook is empty; 0 is
        a zero weight.
    codebook : ndarray of int64, shape (values,)
        Shared weights, the first 0; empty where weights are numbers of their own.
    bias : ndarray of int64, shape (outputs,)
        At accumulator scale, or words of the format.
    relu : bool
        Whether negative outputs become 0.
    scale : LayerScale
        Scales of inputs, weights and outputs; fractions of 0 in floating point.
    precision : Precision or None
        Numbers that the weights are; None for integers of the configuration's width.
    mask_lanes : int
        Lowest bits of a weight that hardware of bit columns leaves out.
    """

    name: str
    codes: NDArray[np.integer[Any]]
    bias: IntArray
    relu: bool
    scale: LayerScale
    codebook: IntArray = field(default_factory=lambda: NO_CODEBOOK)
    precision: Precision | None = None
    mask_lanes: int = 0

    @property
    def shape(self) -> tuple[int, int]:
        """Outputs and inputs."""
        return self.codes.shape[0], self.codes.shape[1]

    @property
    def weights(self) -> IntArray:
        """Integer weights, or words of the format, shape (outputs, inputs)."""
        return self._numbers(self.codes)

    def real_weights(self, rows: slice) -> FloatArray:
        """Return the real numbers that the weights of some outputs stand for."""
        numbers = self._numbers(self.codes[rows])
        if self.precision is None or self.precision.floating is None:
            return dequantize(numbers, self.scale.weight_fraction)
        return self.precision.floating.values(numbers)

    def _numbers(self, codes: NDArray[np.integer[Any]]) -> IntArray:
        """Return the weights of codes."""
        return self.codebook[codes] if self.codebook.size else codes.astype(np.int64)


def integer_type(bits: int) -> np.dtype[np.signedinteger[Any]]:
    """Return the smallest type of integers that holds two's complement numbers of a width."""
    return np.dtype(np.int8 if bits <= 8 else np.int16 if bits <= 16 else np.int32)
