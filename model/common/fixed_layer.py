"""Layers in fixed point in the order of their source: what an engine encodes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import IntArray
from zskip.model.common.scale import LayerScale


@dataclass(frozen=True, kw_only=True, eq=False)
class FixedLayer:
    """A layer in fixed point, in the order of its source.

    Parameters
    ----------
    name : str
        The layer's name in the source.
    codes : ndarray of uint8, shape (outputs, inputs)
        Codebook indices; 0 is a zero weight.
    codebook : ndarray of int64, shape (values,)
        Shared weights; the first is 0.
    bias : ndarray of int64, shape (outputs,)
        At accumulator scale.
    relu : bool
        Whether negative outputs become 0.
    scale : LayerScale
        Scales of inputs, weights and outputs.
    """

    name: str
    codes: NDArray[np.uint8]
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
