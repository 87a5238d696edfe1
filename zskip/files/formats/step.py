"""One layer of a chain while operations behind it are still folded into it."""

from dataclasses import dataclass

import numpy as np

from zskip.files.formats.pieces import Float64Array, Piece, bounded
from zskip.files.formats.tensors import Float32Array, as_float32
from zskip.model.common.reference import FloatLayer


@dataclass
class Step:
    """A layer ``y = scale * (W (in_scale * x)) + bias``, then ReLU; a scale of None is 1.

    All ``W (in_scale * x)`` are multiples of `spacing`, unless that is None. ReLU may have bounds,
    or be replaced by the sum of `pieces`, whose values are multiples of `height`.
    """

    name: str
    weights: Float32Array
    in_scale: Float64Array | None
    scale: Float64Array | None
    bias: Float64Array
    relu: bool = False
    spacing: float | None = None
    upper: Float64Array | None = None
    pieces: list[Piece] | None = None
    height: float | None = None

    def sum_of(self) -> list[Piece] | None:
        """Return the sum of ReLUs that the layer ends in; None for its own ReLU or nothing."""
        return self.pieces if self.upper is None else bounded(self.upper)

    def fold(self) -> FloatLayer:
        """Multiply the scales into the weights; all in float64, rounded once."""
        weights = self.weights
        if self.scale is not None or self.in_scale is not None:
            product = weights.astype(np.float64)
            with np.errstate(all="ignore"):
                if self.in_scale is not None:
                    product *= self.in_scale
                if self.scale is not None:
                    product *= self.scale[:, None]
            weights = as_float32(f"{self.name}.weight", product)
        bias = as_float32(f"{self.name}.bias", self.bias)
        return FloatLayer(weights=weights, bias=bias, relu=self.relu, name=self.name)
