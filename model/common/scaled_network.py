"""Scales of a network and its encoding, each of which depends on the other.

Accumulators must hold the partial sums of a layer, which depend on the order of its columns, which
the encoder chooses by the weights that the scales leave. So a network is encoded by scales that
hold for any order, and again by those that its own order allows, until both agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.bias import corrected_biases
from zskip.model.common.calibration import calibrate, check_margin
from zskip.model.common.config import EngineConfig
from zskip.model.common.engine import Engine
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import FloatArray, IntArray
from zskip.model.common.fixed_layer import FixedLayer
from zskip.model.common.input_order import encode_ordered
from zskip.model.common.network import Network
from zskip.model.common.partial_sums import partial_sum_peaks
from zskip.model.common.pruned_layer import PrunedLayer
from zskip.model.common.ranges import PERCENTILE, check_rule
from zskip.model.common.reference import FloatLayer
from zskip.model.common.scale import NO_SCALE, LayerScale

SCALES = ("reached", "safe")
"""Sums that accumulators hold: those that the samples reach, or of all magnitudes of a row."""

MARGIN_BITS = 1
"""Bits that accumulators keep free by default: twice the largest sum of the samples still fits."""

ACTIVITY_SAMPLES = 128
"""At most so many of the calibration inputs, the first ones, tell how active each input is."""

MEASURED_SAMPLES = 512
"""At most so many of the calibration inputs, the first ones, correct biases and measure errors."""

ROUNDS = 4
"""Further encodings at most; what the sums of the last one reach is told in any case."""


@dataclass(frozen=True, kw_only=True)
class ScaleChoice:
    """How scales are chosen.

    Parameters
    ----------
    rule, percentile : str and float
        Range of activations (`zskip.model.common.calibration.calibrate`).
    sums : str
        One of `SCALES`.
    margin_bits : int
        Bits that accumulators keep free.
    """

    rule: str = "max"
    percentile: float = PERCENTILE
    sums: str = SCALES[0]
    margin_bits: int = MARGIN_BITS

    def check(self, acc_bits: int) -> None:
        """Check the choices for an accumulator's width.

        Raises
        ------
        InputError
            One of them is not possible.
        """
        check_rule(self.rule, self.percentile)
        if self.sums not in SCALES:
            raise InputError(
                f"scales must be one of {', '.join(SCALES)}, not {self.sums!r}: choose reached "
                "for the sums of the inputs, or safe for those of all magnitudes"
            )
        check_margin(self.margin_bits, acc_bits)


@dataclass(frozen=True, kw_only=True, eq=False)
class ScaledNetwork:
    """A network with its scales.

    Parameters
    ----------
    fixed : list of FixedLayer
        Its layers in the order of their source.
    network : Network
        The encoded network; its `check` is still to be done.
    sum_shares : tuple of float or None
        Share of the accumulators' range that the samples' partial sums reach in each layer; None
        in floating point, and of an engine that tells no order of its additions.
    """

    fixed: list[FixedLayer]
    network: Network[Any, Any]
    sum_shares: tuple[float, ...] | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Scaling:
    """What scales and encoding follow from.

    Parameters
    ----------
    engine : Engine
        The kind of accelerator.
    config : EngineConfig
        Its hardware.
    parts : sequence of PrunedLayer
        The network from input to output.
    biases : sequence of ndarray of float64, shape (outputs,)
        Its biases.
    inputs : ndarray of float64, shape (n, inputs)
        Calibration inputs as users give them.
    input_scale : float
        Factor from these to the inputs of the first layer.
    orders : sequence of ndarray of int64, or None
        Orders of the inputs that are given to the encoder
        (`zskip.model.common.input_order.encode_ordered`).
    mask_lanes : int
        Lowest bits of every weight that are left out.
    choice : ScaleChoice
        How scales are chosen.
    correct : bool
        Whether biases make up for what shared weights, few as they are, lose on the grid of their
        scale: that is the same in all rows, and adds up with the mean of the inputs.
    """

    engine: Engine[Any, Any]
    config: EngineConfig
    parts: Sequence[PrunedLayer]
    biases: Sequence[FloatArray]
    inputs: FloatArray
    input_scale: float
    orders: Sequence[IntArray] | None
    mask_lanes: int
    choice: ScaleChoice
    correct: bool

    def network(self) -> ScaledNetwork:
        """Choose the scales and encode.

        Raises
        ------
        InputError
            No scales let the sums fit, a number is beyond its range, or the engine cannot hold a
            layer.
        """
        if any(part.floating for part in self.parts):
            fixed, network = self._encoded([NO_SCALE] * len(self.parts), self.biases)
            return ScaledNetwork(fixed=fixed, network=network, sum_shares=None)
        layers = [
            replace(part.source, weights=part.weights(), bias=bias)
            for part, bias in zip(self.parts, self.biases, strict=True)
        ]
        scaled = self.inputs * self.input_scale
        scales = self._scales(layers, scaled, None)
        fixed, network = self._encoded(scales, self._biases(layers, scaled, scales))
        peaks = self._peaks(network, layers, scaled)
        reached = peaks is not None and self.choice.sums == SCALES[0]
        for _ in range(ROUNDS if reached else 0):
            better = self._scales(layers, scaled, peaks)
            if better == scales:
                break
            scales = better
            fixed, network = self._encoded(scales, self._biases(layers, scaled, scales))
            peaks = self._peaks(network, layers, scaled)
        return ScaledNetwork(fixed=fixed, network=network, sum_shares=self._shares(peaks, scales))

    def _scales(
        self, layers: Sequence[FloatLayer], scaled: FloatArray, peaks: Sequence[float] | None
    ) -> list[LayerScale]:
        """Choose the scales, from the partial sums where there are some."""
        return calibrate(
            [layer.weights for layer in layers],
            [layer.bias for layer in layers],
            [layer.relu for layer in layers],
            scaled,
            self.config.acc_bits,
            rule=self.choice.rule,
            percentile=self.choice.percentile,
            weight_bits=[part.bits(self.config) for part in self.parts],
            # Of narrow sums activations leave half of the bits to the weights.
            headroom_bits=max(1, self.config.activation_bits - self.config.acc_bits // 2),
            activation_bits=self.config.activation_bits,
            sum_peaks=peaks,
            margin_bits=self.choice.margin_bits,
        )

    def _biases(
        self, layers: Sequence[FloatLayer], scaled: FloatArray, scales: Sequence[LayerScale]
    ) -> Sequence[FloatArray]:
        """Return the biases, corrected for the rounding of shared weights where that is asked."""
        if not self.correct or any(part.clustering is None for part in self.parts):
            return self.biases
        on_grid = [layer.real_weights(slice(None)) for layer in self._fixed(scales, self.biases)]
        return corrected_biases(layers, on_grid, scaled[:MEASURED_SAMPLES])

    def _fixed(
        self, scales: Sequence[LayerScale], biases: Sequence[FloatArray]
    ) -> list[FixedLayer]:
        """Bring the layers to fixed point."""
        return [
            part.fixed(bias, scale, self.config, self.mask_lanes)
            for part, bias, scale in zip(self.parts, biases, scales, strict=True)
        ]

    def _encoded(
        self, scales: Sequence[LayerScale], biases: Sequence[FloatArray]
    ) -> tuple[list[FixedLayer], Network[Any, Any]]:
        """Bring the layers to fixed point and encode them."""
        fixed = self._fixed(scales, biases)
        return fixed, encode_ordered(
            self.engine,
            fixed,
            self.config,
            self.orders,
            calibration=self.inputs[:ACTIVITY_SAMPLES],
            input_scale=self.input_scale,
        )

    def _peaks(
        self, network: Network[Any, Any], layers: Sequence[FloatLayer], scaled: NDArray[np.floating]
    ) -> list[float] | None:
        """Return the largest partial sums, added up in the order of an encoded network."""
        orders = []
        for index, layer in enumerate(layers):
            columns = network.columns(index)
            order = self.engine.sum_order(columns.size, self.config)
            if order is None:
                return None
            orders.append(order.of_source(columns, layer.weights.shape[1]))
        return partial_sum_peaks(layers, scaled, orders)

    def _shares(
        self, peaks: Sequence[float] | None, scales: Sequence[LayerScale]
    ) -> tuple[float, ...] | None:
        """Return the shares of the accumulators' range that partial sums take."""
        if peaks is None:
            return None
        return tuple(
            float(np.ldexp(peak, scale.accumulator_fraction - self.config.acc_bits + 1))
            for peak, scale in zip(peaks, scales, strict=True)
        )
