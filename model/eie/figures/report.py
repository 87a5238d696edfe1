"""What compression made of a layer."""

import math
from dataclasses import dataclass

import numpy as np

from zskip.model.common.codebook import Clustering
from zskip.model.common.fidelity import LayerFidelity
from zskip.model.eie.config import Config
from zskip.model.eie.figures.footprint import Footprint, dense_bytes, footprint
from zskip.model.eie.network import Layer


@dataclass(frozen=True, kw_only=True)
class LayerReport:
    """What compression made of a layer.

    Parameters
    ----------
    name : str
        Name of the layer.
    outputs, inputs : int
        Size of the layer in the source.
    unused_outputs, unused_inputs : int
        Those of them that are never computed, and never loaded nor broadcast: nothing reads them.
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
    entries, padding : int
        Stored entries of all PEs, padding included, and those of them that are padding.
    input_fraction, weight_fraction, output_fraction, shift : int
        Scales: fraction bits, and the bits that write-back drops.
    fidelity : LayerFidelity
        Error of the layer's outputs against the float network as it was given.
    dense_bytes : int
        Weights and biases as dense float32.
    chip : Footprint
        Bytes on chip.
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
    entries: int
    padding: int
    input_fraction: int
    weight_fraction: int
    output_fraction: int
    shift: int
    fidelity: LayerFidelity
    dense_bytes: int
    chip: Footprint

    @property
    def weights(self) -> int:
        """Weights of the source's dense matrix."""
        return self.outputs * self.inputs

    @property
    def density(self) -> float:
        """Share of the weights that are not zero on chip."""
        return self.nonzeros / self.weights


def layer_report(
    layer: Layer,
    clustering: Clustering,
    power: float,
    fidelity: LayerFidelity,
    config: Config,
) -> LayerReport:
    """Describe what became of a layer.

    Parameters
    ----------
    layer : Layer
        The compressed layer.
    clustering : Clustering
        Its shared weights before they were brought to fixed point.
    power : float
        Sum of the squares of the pruned weights.
    fidelity : LayerFidelity
        Error of its outputs.
    config : Config
        The array.

    Returns
    -------
    LayerReport
    """
    values = int(np.count_nonzero(layer.codebook))
    snr_db = math.inf
    if clustering.cost > 0:
        snr_db = 10 * (math.log10(power) - math.log10(clustering.cost))
    return LayerReport(
        name=layer.name,
        outputs=layer.source_shape[0],
        inputs=layer.source_shape[1],
        unused_outputs=layer.unused_outputs,
        unused_inputs=layer.unused_inputs,
        nonzeros=layer.matrix.nonzeros,
        shared_values=values,
        exact=clustering.exact,
        sharing_snr_db=snr_db,
        zeroed=int(np.count_nonzero(clustering.centroids)) - values,
        entries=layer.matrix.codes.size,
        padding=layer.matrix.padding,
        input_fraction=layer.input_fraction,
        weight_fraction=layer.weight_fraction,
        output_fraction=layer.output_fraction,
        shift=layer.shift,
        fidelity=fidelity,
        dense_bytes=dense_bytes(layer),
        chip=footprint(layer, config),
    )
