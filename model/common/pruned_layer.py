"""A layer on its way from real numbers to those of the hardware."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.calibration import quantize_bias
from zskip.model.common.codebook import Clustering, cluster
from zskip.model.common.config import EngineConfig
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import FloatArray, quantize
from zskip.model.common.fixed_layer import NO_CODEBOOK, FixedLayer, integer_type
from zskip.model.common.floats import FloatFormat
from zskip.model.common.mirrored import cluster_mirrored, is_mirrored
from zskip.model.common.precision import Precision
from zskip.model.common.pruning import Weights
from zskip.model.common.reference import FloatLayer
from zskip.model.common.scale import MAX_FRACTION, LayerScale


@dataclass(frozen=True, kw_only=True, eq=False)
class PrunedLayer:
    """A layer after pruning, and after sharing where weights are shared.

    Parameters
    ----------
    name : str
        The layer's name.
    source : FloatLayer
        The layer as it was given.
    pruned : ndarray of any floating-point dtype, shape (outputs, inputs)
        Its weights as pruning left them.
    clustering : Clustering or None
        Its shared weights, where weights are shared.
    precision : Precision or None
        Numbers that its weights become; None for integers of the configuration's width.
    """

    name: str
    source: FloatLayer
    pruned: Weights
    clustering: Clustering | None
    precision: Precision | None

    @classmethod
    def of(
        cls,
        name: str,
        layer: FloatLayer,
        weights: Weights,
        config: EngineConfig,
        precision: Precision | None,
        kmeans: str,
    ) -> "PrunedLayer":
        """Share the weights of a pruned layer where the configuration shares them.

        Raises
        ------
        InputError
            They cannot be shared.
        """
        clustering = None
        if config.shares_weights:
            try:
                share = cluster_mirrored if is_mirrored(layer.weights) else cluster
                clustering = share(weights, config.codebook_size, method=kmeans)
            except InputError as error:
                raise InputError(f"layer {name!r}: {error}") from None
        return cls(
            name=name, source=layer, pruned=weights, clustering=clustering, precision=precision
        )

    @property
    def floating(self) -> FloatFormat | None:
        """Floating-point format of the layer; None in fixed point."""
        return None if self.precision is None else self.precision.floating

    def bits(self, config: EngineConfig) -> int:
        """Return the bits of the number that a weight stands for."""
        return config.value_bits if self.precision is None else self.precision.bits

    def weights(self) -> Weights:
        """Return the weights, if shared in the source's precision."""
        if self.clustering is None:
            return self.pruned
        wide = self.source.weights.dtype.itemsize > np.dtype(np.float32).itemsize
        centroids = self.clustering.centroids.astype(np.float64 if wide else np.float32)
        return centroids[self.clustering.codes]

    def fixed(
        self, biases: FloatArray, scale: LayerScale, config: EngineConfig, mask_lanes: int = 0
    ) -> FixedLayer:
        """Bring the layer to the numbers of the hardware.

        Parameters
        ----------
        biases : ndarray of float64, shape (outputs,)
            Its biases.
        scale : LayerScale
            Its scales.
        config : EngineConfig
            The hardware.
        mask_lanes : int, optional
            Lowest bits of a weight that are left out.

        Returns
        -------
        FixedLayer

        Raises
        ------
        InputError
            A weight or a bias is beyond the range of the numbers.
        """
        codebook = NO_CODEBOOK
        try:
            if self.floating is not None:
                codes = _float_codes(self.floating, self.pruned)
                bias = self.floating.words(biases, "biases")
            else:
                bias = quantize_bias(biases, scale, config.acc_bits)
                bits, given = self.bits(config), self.clustering
                values = self.pruned if given is None else given.centroids
                numbers, _ = quantize(values, scale.weight_fraction, bits)
                if given is None:
                    codes = numbers.astype(integer_type(bits))
                else:
                    codebook = numbers
                    kept = np.where(codebook == 0, 0, np.arange(codebook.size)).astype(np.uint8)
                    codes = kept[given.codes]
        except InputError as error:
            raise InputError(f"layer {self.name!r}: {error}") from None
        return FixedLayer(
            name=self.name,
            codes=codes,
            codebook=codebook,
            bias=bias,
            relu=self.source.relu,
            scale=scale,
            precision=self.precision,
            mask_lanes=mask_lanes,
        )

    def all_lost(self, scale: LayerScale, config: EngineConfig) -> str:
        """Say why every weight of the layer rounds to zero."""
        largest = float(np.abs(self.weights()).max())
        lost = f"layer {self.name!r}: weights must not all round to zero, but the largest is "
        if self.floating is not None:
            return (
                f"{lost}{largest:.3g} and the smallest number of {self.floating.name} "
                f"{self.floating.values(1):.3g}: choose a wider format, or scale the weights up"
            )
        step = 2.0**-scale.weight_fraction
        cause = "the finest step there is: scale the weights up"
        if scale.weight_fraction < MAX_FRACTION:
            bias = float(np.abs(self.source.bias).max())
            cause = (
                f"for the sums, with biases up to {bias:.3g}, to fit {config.acc_bits} bits: set "
                "acc_bits higher, or train the network with smaller biases and inputs"
            )
        return f"{lost}{largest:.3g} and a fixed-point step {step:.3g}, {cause}"


def _float_codes(number: FloatFormat, weights: Weights) -> NDArray[np.unsignedinteger[Any]]:
    """Return weights as words; a zero that is negative is a zero like the other."""
    words = number.words(weights, "weights")
    words[words == 1 << (number.bits - 1)] = 0
    return words.astype(number.word_type)
