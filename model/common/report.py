"""Report of a compressed layer."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from zskip.model.common.codebook import Clustering
from zskip.model.common.engine import LayerFigures
from zskip.model.common.fidelity import LayerFidelity
from zskip.model.common.fixed_layer import FixedLayer
from zskip.model.common.network import Layer
from zskip.model.common.scale import LayerScale


@dataclass(frozen=True, kw_only=True)
class LayerReport:
    """Result of the compression of a layer.

    Parameters
    ----------
    name : str
        Name of the layer.
    outputs, inputs : int
        Size of the layer in the source.
    unused_outputs, unused_inputs : int
        Those of them that are never computed, and never loaded: nothing reads them.
    nonzeros : int
        Weights that are not zero on chip.
    shared_values : int
        Distinct non-zero weights on chip.
    exact : bool
        Whether these are the source's distinct values (up to the fixed-point grid), not clusters.
    sharing_snr_db : float
        Signal-to-noise ratio of the shared weights against the pruned ones, in dB; infinite
        where `exact`.
    zeroed : int
        Shared values that are 0 on the fixed-point grid and were dropped.
    scale : LayerScale
        Scales of inputs, weights and outputs.
    fidelity : LayerFidelity
        Error of the layer's outputs against the float network as it was given.
    dense_bytes : int
        Weights and biases as dense float32.
    figures : LayerFigures
        The engine's own figures, bytes on chip among them.
    """

    name: str
    outputs: int
    inputs: int
    unused_outputs: int
    unused_inputs: int
    nonzeros: int
    shared_values: int
    exact: bool
    sharing_snr_db: float
    zeroed: int
    scale: LayerScale
    fidelity: LayerFidelity
    dense_bytes: int
    figures: LayerFigures

    @property
    def weights(self) -> int:
        """Weights of the source's dense matrix."""
        return self.outputs * self.inputs

    @property
    def density(self) -> float:
        """Share of the weights that are not zero on chip."""
        return self.nonzeros / self.weights


def layer_report(
    layer: Layer[Any],
    fixed: FixedLayer,
    clustering: Clustering,
    power: float,
    fidelity: LayerFidelity,
    figures: LayerFigures,
) -> LayerReport:
    """Describe a compressed layer.

    Parameters
    ----------
    layer : Layer
        The encoded layer.
    fixed : FixedLayer
        The layer in fixed point.
    clustering : Clustering
        Its shared weights before they were brought to fixed point.
    power : float
        Sum of the squares of the pruned weights.
    fidelity : LayerFidelity
        Error of its outputs.
    figures : LayerFigures
        The engine's own figures.

    Returns
    -------
    LayerReport
    """
    values = int(np.count_nonzero(fixed.codebook))
    snr_db = math.inf
    if clustering.cost > 0:
        snr_db = 10 * (math.log10(power) - math.log10(clustering.cost))
    outputs, inputs = layer.source_shape
    return LayerReport(
        name=layer.name,
        outputs=outputs,
        inputs=inputs,
        unused_outputs=layer.unused_outputs,
        unused_inputs=layer.unused_inputs,
        nonzeros=layer.nonzeros,
        shared_values=values,
        exact=clustering.exact,
        sharing_snr_db=snr_db,
        zeroed=int(np.count_nonzero(clustering.centroids)) - values,
        scale=layer.scale,
        fidelity=fidelity,
        dense_bytes=layer.dense_bytes,
        figures=figures,
    )
