"""From a float network to a compressed one: prune, share weights, choose scales, encode."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.calibration import calibrate, quantize_bias
from zskip.model.common.codebook import Clustering, cluster
from zskip.model.common.config import EngineConfig
from zskip.model.common.engine import Engine
from zskip.model.common.errors import InputError
from zskip.model.common.fidelity import compare
from zskip.model.common.fixed import CODEBOOK_BITS, FloatArray, check_finite, quantize
from zskip.model.common.fixed_layer import FixedLayer
from zskip.model.common.float_network import check_float_network, layer_name
from zskip.model.common.network import Network
from zskip.model.common.prune import PerLayer, prune_layers
from zskip.model.common.pruning import Weights
from zskip.model.common.ranges import PERCENTILE, check_rule
from zskip.model.common.reference import FloatLayer
from zskip.model.common.report import LayerReport, layer_report
from zskip.model.common.scale import MAX_FRACTION, LayerScale

MEASURED_SAMPLES = 512
"""At most so many of the calibration inputs, the first ones, measure the error."""

ACTIVITY_SAMPLES = 128
"""At most so many of the calibration inputs, the first ones, tell how active each input is."""

STAGES = 3
"""Steps of progress behind those of the layers: scales, encoding, errors."""

Density = PerLayer
"""Share of the weights to keep: of every layer, of layers by name, or all (None)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Compression:
    """A compressed network and a report of its layers.

    Parameters
    ----------
    network : Network
        The compressed network; it passes its `check`.
    layers : tuple of LayerReport
        One for each layer.
    float_outputs, outputs : ndarray of float64, shape (n, outputs)
        Real outputs of the float and of the compressed network for the calibration inputs that
        measured the error, at most `MEASURED_SAMPLES`.
    pruned : bool
        Whether any weight was pruned.
    """

    network: Network[Any, Any]
    layers: tuple[LayerReport, ...]
    float_outputs: FloatArray
    outputs: FloatArray
    pruned: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class _Shared:
    """A layer after pruning and sharing."""

    name: str
    source: FloatLayer
    pruned: Weights
    clustering: Clustering

    def weights(self) -> Weights:
        """Return the shared weights in the source's precision."""
        wide = self.source.weights.dtype.itemsize > np.dtype(np.float32).itemsize
        centroids = self.clustering.centroids.astype(np.float64 if wide else np.float32)
        return centroids[self.clustering.codes]


def compress(
    engine: Engine[Any, Any],
    layers: Sequence[FloatLayer],
    config: EngineConfig,
    *,
    calibration: NDArray[np.number] | None,
    density: Density = None,
    prune: str = "magnitude",
    quality: PerLayer = None,
    kmeans: str = "optimal",
    scale_rule: str = "max",
    percentile: float = PERCENTILE,
    input_scale: float = 1.0,
    ending: str | None = None,
    must_fit: bool = True,
    on_progress: Callable[[int], None] | None = None,
) -> Compression:
    """Compress a float network for an engine.

    Each layer is pruned if asked (`zskip.model.common.prune`), its weights are shared
    (`zskip.model.common.codebook`), the scales of all layers are chosen from the calibration
    inputs (`zskip.model.common.calibration`), and the engine encodes the layers. Shared values that
    the fixed-point grid rounds to 0 are dropped, and so are inputs and outputs that nothing reads
    (`zskip.model.common.unused`).

    Parameters
    ----------
    engine : Engine
        The kind of accelerator.
    layers : sequence of FloatLayer
        The network from input to output.
    config : EngineConfig
        Its hardware.
    calibration : ndarray of any real dtype, shape (n, inputs)
        Inputs as users give them, at least one: the scales are chosen so that they fit.
    density : float or mapping of str to float, optional
        Share of the weights to keep, above 0 and at most 1, for every layer or by layer name.
        Weights that are zero already count as the first to go; without it nothing is pruned.
    prune : str, optional
        Which weights go: one of `zskip.model.common.prune.METHODS`.
    quality : float or mapping of str to float, optional
        For pruning by ``"deviation"``, in place of a density: the multiple of a layer's standard
        deviation below which weights go.
    kmeans : str, optional
        How shared values are found: one of `zskip.model.common.codebook.METHODS`.
    scale_rule : str, optional
        How the scales of activations are chosen: ``"max"``, ``"percentile"`` or ``"mse"``, as
        `zskip.model.common.calibration.calibrate` says.
    percentile : float, optional
        Percent of the activations that the rule of this name keeps in range.
    input_scale : float, optional
        Factor from the inputs that users give to those that the network was trained with.
    ending : str, optional
        Operation behind the last layer that the network shall record.
    must_fit : bool, optional
        Refuse a network that does not fit the configuration.
    on_progress : callable, optional
        Called with 1 after each layer, and after each of `STAGES` more.

    Returns
    -------
    Compression

    Raises
    ------
    InputError
        The network is empty, not finite, not of floats or does not chain; the calibration inputs
        are missing or do not match; what is asked for is out of range, contradicts itself or
        names no layer; all weights of a layer round to zero; or the network does not fit the
        configuration.
    """
    check_float_network(layers)
    inputs = _calibration(calibration, layers[0].weights.shape[1], input_scale)
    check_rule(scale_rule, percentile)
    pruned = prune_layers(layers, config.pe_count, method=prune, density=density, quality=quality)
    advance = on_progress or (lambda steps: None)
    shared = []
    for index, weights in enumerate(pruned):
        shared.append(_share(layer_name(layers, index), layers[index], weights, kmeans, config))
        advance(1)
    scales = calibrate(
        [part.weights() for part in shared],
        [layer.bias for layer in layers],
        [layer.relu for layer in layers],
        inputs * input_scale,
        config.acc_bits,
        rule=scale_rule,
        percentile=percentile,
    )
    advance(1)
    fixed = [_fixed(*pair, config) for pair in zip(shared, scales, strict=True)]
    network = replace(
        engine.encode(
            fixed, config, calibration=inputs[:ACTIVITY_SAMPLES], input_scale=input_scale
        ),
        ending=ending,
    )
    network.check()
    if must_fit:
        engine.check_fit(network)
    advance(1)
    fidelity = compare(network, layers, inputs[:MEASURED_SAMPLES])
    advance(1)
    return Compression(
        network=network,
        layers=tuple(
            layer_report(
                layer, grid, part.clustering, part.pruned, error, engine.figures(layer, config)
            )
            for part, grid, layer, error in zip(
                shared, fixed, network.layers, fidelity.layers, strict=True
            )
        ),
        float_outputs=fidelity.float_outputs,
        outputs=fidelity.outputs,
        pruned=any(
            np.count_nonzero(weights) < np.count_nonzero(layer.weights)
            for weights, layer in zip(pruned, layers, strict=True)
        ),
    )


def _calibration(inputs: NDArray[np.number] | None, width: int, input_scale: float) -> FloatArray:
    """Check the calibration inputs and their scale."""
    if inputs is None:
        raise InputError(
            "calibration inputs must be given, not none: the fixed-point scales are chosen from "
            "them; some hundred typical inputs will do"
        )
    if not (math.isfinite(input_scale) and input_scale > 0):
        raise InputError(f"the input scale must be positive and finite, not {input_scale}")
    if inputs.ndim != 2 or inputs.shape[1] != width or not len(inputs):
        raise InputError(
            f"calibration inputs must have shape (n, {width}) with n at least 1, not "
            f"{inputs.shape}: give rows of {width} values, one for each input of the first layer"
        )
    check_finite(inputs, "calibration inputs")
    return inputs.astype(np.float64, copy=False)


def _share(
    name: str, layer: FloatLayer, weights: Weights, kmeans: str, config: EngineConfig
) -> _Shared:
    """Share the weights of a pruned layer."""
    try:
        clustering = cluster(weights, config.codebook_size, method=kmeans)
    except InputError as error:
        raise InputError(f"layer {name!r}: {error}") from None
    return _Shared(name=name, source=layer, pruned=weights, clustering=clustering)


def _fixed(shared: _Shared, scale: LayerScale, config: EngineConfig) -> FixedLayer:
    """Bring a layer to the fixed-point grid."""
    codebook, _ = quantize(shared.clustering.centroids, scale.weight_fraction, CODEBOOK_BITS)
    if shared.clustering.centroids.any() and not codebook.any():
        raise InputError(_all_lost(shared, scale, config))
    kept = np.where(codebook == 0, 0, np.arange(codebook.size)).astype(np.uint8)
    try:
        bias = quantize_bias(shared.source.bias, scale, config.acc_bits)
    except InputError as error:
        raise InputError(f"layer {shared.name!r}: {error}") from None
    return FixedLayer(
        name=shared.name,
        codes=kept[shared.clustering.codes],
        codebook=codebook,
        bias=bias,
        relu=shared.source.relu,
        scale=scale,
    )


def _all_lost(shared: _Shared, scale: LayerScale, config: EngineConfig) -> str:
    """Say why every weight of a layer rounds to zero."""
    largest = float(np.abs(shared.clustering.centroids).max())
    step = 2.0**-scale.weight_fraction
    cause = "the finest step there is: scale the weights up"
    if scale.weight_fraction < MAX_FRACTION:
        bias = float(np.abs(shared.source.bias).max())
        cause = (
            f"for the sums, with biases up to {bias:.3g}, to fit {config.acc_bits} bits: set "
            "acc_bits higher, or train the network with smaller biases and inputs"
        )
    return (
        f"layer {shared.name!r}: weights must not all round to zero, but the largest is "
        f"{largest:.3g} and a fixed-point step {step:.3g}, {cause}"
    )
