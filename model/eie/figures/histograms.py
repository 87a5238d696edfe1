"""Histograms of a layer's weights and of its codebook."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import dequantize
from zskip.model.common.pruning import Weights
from zskip.model.eie.network import Layer

BINS = 80
"""Bins of a histogram of weights."""

ROWS_PER_BLOCK = 256
"""Rows of a matrix that are counted together, which bounds the memory."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerHistogram:
    """Where a layer's weights lie, and how often its shared weights are used.

    Parameters
    ----------
    name : str
        Name of the layer.
    edges : ndarray of float64, shape (BINS + 1,)
        Limits of the bins, from the smallest to the largest of the source's weights.
    weights : ndarray of int64, shape (BINS,)
        The source's weights that are not zero, in each bin.
    codebook : ndarray of float64, shape (2 ** weight_bits,)
        Shared weights as real numbers; the first is 0 and stands for padding.
    uses : ndarray of int64, shape (2 ** weight_bits,)
        Entries with each codebook index.
    """

    name: str
    edges: NDArray[np.float64]
    weights: NDArray[np.int64]
    codebook: NDArray[np.float64]
    uses: NDArray[np.int64]


def histogram(layer: Layer, source: Weights) -> LayerHistogram:
    """Count the weights of a layer before and after compression.

    Parameters
    ----------
    layer : Layer
        The compressed layer.
    source : ndarray of any floating-point dtype, shape (outputs, inputs)
        The weights that it was made of, before they were pruned.

    Returns
    -------
    LayerHistogram
    """
    limits = _limits(source)
    counts = np.zeros(BINS, dtype=np.int64)
    for start in range(0, source.shape[0], ROWS_PER_BLOCK):
        block = source[start : start + ROWS_PER_BLOCK]
        counts += np.histogram(block[block != 0].astype(np.float64), BINS, limits)[0]
    return LayerHistogram(
        name=layer.name,
        edges=np.linspace(*limits, BINS + 1),
        weights=counts,
        codebook=dequantize(layer.codebook, layer.scale.weight_fraction),
        uses=np.bincount(layer.matrix.codes, minlength=layer.codebook.size),
    )


def _limits(source: Weights) -> tuple[float, float]:
    """Return the ends of the histogram; they differ."""
    low, high = float(source.min()), float(source.max())
    return (low, high) if low < high else (low - 0.5, high + 0.5)
