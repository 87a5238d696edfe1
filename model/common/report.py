"""Report of a compressed layer."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from zskip.model.common.codebook import Clustering
from zskip.model.common.engine import LayerFigures
from zskip.model.common.fidelity import LayerFidelity
from zskip.model.common.fixed_layer import FixedLayer
from zskip.model.common.floats import FloatFormat
from zskip.model.common.metrics import decibels
from zskip.model.common.network import Layer, row_blocks
from zskip.model.common.precision import Precision
from zskip.model.common.pruning import Weights
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
    unused_weights : int
        Weights of unused outputs that would not be zero; they are not on chip.
    shared_values : int
        Distinct non-zero weights on chip.
    exact : bool
        Whether these are the source's distinct values, not clusters (up to the fixed-point grid) or
        rounded to fewer bits.
    weight_snr_db : float
        Signal-to-noise ratio of the weights in the numbers of the hardware against those that
        pruning left, in dB; infinite where they are equal. Masked lanes do not count.
    zeroed : int
        Shared values that are 0 on the fixed-point grid and were dropped.
    zeroed_weights : int
        Weights that are not zero after pruning, but in the numbers of the hardware.
    scale : LayerScale
        Scales of inputs, weights and outputs; they mean nothing in floating point.
    fidelity : LayerFidelity
        Error of the layer's outputs against the float network as it was given.
    dense_bytes : int
        Weights and biases as dense float32.
    figures : LayerFigures
        The engine's own figures, bytes on chip among them.
    bias_change : float, optional
        Most that bias correction moved a bias by, before it was brought to fixed point; 0 if it
        moved none.
    precision : Precision, optional
        Numbers of the weights, where the hardware has a choice.
    """

    name: str
    outputs: int
    inputs: int
    unused_outputs: int
    unused_inputs: int
    nonzeros: int
    unused_weights: int
    shared_values: int
    exact: bool
    weight_snr_db: float
    zeroed: int
    zeroed_weights: int
    scale: LayerScale
    fidelity: LayerFidelity
    dense_bytes: int
    figures: LayerFigures
    bias_change: float = 0.0
    precision: Precision | None = None

    @property
    def floating(self) -> FloatFormat | None:
        """Floating-point format of the layer; None in fixed point."""
        return None if self.precision is None else self.precision.floating

    @property
    def step(self) -> float:
        """Smallest weight that is not zero on chip."""
        if self.floating is None:
            return 2.0**-self.scale.weight_fraction
        return float(self.floating.values(1))

    @property
    def weights(self) -> int:
        """Weights of the source's dense matrix."""
        return self.outputs * self.inputs

    @property
    def density(self) -> float:
        """Share of the weights that are not zero, those of unused outputs included."""
        return (self.nonzeros + self.unused_weights) / self.weights

    def warnings(self) -> tuple[str, ...]:
        """Return what became of the weights that the user should know of, a line each."""
        if self.zeroed_weights:
            lost, step = self.zeroed_weights, "a fixed-point step"
            if self.floating is not None:
                step = f"the smallest number of {self.floating.name}"
            left = lost + self.nonzeros + self.unused_weights
            return (
                f"layer {self.name}: {lost:,} of {left:,} weights {'is' if lost == 1 else 'are'} "
                f"zero on chip, as half {step} is {self.step / 2:.3g}",
            )
        if self.nonzeros + self.unused_weights == 0:
            return (f"layer {self.name}: every weight is zero, so that inputs change no output",)
        return ()


def layer_report(
    layer: Layer[Any],
    fixed: FixedLayer,
    clustering: Clustering | None,
    pruned: Weights,
    fidelity: LayerFidelity,
    figures: LayerFigures,
    *,
    bias_change: float = 0.0,
) -> LayerReport:
    """Describe a compressed layer.

    Parameters
    ----------
    layer : Layer
        The encoded layer.
    fixed : FixedLayer
        The layer in fixed point.
    clustering : Clustering or None
        Its shared weights before they were brought to fixed point, where weights are shared.
    pruned : ndarray of any floating-point dtype, shape (outputs, inputs)
        Its weights as pruning left them.
    fidelity : LayerFidelity
        Error of its outputs.
    figures : LayerFigures
        The engine's own figures.
    bias_change : float, optional
        Most that bias correction moved a bias by.

    Returns
    -------
    LayerReport
    """
    kept = int(np.count_nonzero(fixed.codes))
    weight_snr = _weight_snr(fixed, pruned)
    if clustering is None:
        values = int(np.count_nonzero(np.unique(fixed.codes)))
        exact, zeroed = math.isinf(weight_snr), 0
    else:
        values = int(np.count_nonzero(fixed.codebook))
        exact, zeroed = clustering.exact, int(np.count_nonzero(clustering.centroids)) - values
    outputs, inputs = layer.source_shape
    unused = np.ones(outputs, dtype=bool)
    unused[layer.rows] = False
    return LayerReport(
        name=layer.name,
        outputs=outputs,
        inputs=inputs,
        unused_outputs=layer.unused_outputs,
        unused_inputs=layer.unused_inputs,
        nonzeros=layer.nonzeros,
        unused_weights=int(np.count_nonzero(fixed.codes[unused])),
        shared_values=values,
        exact=exact,
        weight_snr_db=weight_snr,
        zeroed=zeroed,
        zeroed_weights=int(np.count_nonzero(pruned)) - kept,
        scale=layer.scale,
        fidelity=fidelity,
        dense_bytes=layer.dense_bytes,
        figures=figures,
        bias_change=bias_change,
        precision=fixed.precision,
    )


def _weight_snr(fixed: FixedLayer, pruned: Weights) -> float:
    """Compare the weights on chip with the real ones, some rows at a time."""
    signal_power = noise_power = 0.0
    for rows in row_blocks(pruned.shape):
        signal = pruned[rows].astype(np.float64)
        noise = fixed.real_weights(rows) - signal
        signal_power += float(np.vdot(signal, signal))
        noise_power += float(np.vdot(noise, noise))
    return decibels(signal_power, noise_power)
