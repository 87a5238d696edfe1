"""Layers of Keras models that quantize: weights exactly, data by bounds, steps and notes."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from zskip.files.formats.chain import Chain
from zskip.files.formats.guard import damaged
from zskip.files.formats.keras_h5 import KIND
from zskip.files.formats.keras_layer import Layer
from zskip.files.formats.pieces import Float64Array, Steps
from zskip.files.formats.quantizers import Quantizer, parse_quantizer, quantize
from zskip.files.formats.roundings import note_rounding
from zskip.files.formats.tensors import Float32Array, Tensor
from zskip.model.common.errors import InputError

Dense = tuple[Float32Array, Float32Array]
STEPS = {
    "binary": Steps(thresholds=(0.0,), low=-1.0, height=2.0),
    "binary_tanh": Steps(thresholds=(0.0,), low=-1.0, height=2.0),
    "ternary": Steps(thresholds=(-0.33, 0.33), low=-1.0, height=1.0),
    "ternary_tanh": Steps(thresholds=(-0.5, 0.5), low=-1.0, height=1.0),
}
"""Activations of binary and ternary networks, by their names in QKeras and before it."""

BOUNDS = {"relu1": 1.0, "relu6": 6.0}


def quantized_dense(layer: Layer, weights: Float32Array, bias: Float32Array) -> Dense:
    """Return the weights and biases that a fully connected layer of any kind computes with.

    Parameters
    ----------
    layer : Layer
        One of the kinds in `WEIGHTS`.
    weights, bias : ndarray of float32, shapes (outputs, inputs) and (outputs,)
        The latent ones in the file.

    Raises
    ------
    InputError
        Its quantizer is not supported.
    """
    try:
        return WEIGHTS[layer.kind](layer, weights, bias)
    except InputError as error:
        raise InputError(f"weights of {layer}: {error}") from None


def _qkeras(layer: Layer, weights: Float32Array, bias: Float32Array) -> Dense:
    """Quantize by the two quantizers of QKeras."""
    found = []
    for role, values in (("kernel", weights), ("bias", bias)):
        spec = layer.settings.get(f"{role}_quantizer")
        used = spec is not None and (role == "kernel" or layer.settings.get("use_bias", True))
        if used:
            found.append(quantize(parse_quantizer(spec), values, kernel=role == "kernel"))
        else:
            found.append(values)
    weights, bias = found
    return weights, bias


def _binary(layer: Layer, weights: Float32Array, bias: Float32Array) -> Dense:
    """Take the signs of weights; that of 0 is negative."""
    height = _height(layer)
    return np.where(weights > 0, height, -height), bias


def _ternary(layer: Layer, weights: Float32Array, bias: Float32Array) -> Dense:
    """Round to -1, 0 or 1."""
    height = _height(layer)
    rounded = np.where(weights > height / 2, height, np.float32(0))
    return np.where(weights <= -height / 2, -height, rounded), bias


def _height(layer: Layer) -> np.float32:
    """Return the size of binary and ternary weights."""
    height = layer.settings.get("H", 1.0)
    if isinstance(height, bool) or not isinstance(height, int | float) or not 0 < height < 1e6:
        raise InputError("H must be a number above 0 that the model keeps: save it with H=1")
    return np.float32(height)


WEIGHTS: Mapping[str, Callable[[Layer, Float32Array, Float32Array], Dense]] = {
    "BinaryDense": _binary,
    "Dense": lambda layer, weights, bias: (weights, bias),
    "QDense": _qkeras,
    "TernaryDense": _ternary,
}
"""What each kind of layer makes of its weights."""


def add_activation(chain: Chain, layer: Layer, spec: object) -> bool:
    """Add an activation with bounds, steps or a rounding to a chain.

    Parameters
    ----------
    chain : Chain
        The layers before it.
    layer : Layer
        The one that the activation is of.
    spec : JSON value
        The activation.

    Returns
    -------
    bool
        Whether it is one of these.
    """
    quantizer = parse_quantizer(spec)
    if quantizer.kind in BOUNDS:
        chain.bound(layer.name, BOUNDS[quantizer.kind])
    elif quantizer.kind in STEPS and _plain(quantizer):
        chain.steps(quantizer.kind, layer.name, STEPS[quantizer.kind])
    elif quantizer.kind == "quantized_relu":
        return _rounded_relu(chain, layer, quantizer.settings)
    elif quantizer.kind == "quantized_bits" and (chain.empty or chain.rectified):
        bits = quantizer.settings["bits"] - bool(quantizer.settings["keep_negative"])
        if quantizer.settings["alpha"] not in (None, 1) or bits < 1:
            return False
        _bounded(chain, layer, "quantized_bits", quantizer.settings["integer"], bits)
    else:
        return False
    return True


def _plain(quantizer: Quantizer) -> bool:
    """Tell whether steps have the thresholds and heights of `STEPS`."""
    settings = quantizer.settings
    scaled = settings.get("alpha") not in (None, 1) or settings.get("use_01")
    return not scaled and settings.get("threshold") in (None, 0.33)


def _rounded_relu(chain: Chain, layer: Layer, settings: Mapping[str, Any]) -> bool:
    """Add a ReLU that clips and rounds."""
    plain = settings["is_quantized_clip"] and not settings["use_sigmoid"]
    if not plain or settings["negative_slope"] or settings["bits"] < 1:
        return False
    _bounded(chain, layer, "quantized_relu", settings["integer"], settings["bits"])
    return True


def _bounded(chain: Chain, layer: Layer, kind: str, integer: int, bits: int) -> None:
    """Add the bound of fixed point numbers, and note their rounding."""
    step = 2.0 ** (integer - bits)
    upper = 2.0**integer - step
    note_rounding(chain, kind, layer.name, f"to steps of {step:g} up to {upper:g}")
    if not chain.empty:
        chain.bound(layer.name, upper)


def fixed_point(
    chain: Chain, layer: Layer, tensors: Mapping[str, Tensor], shape: tuple[int, ...] | None
) -> None:
    """Add a quantizer of HGQ: values of no bits are 0, others are said to be rounded.

    Parameters
    ----------
    chain : Chain
        The layers before it.
    layer : Layer
        A ``FixedPointQuantizer``.
    tensors : mapping from str to ndarray
        Its variables.
    shape : tuple of int or None
        That of the data, if it is known.

    Raises
    ------
    InputError
        Its variables are not those it should have, or it saturates.
    """
    bits, integers = _bit_widths(layer, tensors, shape)
    if layer.settings.get("SAT") != "WRAP":
        raise InputError(
            f"{layer} must wrap around, not saturate: make the proxy model with SAT='WRAP', or "
            "save Dense layers with its weights"
        )
    kept = bits > 0
    if kept.any():
        steps = np.exp2((integers - bits)[kept])
        low, high = f"{steps.min():g}", f"{steps.max():g}"
        span = low if low == high else f"{low} to {high}"
        note_rounding(chain, layer.kind, layer.name, f"to steps of {span}")
    if not kept.all():
        chain.affine(kept.astype(np.float64), np.zeros(len(kept)))


def _bit_widths(
    layer: Layer, tensors: Mapping[str, Tensor], shape: tuple[int, ...] | None
) -> tuple[Float64Array, Float64Array]:
    """Return bits and integer bits of each value."""
    values = {path.rpartition("/")[2].removesuffix(":0"): tensors[path] for path in tensors}
    found = []
    for role in ("bits", "integers"):
        tensor = values.get(role)
        if tensor is None or tensor.dtype.kind not in "iu":
            raise damaged(KIND, f"{layer} has no integers called {role}")
        try:
            wide = np.broadcast_to(tensor, tensor.shape if shape is None else (1, *shape))
        except ValueError:
            raise damaged(KIND, f"{layer} has {role} of shape {tensor.shape}") from None
        found.append(wide.ravel().astype(np.float64))
    return found[0], found[1]
