"""Activations of another shape than ReLU, as exact sums of ReLUs.

``min(relu(z), c)`` is ``relu(z) - relu(z - c)``, and a step that no value falls on is a ramp
between two ReLUs. So a layer gets a copy of its rows for each ReLU of such a sum, and the layer
behind it a copy of its columns, times the factor of that ReLU.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from zskip.files.formats.tensors import Float32Array, as_float32
from zskip.model.common.reference import FloatLayer

Float64Array = NDArray[np.float64]

WIDTH = 64.0
"""What a typical scale of a layer is divided by for the width of a ramp between real values."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Piece:
    """One ReLU of a sum: ``factor * relu(scale * z + offset)``.

    Attributes
    ----------
    scale, offset : ndarray of float64, shape (outputs,)
        One of each for every output.
    factor : float
        The same for all.
    """

    scale: Float64Array
    offset: Float64Array
    factor: float


@dataclass(frozen=True, kw_only=True)
class Steps:
    """An activation that rises in equal steps.

    Attributes
    ----------
    thresholds : tuple of float
        Above each of them, it is one step higher.
    low : float
        Its value below all of them.
    height : float
        How high a step is.
    """

    thresholds: tuple[float, ...]
    low: float
    height: float


def bounded(upper: Float64Array) -> list[Piece]:
    """Return ``min(relu(z), upper)``.

    Parameters
    ----------
    upper : ndarray of float64, shape (outputs,)
        The bounds, above 0.
    """
    ones = np.ones_like(upper)
    first = Piece(scale=ones, offset=np.zeros_like(upper), factor=1.0)
    return [first, Piece(scale=ones, offset=-upper, factor=-1.0)]


def stepped(
    steps: Steps, scale: Float64Array, bias: Float64Array, spacing: float | None
) -> list[Piece]:
    """Return steps of ``scale * s + bias`` as ramps of ``s``, without the lowest value.

    Parameters
    ----------
    steps : Steps
        The activation.
    scale, bias : ndarray of float64, shape (outputs,)
        Of each output.
    spacing : float or None
        What all `s` are multiples of, so that a ramp from one to the next is exact; None if they
        are any values: then ramps are ``1 / WIDTH`` of the median of ``1 / abs(scale)`` wide.
    """
    rising = np.sign(scale)
    divisor = np.where(rising == 0, 1.0, scale)
    width = spacing or float(np.median(1 / np.abs(divisor))) / WIDTH
    pieces = []
    for threshold in steps.thresholds:
        at = (threshold - bias) / divisor * rising
        # From here on, the step is where `rising * s` goes above `at`.
        start = at - width / 2 if spacing is None else width * np.floor(at / width)
        first = np.where(rising == 0, bias > threshold, -start / width)
        second = np.where(rising == 0, 0.0, first - 1)
        for offset, factor in ((first, steps.height), (second, -steps.height)):
            pieces.append(Piece(scale=rising / width, offset=offset, factor=factor))
    return pieces


def expand(
    layers: Sequence[FloatLayer], pieces: Sequence[Sequence[Piece] | None]
) -> list[FloatLayer]:
    """Put copies of rows and columns into layers for their activations.

    Parameters
    ----------
    layers : sequence of FloatLayer
        From input to output.
    pieces : sequence of (sequence of Piece or None)
        The sum that each layer ends in; None for its own ReLU. The last one is None.
    """
    result = list(layers)
    for index, parts in enumerate(pieces):
        if parts is not None:
            layer, behind = result[index], result[index + 1]
            result[index] = replace(
                layer,
                weights=_rows(layer.name, [p.scale[:, None] * layer.weights for p in parts]),
                bias=_rows(layer.name, [p.scale * layer.bias + p.offset for p in parts]),
                relu=True,
            )
            columns = [np.float32(part.factor) * behind.weights for part in parts]
            result[index + 1] = replace(behind, weights=np.hstack(columns))
    return result


def _rows(name: str, parts: Sequence[Float64Array]) -> Float32Array:
    """Put rows of all parts below each other, in float32."""
    return as_float32(name, np.concatenate(parts))
