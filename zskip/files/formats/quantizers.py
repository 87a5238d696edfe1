"""Quantizers of QKeras, as its layers and configurations name them, and what they make of weights.

Weights in a file are latent, which is what training changes; the network computes with what its
quantizers make of them in inference.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from zskip.files.formats.guard import quoted
from zskip.files.formats.tensors import Float32Array, as_float32
from zskip.model.common.errors import InputError

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "binary": {"use_01": False, "alpha": None},
    "quantized_bits": {
        **{"bits": 8, "integer": 0, "symmetric": 0, "keep_negative": True, "alpha": None},
        "scale_axis": None,
    },
    "quantized_po2": {
        **{"bits": 8, "max_value": None, "quadratic_approximation": False},
        "log2_rounding": "rnd",
    },
    "quantized_relu": {
        **{"bits": 8, "integer": 0, "use_sigmoid": 0, "negative_slope": 0.0},
        **{"relu_upper_bound": None, "is_quantized_clip": True},
    },
    "ternary": {"alpha": None, "threshold": None, "number_of_unrolls": 5},
}
"""Settings of the quantizers that are known; the first ones may be given by their places."""

NEUTRAL = ("name", "use_ste", "use_stochastic_rounding", "use_variables", "var_name")
"""Settings that matter in training alone."""

AUTO = ("auto", "auto_po2")
EPSILON = np.float32(1e-7)
ADVICE = "save the model with its quantized weights in Dense layers"
MAX_BITS = 24


@dataclass(frozen=True, kw_only=True)
class Quantizer:
    """A quantizer.

    Attributes
    ----------
    kind : str
        Its name in QKeras; a name without settings may be one of another library.
    settings : mapping from str to value
        All that it has if it is one of `DEFAULTS`; none otherwise.
    """

    kind: str
    settings: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.kind}({', '.join(map(str, self.settings.values()))})"


def parse_quantizer(value: object) -> Quantizer:
    """Make a quantizer of a configuration: a mapping, or text as ``quantized_relu(6,2)``.

    Parameters
    ----------
    value : JSON value
        The configuration.

    Raises
    ------
    InputError
        It is no quantizer, or has settings that are not known.
    """
    kind, places, given = "", [], {}
    if isinstance(value, str):
        kind, places, given = _call(value)
    elif isinstance(value, dict):
        settings = value.get("config")
        kind = value.get("class_name") or settings
        given = settings if isinstance(settings, dict) else {}
    if not isinstance(kind, str):
        raise InputError(f"{quoted(str(value))} must name a quantizer: {ADVICE}")
    kind = kind.rpartition(">")[2]
    if kind not in DEFAULTS:
        return Quantizer(kind=kind, settings={})
    defaults = DEFAULTS[kind]
    given = dict(zip(defaults, places, strict=False)) | {
        name: setting for name, setting in given.items() if name not in NEUTRAL
    }
    if given.pop("qnoise_factor", 1.0) != 1 or not given.keys() <= defaults.keys():
        extra = [*given.keys() - defaults.keys(), "qnoise_factor"]
        raise InputError(f"{kind} with {quoted(extra[0])} is not supported: {ADVICE}")
    result = Quantizer(kind=kind, settings={**defaults, **given})
    for name in ("bits", "integer"):
        number = result.settings.get(name, 1)
        if not isinstance(number, int) or not -MAX_BITS <= number <= MAX_BITS:
            raise InputError(f"{result} must have integers as bits, of small size: {ADVICE}")
    return result


def _call(text: str) -> tuple[str, list[Any], dict[str, Any]]:
    """Return name and settings of a call, without calling anything."""
    try:
        node = ast.parse(text.strip(), mode="eval").body
        if isinstance(node, ast.Name):
            return node.id, [], {}
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            places = [ast.literal_eval(argument) for argument in node.args]
            given = {str(word.arg): ast.literal_eval(word.value) for word in node.keywords}
            return node.func.id, places, given
    except (MemoryError, RecursionError, SyntaxError, TypeError, ValueError):
        pass
    return text, [], {}


def quantize(quantizer: Quantizer, values: Float32Array, *, kernel: bool) -> Float32Array:
    """Return what a network computes with in place of latent weights.

    Parameters
    ----------
    quantizer : Quantizer
        What it quantizes by.
    values : ndarray of float32, shape (outputs, inputs) or (outputs,)
        The latent weights.
    kernel : bool
        Whether these are weights, for which QKeras chooses a scale if none is given, or biases.

    Raises
    ------
    InputError
        The quantizer is not supported.
    """
    function = QUANTIZERS.get(quantizer.kind)
    alpha = quantizer.settings.get("alpha")
    if kernel and alpha is None and "alpha" in quantizer.settings:
        alpha = "auto_po2"
    number = alpha is None or (isinstance(alpha, int | float) and not isinstance(alpha, bool))
    if function is None or not (number or (alpha in AUTO and kernel)):
        raise InputError(f"{quantizer} is not supported for weights: {ADVICE}")
    try:
        with np.errstate(all="ignore"):
            found = function(quantizer, values, alpha)
    except InputError:
        raise
    except (ArithmeticError, TypeError, ValueError):
        raise InputError(f"{quantizer} must have numbers as settings: {ADVICE}") from None
    return as_float32(str(quantizer), np.asarray(found, dtype=np.float32))


def _bits(quantizer: Quantizer, values: Float32Array, alpha: Any) -> Any:
    """Round to nearest, ties to even, and clip."""
    settings = quantizer.settings
    negative = bool(settings["keep_negative"])
    if settings["scale_axis"] is not None or settings["bits"] < 1 + (alpha in AUTO):
        raise InputError(f"{quantizer} is not supported for weights: {ADVICE}")
    steps, unit = np.float32(2.0 ** (settings["bits"] - negative)), 2.0 ** settings["integer"]
    unit = np.float32(unit)
    if alpha in AUTO:
        return _fitted(alpha, values / unit, settings["bits"]) * unit
    if steps == 1:
        signs = np.where(values < 0, np.float32(-1), np.float32(1))
        found = signs if negative else (signs + 1) / 2
    else:
        lowest = negative * (-steps + bool(settings["symmetric"]))
        found = unit * np.clip(np.rint(values * steps / unit), lowest, steps - 1) / steps
    return found * np.float32(1 if alpha is None else alpha)


def _fitted(alpha: str, values: Float32Array, bits: int) -> Any:
    """Round to integers of the best scale for each output."""
    half = np.float32(2 ** (bits - 1) - 1)
    scale = np.abs(values).max(axis=1, keepdims=True) / half

    def codes() -> Any:
        return np.sign(values) * np.minimum(np.floor(np.abs(values) / scale + 0.5), half)

    if alpha == "auto":
        return codes() * scale
    scale, found = _power(scale), values
    for _ in range(5):
        found = codes()
        scale = _best(alpha, values, found)
    return found * scale


def _best(alpha: str, values: Float32Array, codes: Any) -> Any:
    """Return the scale of each output that leaves the least squares of errors."""
    products = (values * codes).mean(axis=1, keepdims=True, dtype=np.float32)
    squares = (codes * codes).mean(axis=1, keepdims=True, dtype=np.float32)
    scale = products / (squares + EPSILON)
    return _power(scale) if alpha == "auto_po2" else scale


def _power(scale: Any) -> Any:
    """Return the nearest powers of two."""
    return np.exp2(np.rint(np.log2(scale + EPSILON)))


def _po2(quantizer: Quantizer, values: Float32Array, alpha: Any) -> Any:
    """Round the logarithm."""
    settings = quantizer.settings
    most = settings["max_value"]
    if settings["quadratic_approximation"] or settings["log2_rounding"] != "rnd":
        raise InputError(f"{quantizer} is not supported for weights: {ADVICE}")
    reach = 2.0 ** (settings["bits"] - 1 - (most is None or most > 1))
    size = np.maximum(np.abs(values), EPSILON)
    size = size if most is None else np.minimum(size, np.float32(most))
    power = np.clip(np.rint(np.log2(size)), -reach, reach - 1)
    power = np.where(np.abs(values) < EPSILON, -reach, power)
    return np.where(values < 0, -1.0, 1.0) * np.exp2(power)


def _binary(quantizer: Quantizer, values: Float32Array, alpha: Any) -> Any:
    """Take the sign; that of 0 is positive."""
    signs = np.where(values < 0, np.float32(-1), np.float32(1))
    signs = (signs + 1) / 2 if quantizer.settings["use_01"] else signs
    return signs * (_best(alpha, values, signs) if alpha in AUTO else np.float32(alpha or 1))


def _ternary(quantizer: Quantizer, values: Float32Array, alpha: Any) -> Any:
    """Take the sign of what is not near 0."""
    threshold = quantizer.settings["threshold"]
    if alpha not in AUTO:
        found = np.sign(values) * (np.abs(values) >= (0.33 if threshold is None else threshold))
        return found * np.float32(1 if alpha is None else alpha)
    if threshold is not None:
        raise InputError(f"{quantizer} is not supported for weights: {ADVICE}")
    scale = 2 * np.abs(values).max(axis=1, keepdims=True) / np.float32(3)
    scale = _power(scale) if alpha == "auto_po2" else scale
    found = np.sign(values)
    for _ in range(min(quantizer.settings["number_of_unrolls"], 1000)):
        far = np.abs(scale * np.rint(values / scale)) >= scale / 2
        found = np.sign(values) * far
        scale = _best(alpha, values, found)
    return found * scale


QUANTIZERS: Mapping[str, Callable[[Quantizer, Float32Array, Any], Any]] = {
    "binary": _binary,
    "quantized_bits": _bits,
    "quantized_po2": _po2,
    "ternary": _ternary,
}
"""What each quantizer makes of weights."""
