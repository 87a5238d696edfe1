"""Power-of-two scales of a network from sample inputs.

Every layer has three: of its input activations, of its weights, and of its output activations,
which are the next layer's inputs.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.errors import InputError
from zskip.model.common.fixed import (
    ACTIVATION_BITS,
    CODEBOOK_BITS,
    FloatArray,
    IntArray,
    check_finite,
    limits,
    quantize,
)
from zskip.model.common.pruning import Weights, check_weights
from zskip.model.common.ranges import PERCENTILE, RangeChoice, activation_limit, check_rule
from zskip.model.common.reference import FloatLayer, check_chain, float_layer
from zskip.model.common.scale import MAX_FRACTION, MIN_FRACTION, LayerScale

PEAK_LIMIT = 2.0**31
"""Weights and activations of a network stay at or below this in magnitude."""

SAMPLES_PER_CHUNK = 512
ELEMENTS_PER_BLOCK = 2**21
"""Calibration inputs and weights go through the float network in pieces of these sizes."""


@dataclass(frozen=True, kw_only=True)
class _Peaks:
    """Largest magnitudes in a layer: weights, outputs, and ``|b| + sum(|w| |a|)`` of a row."""

    weight: float
    output: float
    total: float


def calibrate(
    weights: Sequence[Weights],
    biases: Sequence[NDArray[np.floating]],
    relus: Sequence[bool],
    inputs: NDArray[np.floating],
    acc_bits: int = 32,
    headroom_bits: int = 1,
    *,
    rule: str = "max",
    percentile: float = PERCENTILE,
    weight_bits: int | Sequence[int] = CODEBOOK_BITS,
    activation_bits: int = ACTIVATION_BITS,
    sum_peaks: Sequence[float] | None = None,
    margin_bits: int | None = None,
) -> list[LayerScale]:
    """Choose the scales of a network from the values that sample inputs give rise to.

    The network is computed in float64 with the given (clustered) weights. From input to output:

    1. activations, of the network's inputs and of each layer's outputs after ReLU, take a fraction
       by the rule:

       - ``"max"``: the largest at which the largest magnitude stays at or below
         ``A >> headroom_bits``, where `A` is the largest of `activation_bits`, 32767 of 16;
       - ``"percentile"``: the largest at which this many percent of the values that are not zero
         stay at or below ``A >> headroom_bits`` in magnitude; the others may saturate;
       - ``"mse"``: of this one of ``"max"`` and larger ones that of the least squared error of
         the values in fixed point, saturation included; of equal ones the smallest;
    2. weights take the largest fraction at which the largest magnitude stays at or below the
       largest value of `weight_bits`, 32767 of 16;
    3. the weight fraction falls until the largest of `sum_peaks` or, without them, the largest
       ``|b| + sum(|w| |a|)`` of any output and sample, which no order of the additions exceeds, is
       at most ``(2**(acc_bits - 1) - 1) >> margin_bits`` at accumulator scale;
    4. the output fraction falls to the accumulator's where it is larger (shift >= 0), and the
       weight fraction falls where the shift would exceed ``acc_bits - 1``.

    A tensor that is all zero counts as one whose largest magnitude is 1. Rounding to integers is
    left to the headroom.

    Parameters
    ----------
    weights : sequence of ndarray of any floating-point dtype, shape (outputs, inputs)
        Weights of every layer, as they will be on chip: after pruning and sharing.
    biases : sequence of ndarray of any floating-point dtype, shape (outputs,)
        Biases of every layer.
    relus : sequence of bool
        Whether each layer ends in ReLU.
    inputs : ndarray of any floating-point dtype, shape (n, inputs)
        Sample inputs, at least one.
    acc_bits : int, optional
        Width of the accumulator, 2 to 62.
    headroom_bits : int, optional
        Bits that activations keep free for inputs larger than the samples, 0 to
        ``activation_bits - 2``, and at most ``acc_bits - 2``.
    rule : str, optional
        How the fractions of activations are chosen: ``"max"``, ``"percentile"`` or ``"mse"``.
    percentile : float, optional
        For the rule of this name, above 0 and at most 100.
    weight_bits : int or sequence of int, optional
        Width of the weights in fixed point, of all layers or of each.
    activation_bits : int, optional
        Width of the activations in fixed point.
    sum_peaks : sequence of float, optional
        Largest magnitude that the accumulators of each layer shall hold
        (`zskip.model.common.partial_sums`), at least that of its outputs in front of ReLU.
    margin_bits : int, optional
        Bits that accumulators keep free, 0 to ``acc_bits - 2``; `headroom_bits` without it.

    Returns
    -------
    list of LayerScale
        One for each layer.

    Raises
    ------
    InputError
        If the layers do not chain, a value is not finite or beyond 2**31, an argument is out of
        range, or no weight fraction from -32 on lets the sums fit the accumulator.
    """
    _check_headroom(acc_bits, headroom_bits, activation_bits)
    margin_bits = headroom_bits if margin_bits is None else margin_bits
    check_margin(margin_bits, acc_bits)
    check_rule(rule, percentile)
    layers = _layers(weights, biases, relus)
    _check_inputs(inputs, layers[0].weights.shape[1])
    peaks = _measure(layers, inputs)
    limit = activation_limit(headroom_bits, activation_bits)
    fractions = [_fraction(peak, limit) for peak in (_peak(inputs), *(p.output for p in peaks))]
    if rule != "max":
        choices = [RangeChoice(base, limit, MAX_FRACTION, activation_bits) for base in fractions]
        fractions = _choose(layers, inputs, choices, rule, percentile)
    input_fraction = fractions[0]
    widths = [weight_bits] * len(layers) if isinstance(weight_bits, int) else weight_bits
    scales: list[LayerScale] = []
    totals = [peak.total for peak in peaks] if sum_peaks is None else sum_peaks
    for index, (peak, sums, width) in enumerate(zip(peaks, totals, widths, strict=True)):
        weight_fraction = _fraction(peak.weight, limits(width)[1])
        total = _largest_exponent(sums, limits(acc_bits)[1] >> margin_bits)
        weight_fraction = min(weight_fraction, total - input_fraction)
        output_fraction = min(fractions[index + 1], input_fraction + weight_fraction)
        weight_fraction = min(weight_fraction, output_fraction + acc_bits - 1 - input_fraction)
        _check_fractions(index, weight_fraction, output_fraction, acc_bits)
        scales.append(
            LayerScale(
                input_fraction=input_fraction,
                weight_fraction=weight_fraction,
                output_fraction=output_fraction,
            )
        )
        input_fraction = output_fraction
    return scales


def quantize_bias(bias: NDArray[np.floating], scale: LayerScale, acc_bits: int = 32) -> IntArray:
    """Convert biases to accumulator scale.

    Parameters
    ----------
    bias : ndarray of any floating-point dtype, shape (outputs,)
        Biases of a layer.
    scale : LayerScale
        The layer's scales.
    acc_bits : int, optional
        Width of the accumulator, 2 to 62.

    Returns
    -------
    ndarray of int64, shape (outputs,)
        Biases with ``scale.accumulator_fraction`` fraction bits, rounded half up.

    Raises
    ------
    InputError
        If a bias is not finite or does not fit the accumulator.
    """
    ints, saturated = quantize(bias, scale.accumulator_fraction, acc_bits, "biases")
    if saturated.any():
        worst = int(np.argmax(np.abs(bias)))
        raise InputError(
            f"biases must fit {acc_bits} bits with {scale.accumulator_fraction} fraction bits, "
            f"not {bias[worst]:.6g} of output {worst}: use a wider accumulator or fewer "
            "fraction bits"
        )
    return ints


def _check_headroom(acc_bits: int, headroom_bits: int, activation_bits: int) -> None:
    """Check that activations and accumulators keep at least one bit beside sign and headroom."""
    limits(acc_bits)
    most = min(activation_bits, acc_bits) - 2
    if not 0 <= headroom_bits <= most:
        raise InputError(
            f"headroom_bits must be 0 to {most}, not {headroom_bits}: 1 leaves a factor of two"
        )


def check_margin(margin_bits: int, acc_bits: int) -> None:
    """Check the bits that accumulators keep free.

    Parameters
    ----------
    margin_bits : int
        The bits.
    acc_bits : int
        Width of the accumulator.

    Raises
    ------
    InputError
        They do not leave a bit beside the sign.
    """
    if not 0 <= margin_bits <= acc_bits - 2:
        raise InputError(
            f"the margin of the accumulators must be 0 to {acc_bits - 2} bits, not {margin_bits}: "
            "1 leaves a factor of two"
        )


def _layers(
    weights: Sequence[Weights], biases: Sequence[NDArray[np.floating]], relus: Sequence[bool]
) -> list[FloatLayer]:
    """Check the network and give its layers."""
    if not len(weights) == len(biases) == len(relus):
        raise InputError(
            "weights, biases and relus must be given for the same layers, not for "
            f"{len(weights)}, {len(biases)} and {len(relus)}: give one of each per layer"
        )
    layers: list[FloatLayer] = []
    for matrix, bias, relu in zip(weights, biases, relus, strict=True):
        check_weights(matrix)
        check_finite(bias, "biases")
        layers.append(FloatLayer(weights=matrix, bias=bias, relu=relu))
    check_chain(layers)
    return layers


def _check_inputs(inputs: NDArray[np.floating], width: int) -> None:
    """Check the sample inputs."""
    if inputs.dtype.kind != "f":
        raise InputError(
            f"inputs must be floats, not {inputs.dtype}: scale them as in training and convert"
        )
    if inputs.ndim != 2 or inputs.shape[0] == 0 or inputs.shape[1] != width:
        raise InputError(
            f"inputs must be of shape (samples, {width}), not {inputs.shape}: "
            "give at least one row of the network's inputs"
        )
    check_finite(inputs, "inputs")
    _check_peak(_peak(inputs), "inputs")


def _check_peak(peak: float, what: str) -> None:
    """Check a largest magnitude."""
    if peak > PEAK_LIMIT:
        raise InputError(
            f"{what} must be at most 2**31 in magnitude, not {peak:.6g}: scale the network down"
        )


def _check_fractions(index: int, weight: int, output: int, acc_bits: int) -> None:
    """Check the fractions that had to fall for the accumulator."""
    if min(weight, output) < MIN_FRACTION:
        raise InputError(
            f"layer {index} must keep fractions of at least {MIN_FRACTION} bits, not {weight} "
            f"for weights and {output} for outputs with {acc_bits}-bit sums: "
            "widen the accumulator or scale the network down"
        )


def _measure(layers: Sequence[FloatLayer], inputs: NDArray[np.floating]) -> list[_Peaks]:
    """Compute the network on the samples and give the largest magnitudes of every layer."""
    weights = [_peak(layer.weights) for layer in layers]
    for index, peak in enumerate(weights):
        _check_peak(peak, f"weights of layer {index}")
    outputs = [0.0] * len(layers)
    totals = [0.0] * len(layers)
    for start in range(0, inputs.shape[0], SAMPLES_PER_CHUNK):
        activations = inputs[start : start + SAMPLES_PER_CHUNK].astype(np.float64)
        for index, layer in enumerate(layers):
            activations, total = _forward(layer, activations)
            output = _peak(activations)
            _check_peak(output, f"outputs of layer {index}")
            outputs[index] = max(outputs[index], output)
            totals[index] = max(totals[index], total)
    return [
        _Peaks(weight=weight, output=output, total=total)
        for weight, output, total in zip(weights, outputs, totals, strict=True)
    ]


def _choose(
    layers: Sequence[FloatLayer],
    inputs: NDArray[np.floating],
    choices: list[RangeChoice],
    rule: str,
    percentile: float,
) -> list[int]:
    """Compute the network again, and choose the fractions of activations by a rule."""
    for start in range(0, inputs.shape[0], SAMPLES_PER_CHUNK):
        activations = inputs[start : start + SAMPLES_PER_CHUNK].astype(np.float64)
        for index, choice in enumerate(choices):
            if index:
                activations, _ = _forward(layers[index - 1], activations)
            if rule == "mse":
                choice.measure(activations)
            else:
                choice.count(activations)
    if rule == "mse":
        return [choice.least_error() for choice in choices]
    return [choice.percentile(percentile) for choice in choices]


def _forward(layer: FloatLayer, activations: FloatArray) -> tuple[FloatArray, float]:
    """Compute a layer's outputs and its largest ``|b| + sum(|w| |a|)``, some rows at a time."""
    y = np.empty((activations.shape[0], layer.weights.shape[0]))
    magnitudes = np.abs(activations)
    total = 0.0
    for rows in _row_blocks(layer.weights):
        block = layer.weights[rows].astype(np.float64)
        bias = layer.bias[rows]
        y[:, rows] = float_layer(block, activations, bias, layer.relu)
        np.abs(block, out=block)
        total = max(total, _peak(float_layer(block, magnitudes, np.abs(bias), relu=False)))
    return y, total


def _row_blocks(weights: Weights) -> list[slice]:
    """Cut a matrix into blocks of rows of about `ELEMENTS_PER_BLOCK` weights."""
    rows = max(1, ELEMENTS_PER_BLOCK // weights.shape[1])
    return [slice(start, start + rows) for start in range(0, weights.shape[0], rows)]


def _peak(values: NDArray[np.floating]) -> float:
    """Give the largest magnitude."""
    return max(float(values.max()), -float(values.min()))


def _largest_exponent(peak: float, limit: int) -> int:
    """Give the largest ``f`` with ``peak * 2**f <= limit``, or with a peak of 1 where it is 0."""
    mantissa, exponent = math.frexp(peak or 1.0)
    bits = limit.bit_length()
    # The mantissa is below 1, so that `bits` is the first candidate and the one below it fits.
    fits = math.ldexp(mantissa, bits) <= limit
    return bits - exponent - (0 if fits else 1)


def _fraction(peak: float, limit: int) -> int:
    """Give the fraction bits at which a largest magnitude is at most `limit`."""
    return min(_largest_exponent(peak, limit), MAX_FRACTION)
