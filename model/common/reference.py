"""The dense oracle: a network computed with whole matrices, independent of any sparse format.

A fixed-point layer is ``y = write_back(wrap(W a + b))`` in the numbers of ``docs/design.md``. The
float layers beside it are what the errors of a compressed network are measured against.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.errors import InputError
from zskip.model.common.fixed import (
    ACTIVATION_BITS,
    BoolArray,
    FloatArray,
    IntArray,
    check_range,
    wrap,
    write_back,
)

WEIGHT_BITS = 24
"""Width of the widest weights."""

EXACT_FLOAT = 2**53
"""Sums of integers whose magnitudes stay below this in total are exact in float64."""


@dataclass(frozen=True, kw_only=True, eq=False)
class DenseLayer:
    """A fixed-point layer.

    Attributes
    ----------
    weights : ndarray of any integer dtype, shape (outputs, inputs)
        Weights of at most 24 bits.
    bias : ndarray of any integer dtype, shape (outputs,)
        Biases at accumulator scale.
    shift : int
        Fraction bits that write-back drops.
    relu : bool
        Whether negative outputs become 0.
    """

    weights: NDArray[np.integer]
    bias: NDArray[np.integer]
    shift: int
    relu: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class FloatLayer:
    """A layer in real numbers.

    Attributes
    ----------
    weights : ndarray of any floating-point dtype, shape (outputs, inputs)
        Weights.
    bias : ndarray of any floating-point dtype, shape (outputs,)
        Biases.
    relu : bool
        Whether negative outputs become 0.
    name : str
        Name of the layer in its source; empty if it has none.
    """

    weights: NDArray[np.floating]
    bias: NDArray[np.floating]
    relu: bool
    name: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class DenseResult:
    """Results of a fixed-point layer.

    Attributes
    ----------
    y : ndarray of int64, shape (n, outputs)
        Activations of the width asked for.
    saturated : ndarray of bool, shape (n, outputs)
        True where write-back saturated, judged before ReLU.
    """

    y: IntArray
    saturated: BoolArray


def layer(
    weights: NDArray[np.integer],
    activations: NDArray[np.integer],
    bias: NDArray[np.integer],
    shift: int,
    relu: bool,
    acc_bits: int = 32,
    activation_bits: int = ACTIVATION_BITS,
) -> DenseResult:
    """Compute a fixed-point layer for many samples.

    Parameters
    ----------
    weights : ndarray of any integer dtype, shape (outputs, inputs)
        Weights of at most 24 bits.
    activations : ndarray of any integer dtype, shape (n, inputs)
        Input activations of `activation_bits` bits, one row per sample.
    bias : ndarray of any integer dtype, shape (outputs,)
        Biases of `acc_bits` bits, at accumulator scale.
    shift : int
        Fraction bits that write-back drops, 0 to 61.
    relu : bool
        Whether negative outputs become 0.
    acc_bits : int, optional
        Width of the accumulator, 2 to 62. The sum wraps around, so its order does not matter.
    activation_bits : int, optional
        Width of inputs and outputs, 2 to 62.

    Returns
    -------
    DenseResult
        Output activations and where they saturated.

    Raises
    ------
    InputError
        If shapes do not match or a value does not fit its width.
    """
    _check_layer(weights, bias)
    _check_activations(weights, activations)
    products = _products(
        check_range(activations, activation_bits, "activations"),
        check_range(weights, WEIGHT_BITS, "weights"),
    )
    acc = wrap(products + check_range(bias, acc_bits, "biases"), acc_bits)
    y, saturated = write_back(acc, shift, relu, activation_bits)
    return DenseResult(y=y, saturated=saturated)


def network(
    layers: Sequence[DenseLayer],
    activations: NDArray[np.integer],
    acc_bits: int = 32,
    activation_bits: int = ACTIVATION_BITS,
) -> list[DenseResult]:
    """Compute a fixed-point network for many samples.

    Parameters
    ----------
    layers : sequence of DenseLayer
        The layers from input to output.
    activations : ndarray of any integer dtype, shape (n, inputs)
        Inputs of `activation_bits` bits, one row per sample.
    acc_bits : int, optional
        Width of the accumulator, 2 to 62.
    activation_bits : int, optional
        Width of the inputs and of the outputs of every layer, 2 to 62.

    Returns
    -------
    list of DenseResult
        The result of every layer, the network's outputs last.

    Raises
    ------
    InputError
        If the layers do not chain, or `layer` refuses one.
    """
    check_chain(layers)
    results: list[DenseResult] = []
    for step in layers:
        result = layer(
            step.weights,
            activations,
            step.bias,
            step.shift,
            step.relu,
            acc_bits,
            activation_bits,
        )
        results.append(result)
        activations = result.y
    return results


def float_layer(
    weights: NDArray[np.floating],
    activations: NDArray[np.floating],
    bias: NDArray[np.floating],
    relu: bool,
) -> FloatArray:
    """Compute a layer in float64.

    Parameters
    ----------
    weights : ndarray of any floating-point dtype, shape (outputs, inputs)
        Weights.
    activations : ndarray of any floating-point dtype, shape (n, inputs)
        Input activations, one row per sample.
    bias : ndarray of any floating-point dtype, shape (outputs,)
        Biases.
    relu : bool
        Whether negative outputs become 0.

    Returns
    -------
    ndarray of float64, shape (n, outputs)
        ``W a + b`` of every sample, after ReLU if asked.

    Raises
    ------
    InputError
        If shapes do not match.
    """
    _check_layer(weights, bias)
    _check_activations(weights, activations)
    y = activations.astype(np.float64, copy=False) @ weights.astype(np.float64, copy=False).T
    y += bias
    return np.maximum(y, 0.0, out=y) if relu else y


def float_network(
    layers: Sequence[FloatLayer], activations: NDArray[np.floating]
) -> list[FloatArray]:
    """Compute a network in float64.

    Parameters
    ----------
    layers : sequence of FloatLayer
        The layers from input to output.
    activations : ndarray of any floating-point dtype, shape (n, inputs)
        Inputs, one row per sample.

    Returns
    -------
    list of ndarray of float64, shape (n, outputs)
        The outputs of every layer, the network's outputs last.

    Raises
    ------
    InputError
        If the layers do not chain, or `float_layer` refuses one.
    """
    check_chain(layers)
    results: list[FloatArray] = []
    for step in layers:
        result = float_layer(step.weights, activations, step.bias, step.relu)
        results.append(result)
        activations = result
    return results


def check_chain(layers: Sequence[DenseLayer] | Sequence[FloatLayer]) -> None:
    """Check that the layers of a network are whole and chain.

    Parameters
    ----------
    layers : sequence of DenseLayer or of FloatLayer
        The layers from input to output.

    Raises
    ------
    InputError
        If there is no layer, a layer has not one bias per output, or a layer does not take as
        many inputs as the layer before it has outputs; layers are counted from 0.
    """
    if not layers:
        raise InputError("a network must have at least one layer, not 0: give its layers")
    for index, step in enumerate(layers):
        _check_layer(step.weights, step.bias)
        outputs = layers[index - 1].weights.shape[0]
        inputs = step.weights.shape[1]
        if index and inputs != outputs:
            raise InputError(
                f"layer {index} must take {outputs} inputs, the outputs of layer {index - 1}, "
                f"not {inputs}: check the order of the layers"
            )


def _check_layer(weights: NDArray[np.number], bias: NDArray[np.number]) -> None:
    """Check that weights and bias belong together."""
    if weights.ndim != 2:
        raise InputError(
            f"weights must be of shape (outputs, inputs), not {weights.shape}: "
            "give one matrix per layer"
        )
    if bias.shape != weights.shape[:1]:
        raise InputError(
            f"biases must be of shape {weights.shape[:1]}, not {bias.shape}: give one per output"
        )


def _check_activations(weights: NDArray[np.number], activations: NDArray[np.number]) -> None:
    """Check that activations have a column for every input."""
    inputs = weights.shape[1]
    if activations.ndim != 2 or activations.shape[1] != inputs:
        raise InputError(
            f"activations must be of shape (samples, {inputs}), not {activations.shape}: "
            "give one row per sample"
        )


def _products(activations: IntArray, weights: IntArray) -> IntArray:
    """Compute ``activations @ weights.T`` exactly (beyond int64: modulo 2**64).

    Float64 is many times as fast as int64, and exact whatever the order of the sums as long as
    the magnitudes cannot add up to `EXACT_FLOAT`.
    """
    if weights.shape[1] * _peak(weights) * _peak(activations) < EXACT_FLOAT:
        return (activations.astype(np.float64) @ weights.astype(np.float64).T).astype(np.int64)
    return activations @ weights.T


def _peak(values: IntArray) -> int:
    """Give the largest magnitude."""
    return max(int(values.max(initial=0)), -int(values.min(initial=0)))
