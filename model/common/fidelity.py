"""How far a compressed network is from the float network it was made of.

The compressed network is computed by the dense reference, some rows at a time, so that matrices
of any size are decoded in pieces.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zskip.model.common import reference
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import FloatArray, IntArray
from zskip.model.common.metrics import max_abs_error, signal_to_noise
from zskip.model.common.network import Layer, Network, row_blocks
from zskip.model.common.reference import FloatLayer

DEPARTURE_DB = 20.0
"""A layer whose signal-to-noise ratio against the float network is lower departs from it."""


@dataclass(frozen=True, kw_only=True)
class LayerFidelity:
    """Error of a layer's outputs, after all layers in front of it.

    Parameters
    ----------
    max_error : float
        Largest absolute error of the outputs that are computed.
    snr_db : float
        Signal-to-noise ratio in dB, as `zskip.model.common.metrics.signal_to_noise` gives it.
    saturations : int
        Outputs clipped, of all samples together.
    """

    max_error: float
    snr_db: float
    saturations: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Fidelity:
    """Error of every layer's outputs, and both networks' outputs.

    Parameters
    ----------
    layers : tuple of LayerFidelity
        One for each layer.
    float_outputs, outputs : ndarray of float64, shape (n, outputs)
        Real outputs of the float network and of the compressed one, in the user's order.
    """

    layers: tuple[LayerFidelity, ...]
    float_outputs: FloatArray
    outputs: FloatArray


def compare(network: Network, source: Sequence[FloatLayer], inputs: FloatArray) -> Fidelity:
    """Compute both networks and compare the outputs of every layer.

    Parameters
    ----------
    network : Network
        A network that passes its `check`.
    source : sequence of FloatLayer
        The float network, layer by layer of the shapes of the network's source.
    inputs : ndarray of float64, shape (n, inputs)
        Inputs as users give them, before the network's `input_scale`.

    Returns
    -------
    Fidelity

    Raises
    ------
    InputError
        The inputs have the wrong length or are not finite, or an output in floating point is not.
    """
    activations = network.select(network.quantize_inputs(inputs))
    truth = inputs * network.input_scale
    outputs = truth
    layers = []
    for layer, float_layer in zip(network.layers, source, strict=True):
        activations, saturations = layer.compute(activations, network.config)
        truth = _float_layer(float_layer, truth)
        outputs = finite_outputs(layer, activations)
        expected = truth[:, layer.rows]
        layers.append(
            LayerFidelity(
                max_error=max_abs_error(expected, outputs),
                snr_db=signal_to_noise(expected, outputs),
                saturations=saturations,
            )
        )
    return Fidelity(layers=tuple(layers), float_outputs=truth, outputs=network.restore(outputs))


def finite_outputs(layer: Layer, words: IntArray) -> FloatArray:
    """Return the real numbers that a layer's outputs stand for.

    Parameters
    ----------
    layer : Layer
        The layer.
    words : ndarray of int64, shape (n, outputs)
        Its outputs.

    Returns
    -------
    ndarray of float64, shape (n, outputs)

    Raises
    ------
    InputError
        In floating point: one is not finite, and so beyond any comparison.
    """
    values = layer.output_values(words)
    if layer.number is not None and not np.isfinite(values).all():
        count = int(np.count_nonzero(~np.isfinite(values)))
        raise InputError(
            f"layer {layer.name!r}: outputs must be within the range of {layer.number.name}, but "
            f"{count:,} of {values.size:,} are not: choose a wider format, or scale weights and "
            "biases down"
        )
    return values


def _float_layer(layer: FloatLayer, activations: FloatArray) -> FloatArray:
    """Compute a float layer."""
    y = np.empty((activations.shape[0], layer.weights.shape[0]))
    for rows in row_blocks(layer.weights.shape):
        y[:, rows] = reference.float_layer(
            layer.weights[rows], activations, layer.bias[rows], layer.relu
        )
    return y
