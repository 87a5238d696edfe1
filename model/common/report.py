"""Report of a compressed layer."""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from zskip.model.common.codebook import Clustering
from zskip.model.common.engine import LayerFigures
from zskip.model.common.fidelity import LayerFidelity
from zskip.model.common.fixed import FloatArray, IntArray
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
        Whether these are the source's distinct values: of shared weights up to the fixed-point
        grid, not clusters; of others on that grid.
    sharing_snr_db : float
        Signal-to-noise ratio of the shared weights, or of weights on the grid that are not shared,
        against the pruned ones, in dB; infinite where `exact`.
    zeroed : int
        Shared values, or weights that are not shared, that are 0 on the fixed-point grid and were
        dropped.
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


class Rounding(NamedTuple):
    """How the weights of a layer on chip differ from the pruned ones.

    Parameters
    ----------
    values : int
        Distinct values that are not zero.
    zeroed : int
        Values that became 0.
    power, cost : float
        Sum of the squares of the pruned weights, and of the differences.
    exact : bool
        Whether there is no difference.
    """

    values: int
    zeroed: int
    power: float
    cost: float
    exact: bool

    @classmethod
    def shared(cls, clustering: Clustering, codebook: IntArray, power: float) -> "Rounding":
        """Describe shared weights and their values on the grid."""
        values = int(np.count_nonzero(codebook))
        zeroed = int(np.count_nonzero(clustering.centroids)) - values
        return cls(values, zeroed, power, clustering.cost, clustering.exact)

    @classmethod
    def rounded(cls, weights: FloatArray, on_grid: FloatArray, power: float) -> "Rounding":
        """Describe weights and what each became on the grid."""
        cost = float(np.sum(np.square(weights - on_grid)))
        zeroed = int(np.count_nonzero(weights) - np.count_nonzero(on_grid))
        values = int(np.count_nonzero(np.unique(on_grid)))
        return cls(values, zeroed, power, cost, cost == 0)

    @property
    def snr_db(self) -> float:
        """Signal-to-noise ratio in dB; infinite without an error."""
        if self.cost <= 0:
            return math.inf
        return 10 * (math.log10(self.power) - math.log10(self.cost))


def layer_report(
    layer: Layer[Any],
    rounding: Rounding,
    fidelity: LayerFidelity,
    figures: LayerFigures,
) -> LayerReport:
    """Describe a compressed layer.

    Parameters
    ----------
    layer : Layer
        The encoded layer.
    rounding : Rounding
        How its weights differ from the pruned ones.
    fidelity : LayerFidelity
        Error of its outputs.
    figures : LayerFigures
        The engine's own figures.

    Returns
    -------
    LayerReport
    """
    outputs, inputs = layer.source_shape
    return LayerReport(
        name=layer.name,
        outputs=outputs,
        inputs=inputs,
        unused_outputs=layer.unused_outputs,
        unused_inputs=layer.unused_inputs,
        nonzeros=layer.nonzeros,
        shared_values=rounding.values,
        exact=rounding.exact,
        sharing_snr_db=rounding.snr_db,
        zeroed=rounding.zeroed,
        scale=layer.scale,
        fidelity=fidelity,
        dense_bytes=layer.dense_bytes,
        figures=figures,
    )
