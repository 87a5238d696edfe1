"""Layers that a Keras file of weights tells by their default names, and that must not vanish."""

import re
from collections.abc import Sequence

import numpy as np

from zskip.files.formats.guard import quoted
from zskip.files.formats.keras_h5 import Contents
from zskip.model.common.errors import InputError

WHOLE = "save the whole model, as .keras"
VANISHING = {
    "scales its inputs": ("rescaling", "normalization"),
    "joins branches": (
        *("add", "average", "concatenate", "maximum", "minimum", "multiply", "subtract"),
    ),
    "is no ReLU": ("elu", "leaky_re_lu", "p_re_lu", "prelu", "thresholded_re_lu"),
    "looks inputs up in a table": ("embedding",),
    "runs code": ("lambda",),
    "is recurrent": ("bidirectional", "gru", "lstm", "simple_rnn"),
    "is a convolution": ("conv1d", "conv2d", "conv3d", "depthwise_conv2d", "separable_conv2d"),
    "normalizes each input": ("group_normalization", "layer_normalization"),
}
"""Default names of layers without weights, or with weights of their own, by what they do."""

QUANTIZED = re.compile("(q|h)_?dense")
FIXED_POINT = 2.0**16
"""A quantized weight times this is an integer."""


def check_kinds(contents: Contents) -> None:
    """Check that a file of weights holds no layer that cannot be a link of a chain of ReLU layers.

    Parameters
    ----------
    contents : Contents
        Those of the file, without a configuration.

    Raises
    ------
    InputError
        There is such a layer, weights that are not yet quantized, or a normalization of which the
        place is not known.
    """
    for key, (name, tensors) in zip(contents.keys, contents.layers, strict=True):
        kind = re.sub("_[0-9]+$", "", key)
        for why, kinds in VANISHING.items():
            if kind in kinds:
                raise InputError(
                    f"layer {quoted(name)} {why}, but the file holds weights only and does not "
                    f"tell how: {WHOLE}, to see what can be done"
                )
        if QUANTIZED.fullmatch(kind):
            _check_quantized(name, [tensors[role] for role in tensors])
        if kind == "batch_normalization" and "2" in tensors:
            raise InputError(
                f"layer {quoted(name)} is a batch normalization, but the file does not tell the "
                f"order of its layers: {WHOLE}"
            )


def _check_quantized(name: str, tensors: Sequence[np.ndarray]) -> None:
    """Check that the weights of a quantized layer are those that it computes with."""
    for tensor in tensors:
        with np.errstate(all="ignore"):
            scaled = tensor.astype(np.float64) * FIXED_POINT
        if not np.array_equal(scaled, np.rint(scaled)):
            raise InputError(
                f"layer {quoted(name)} is quantized, but its file holds the weights before they "
                "are: save the quantized ones, as by model_save_quantized_weights of QKeras"
            )
