"""Layers of Keras models that make a network one of another kind, and what to do about them."""

import re
from collections.abc import Sequence

from zskip.files.formats.keras_layer import Layer
from zskip.model.common.errors import InputError

RELU = "train the network with ReLU in its place"
DEFAULT_ADVICE = "save a chain of fully connected layers and ReLU"
KNOWN = re.compile(
    "Activation|(Alpha|Gaussian)?Dropout|BatchNormalization|(Binary|Q|Ternary)?Dense|"
    "FixedPointQuantizer|Flatten|GaussianNoise|InputLayer|QActivation|QBatchNormalization|ReLU|"
    "Reshape|Softmax"
)
"""Classes of layers that are read, or refused for their settings only."""

OTHERS = {
    ".*(Conv|Pool|Padding|Cropping|UpSampling).*": "save only the fully connected layers behind it",
    ".*(LSTM|GRU|RNN|Attention)|Bidirectional|TimeDistributed": (
        "a network with state or attention cannot be compressed; save its fully connected layers"
    ),
    "Add|Average|Concatenate|Dot|Maximum|Minimum|Multiply|Subtract": (
        "it joins branches; save a chain of layers without them"
    ),
    "Lambda": "it holds code, which is not run; do its work on the inputs, or leave it out",
    "(Group|Layer|RMS|Unit|Spectral)Normalization": (
        "train the network with BatchNormalization in its place, which can be folded"
    ),
    "ELU|LeakyReLU|PReLU|ThresholdedReLU": RELU,
    "Embedding": "it looks inputs up in a table; save the layers behind it",
    "Discretization|Hashing|Masking|Permute|Random.*|RepeatVector|Resizing|.*(Encoding|Lookup)": (
        "it is not of a chain of such layers; do its work on the inputs, or leave it out"
    ),
    "Normalization|Rescaling": "leave it out, and give its factor as the input scale",
    "ClusterWeights": "call tfmot.clustering.keras.strip_clustering before saving",
    "PruneLowMagnitude": "call tfmot.sparsity.keras.strip_pruning before saving",
    "H(Dense|Activation|Quantize)|HDenseBatchNorm": (
        "its weights are quantized by trained bit widths; save the proxy model that HGQ makes of it"
    ),
    "UnaryLUT": f"it looks up another activation than ReLU in a table; {RELU}",
    "Sequential|Functional|Model": "a model in a model cannot be read; save a flat model",
}
"""What to do about classes of layers, by patterns of their names."""

CODE = f"its class is code that the file does not hold; {DEFAULT_ADVICE}"


def check_layers(layers: Sequence[Layer]) -> None:
    """Check that no layer makes the network one of another kind.

    This comes before all else: what stands before such a layer would be refused first, and hide
    the cause.

    Parameters
    ----------
    layers : sequence of Layer
        The layers of a model.

    Raises
    ------
    InputError
        One does; it is named.
    """
    foreign = [layer for layer in layers if not KNOWN.fullmatch(layer.kind)]
    # A layer whose class says what it is tells more than one of an unknown class.
    for layer in sorted(foreign, key=lambda layer: _advice(layer) == CODE):
        raise InputError(f"must hold fully connected layers only, not {layer}: {_advice(layer)}")


def _advice(layer: Layer) -> str:
    """Return what to do about a layer."""
    return next((why for kind, why in OTHERS.items() if re.fullmatch(kind, layer.kind)), CODE)
