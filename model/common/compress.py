"""From a float network to a compressed one: prune, share weights, choose scales, encode."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.bias import better_biases, corrected_biases
from zskip.model.common.config import EngineConfig
from zskip.model.common.engine import Engine
from zskip.model.common.errors import InputError
from zskip.model.common.fidelity import DEPARTURE_DB, compare
from zskip.model.common.fixed import FloatArray, check_finite
from zskip.model.common.float_network import by_layer, check_float_network, layer_name
from zskip.model.common.network import Network
from zskip.model.common.pattern import AnyPattern, Pattern
from zskip.model.common.pattern_shares import PatternShares, pattern_shares
from zskip.model.common.permutation import best_order
from zskip.model.common.precision import Precision
from zskip.model.common.prune import PerLayer, prune_layers
from zskip.model.common.pruned_layer import PrunedLayer
from zskip.model.common.pruning import Weights
from zskip.model.common.ranges import PERCENTILE
from zskip.model.common.reference import FloatLayer
from zskip.model.common.report import LayerReport, layer_report
from zskip.model.common.scaled_network import (
    MARGIN_BITS,
    MEASURED_SAMPLES,
    SCALES,
    ScaleChoice,
    Scaling,
)

STAGES = 3
"""Steps of progress behind those of the layers: biases, scales with the encoding, errors."""

Density = PerLayer
"""Share of the weights to keep: of every layer, of layers by name, or all (None)."""

AnyPrecision = str | Mapping[str, str] | None
"""Precision of every layer, of layers by name, or the hardware's default one (None)."""


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
    sum_shares : tuple of float or None
        Share of the accumulators' range that partial sums of the calibration inputs reach, one for
        each layer; None in floating point, and of an engine that tells no order of its additions.
    pattern : Pattern or None
        Pattern that the weights were pruned to.
    shares : tuple of PatternShares
        What it keeps, one for each layer; empty without a pattern.
    """

    network: Network[Any, Any]
    layers: tuple[LayerReport, ...]
    float_outputs: FloatArray
    outputs: FloatArray
    pruned: bool
    sum_shares: tuple[float, ...] | None
    pattern: Pattern | None = None
    shares: tuple[PatternShares, ...] = ()


def compress(
    engine: Engine[Any, Any],
    layers: Sequence[FloatLayer],
    config: EngineConfig,
    *,
    calibration: NDArray[np.number] | None,
    density: Density = None,
    prune: str = "magnitude",
    quality: PerLayer = None,
    pattern: AnyPattern | None = None,
    permute: bool = False,
    kmeans: str = "optimal",
    scale_rule: str = "max",
    percentile: float = PERCENTILE,
    scales: str = SCALES[0],
    margin_bits: int = MARGIN_BITS,
    input_scale: float = 1.0,
    bias_correction: bool | None = None,
    precision: AnyPrecision = None,
    mask_lanes: int = 0,
    ending: str | None = None,
    must_fit: bool = True,
    on_progress: Callable[[int], None] | None = None,
) -> Compression:
    """Compress a float network for an engine.

    Each layer is pruned if asked (`zskip.model.common.prune`), its weights are shared
    (`zskip.model.common.codebook`) where the configuration shares weights, the scales of all layers
    are chosen from the calibration inputs (`zskip.model.common.calibration`), and the engine
    encodes the layers. Values that the fixed-point grid rounds to 0 are dropped, and where an
    engine does so inputs and outputs that nothing reads (`zskip.model.common.unused`).

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
    pattern : Pattern or str, optional
        In place of a density: at most N weights of every M along the inputs are kept
        (`zskip.model.common.pattern`), such as ``"2:4"``. Hardware that has a pattern gets this one
        (`EngineConfig.with_pattern`).
    permute : bool, optional
        With a pattern: choose orders of the inputs in which it keeps more
        (`zskip.model.common.permutation`).
    kmeans : str, optional
        How shared values are found: one of `zskip.model.common.codebook.METHODS`.
    scale_rule : str, optional
        How the scales of activations are chosen: ``"max"``, ``"percentile"`` or ``"mse"``, as
        `zskip.model.common.calibration.calibrate` says.
    percentile : float, optional
        Percent of the activations that the rule of this name keeps in range.
    scales : str, optional
        ``"reached"``: weights take as many bits as the largest partial sums leave that the
        calibration inputs reach in the hardware's order of additions; ``"safe"``: as the sums of
        all magnitudes leave, which no order exceeds. An engine that tells no order has the latter.
    margin_bits : int, optional
        Bits that the accumulators keep free beyond that.
    input_scale : float, optional
        Factor from the inputs that users give to those that the network was trained with.
    bias_correction : bool, optional
        Let biases make up for what weight sharing does to the mean outputs of the calibration
        inputs (`zskip.model.common.bias`), or do not; without it they do where more of these inputs
        then keep their class. What shared weights lose on the fixed-point grid biases make up for
        unless they shall not.
    precision : str or mapping of str to str, optional
        For hardware that has the choice (`EngineConfig.default_precision`): numbers that weights
        become, of every layer or by layer name, such as ``"int8"`` or ``"fp16"``
        (`zskip.model.common.precision`). With floating-point weights biases and activations are of
        that format too, there are no scales to choose, and all layers have the same format.
    mask_lanes : int, optional
        For such hardware: lowest bits of every weight that it leaves out.
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
        names no layer; all weights of a layer that needs them round to zero; or the network does
        not fit the configuration.
    """
    check_float_network(layers)
    inputs = _calibration(calibration, layers[0].weights.shape[1], input_scale)
    choice = ScaleChoice(
        rule=scale_rule, percentile=percentile, sums=scales, margin_bits=margin_bits
    )
    choice.check(config.acc_bits)
    wanted = _pattern(pattern, permute)
    if wanted is not None:
        config = config.with_pattern(wanted.n, wanted.m)
    precisions = _precisions(layers, precision, mask_lanes, config)
    orders = None
    if wanted is not None and permute:
        orders = [best_order(layer.weights, wanted) for layer in layers]
    pruned = prune_layers(
        layers,
        config.pe_count,
        method=prune,
        density=density,
        quality=quality,
        pattern=wanted,
        orders=orders,
    )
    advance = on_progress or (lambda steps: None)
    parts = []
    for index, weights in enumerate(pruned):
        name = layer_name(layers, index)
        given = (layers[index], weights, config, precisions[index])
        parts.append(PrunedLayer.of(name, *given, kmeans))
        advance(1)
    weights = [part.weights() for part in parts]
    measured = inputs[:MEASURED_SAMPLES]
    biases = _biases(parts, weights, measured * input_scale, bias_correction)
    advance(1)
    scaling = Scaling(
        engine=engine,
        config=config,
        parts=parts,
        biases=biases,
        inputs=inputs,
        input_scale=input_scale,
        orders=orders,
        mask_lanes=mask_lanes,
        choice=choice,
        correct=bias_correction is not False,
    )
    scaled = scaling.network()
    fixed, network = scaled.fixed, replace(scaled.network, ending=ending)
    network.check()
    if must_fit:
        engine.check_fit(network)
    advance(1)
    fidelity = compare(network, layers, measured)
    for part, grid, error in zip(parts, fixed, fidelity.layers, strict=True):
        # A layer whose outputs are its biases, as a trained one can be, needs no weights.
        if part.pruned.any() and not grid.codes.any() and error.snr_db < DEPARTURE_DB:
            raise InputError(part.all_lost(grid.scale, config))
    advance(1)
    return Compression(
        network=network,
        layers=tuple(
            layer_report(
                layer,
                grid,
                part.clustering,
                part.pruned,
                error,
                engine.figures(layer, config),
                bias_change=float(np.abs(bias - part.source.bias).max()),
            )
            for part, bias, grid, layer, error in zip(
                parts, biases, fixed, network.layers, fidelity.layers, strict=True
            )
        ),
        float_outputs=fidelity.float_outputs,
        outputs=fidelity.outputs,
        pruned=any(
            np.count_nonzero(weights) < np.count_nonzero(layer.weights)
            for weights, layer in zip(pruned, layers, strict=True)
        ),
        pattern=wanted,
        sum_shares=scaled.sum_shares,
        shares=() if wanted is None else pattern_shares(layers, pruned, wanted, ordered=permute),
    )


def _pattern(pattern: AnyPattern | None, permute: bool) -> Pattern | None:
    """Check what is asked for of patterns."""
    if permute and pattern is None:
        raise InputError(
            "permuted inputs must come with a pattern, not without one: give one such as 2:4"
        )
    return None if pattern is None else Pattern.parse(pattern)


def _precisions(
    layers: Sequence[FloatLayer], asked: AnyPrecision, mask_lanes: int, config: EngineConfig
) -> list[Precision | None]:
    """Return the precision of each layer, None where the hardware has no choice."""
    default = config.default_precision
    if default is None and asked is None and not mask_lanes:
        return [None] * len(layers)
    named = by_layer(layers, "precision", asked)
    chosen = [default if name is None else Precision.parse(name) for name in named]
    config.check_precision([one for one in chosen if one is not None], mask_lanes)
    return chosen


def _calibration(inputs: NDArray[np.number] | None, width: int, input_scale: float) -> FloatArray:
    """Check the calibration inputs and their scale."""
    if inputs is None:
        raise InputError(
            "calibration inputs must be given, not none: the fixed-point scales are chosen from "
            "them; some hundred typical inputs will do"
        )
    if not (math.isfinite(input_scale) and input_scale > 0):
        raise InputError(
            f"the input scale must be positive and finite, not {input_scale}: give the factor "
            "from these inputs to those of training, such as 0.0039"
        )
    if inputs.ndim != 2 or inputs.shape[1] != width or not len(inputs):
        raise InputError(
            f"calibration inputs must have shape (n, {width}) with n at least 1, not "
            f"{inputs.shape}: give rows of {width} values, one for each input of the first layer"
        )
    check_finite(inputs, "calibration inputs")
    return inputs.astype(np.float64, copy=False)


def _biases(
    parts: Sequence[PrunedLayer],
    weights: Sequence[Weights],
    inputs: FloatArray,
    correction: bool | None,
) -> list[FloatArray]:
    """Return each layer's biases, corrected for the sharing of weights if asked or if better."""
    if correction is False or all(part.clustering is None for part in parts):
        return [part.source.bias.astype(np.float64) for part in parts]
    choose = better_biases if correction is None else corrected_biases
    return choose([replace(part.source, weights=part.pruned) for part in parts], weights, inputs)
