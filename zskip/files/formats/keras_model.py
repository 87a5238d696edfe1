"""Layers from the architecture and the tensors of a Keras model."""

import math
from collections.abc import Mapping, Sequence

from zskip.files.formats.chain import Chain
from zskip.files.formats.guard import damaged, listed, quoted
from zskip.files.formats.keras_foreign import DEFAULT_ADVICE, RELU
from zskip.files.formats.keras_h5 import KIND
from zskip.files.formats.keras_layer import Layer
from zskip.files.formats.keras_quantized import (
    WEIGHTS,
    add_activation,
    fixed_point,
    quantized_dense,
)
from zskip.files.formats.keras_weights import dense, statistics
from zskip.files.formats.source import SourceLayers
from zskip.files.formats.tensors import Tensor
from zskip.model.common.errors import InputError

IGNORED = ("AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise")
"""Layers that change nothing in inference."""

SUPPORTED = ("Activation", "BatchNormalization", "Dense", "Flatten", "InputLayer", "ReLU")
ACTIVATIONS = ("linear", "relu")

ENDINGS = {"log_softmax": "LogSoftmax", "sigmoid": "Sigmoid", "softmax": "Softmax"}
"""Activations that keep the order of the outputs at the end of a network."""

QUANTIZED = ("beta", "gamma", "inverse", "mean", "variance")
"""What a batch normalization of QKeras may quantize."""

CURVES = (
    *("celu", "elu", "exponential", "gelu", "glu", "hard_sigmoid", "hard_silu", "hard_swish"),
    *("hard_tanh", "leaky_relu", "log_sigmoid", "mish", "selu", "silu", "softplus", "softsign"),
    *("squareplus", "swish", "tanh"),
)
"""Activations of Keras that are no ReLU."""


def model_layers(
    layers: Sequence[Layer], tensors: Mapping[str, Mapping[str, Tensor]]
) -> SourceLayers:
    """Put together the layers of a model.

    Parameters
    ----------
    layers : sequence of Layer
        Its layers from input to output.
    tensors : mapping from str to mapping from str to ndarray
        The tensors of each layer that has some, by their paths.

    Returns
    -------
    SourceLayers
        Of float32; with a note on an activation at the end that is taken off.

    Raises
    ------
    InputError
        A layer is not supported, or its tensors are not those it should have.
    """
    builder = _Builder(tensors)
    for layer in layers:
        builder.add(layer)
    extra = [name for name in tensors if name not in {layer.name for layer in layers}]
    if extra:
        raise InputError(
            f"must hold weights of the layers of its model only, not of {listed(extra)}: save the "
            "model again"
        )
    return builder.chain.finish()


class _Builder:
    """Adds layer after layer; knows the shape of the data, None if the model does not tell it."""

    def __init__(self, tensors: Mapping[str, Mapping[str, Tensor]]) -> None:
        self.chain = Chain()
        self._tensors = tensors
        self._shape: tuple[int, ...] | None = None

    @property
    def _features(self) -> int | None:
        """How many values there are, if that is known."""
        return None if self._shape is None else math.prod(self._shape)

    @property
    def _vector(self) -> bool:
        """Whether the data are a vector, as they are if their shape is not known."""
        return self._shape is None or len(self._shape) == 1

    def add(self, layer: Layer) -> None:
        """Add a layer to the chain."""
        kinds = {
            **dict.fromkeys(("Activation", "QActivation"), self._activation),
            **dict.fromkeys(("BatchNormalization", "QBatchNormalization"), self._normalization),
            **dict.fromkeys(WEIGHTS, self._dense),
            "FixedPointQuantizer": self._fixed_point,
            "Flatten": self._flatten,
            "InputLayer": self._input,
            "ReLU": self._relu,
            "Reshape": self._reshape,
            "Softmax": self._softmax,
        }
        if layer.kind not in IGNORED:
            kinds[layer.kind](layer)

    def _refused(self, layer: Layer, what: str) -> InputError:
        """Return the error of a layer or activation that is not supported."""
        if what in CURVES:
            return InputError(
                f"{layer} must have ReLU or no activation, not {quoted(what)}: {RELU}"
            )
        supported = ", ".join((*SUPPORTED, *IGNORED))
        return InputError(
            f"{layer} on {self._features or 'unknown'} values is not supported because of "
            f"{quoted(what)}, only {supported} with {' or '.join(ACTIVATIONS)} are: "
            f"{DEFAULT_ADVICE}"
        )

    def _input(self, layer: Layer) -> None:
        """Take down the shape of an input."""
        shape = layer.settings.get("batch_shape", layer.settings.get("batch_input_shape"))
        if not isinstance(shape, list) or len(shape) < 2 or not all(map(_is_length, shape[1:])):
            axes = shape if isinstance(shape, list) else []
            given = ", ".join(str(axis) if _is_length(axis) else "?" for axis in axes)
            raise InputError(
                f"{layer} must have at least two axes, the first for the batch and the others of "
                f"fixed length, not {quoted(given)}: save the model with an Input of fixed shape"
            )
        self._shape = tuple(shape[1:])

    def _flatten(self, layer: Layer) -> None:
        """Make a vector of every input."""
        if not self._vector and layer.settings.get("data_format") == "channels_first":
            raise self._refused(layer, "channels_first")
        if self._shape is not None:
            self._shape = (math.prod(self._shape),)

    def _reshape(self, layer: Layer) -> None:
        """Give the data another shape."""
        target = layer.settings.get("target_shape")
        axes = target if isinstance(target, list) else []
        known = math.prod(axis for axis in axes if _is_length(axis))
        free = [axis for axis in axes if not _is_length(axis)]
        if not axes or free not in ([], [-1]) or self._features is None:
            raise self._refused(layer, "its shape")
        shape = tuple(axis if _is_length(axis) else self._features // known for axis in axes)
        if math.prod(shape) != self._features:
            raise damaged(KIND, f"{layer} cannot make {shape[:8]} of {self._features} values")
        self._shape = shape

    def _fixed_point(self, layer: Layer) -> None:
        """Take a quantizer of HGQ as far as it changes values."""
        fixed_point(self.chain, layer, self._tensors.get(layer.name, {}), self._shape)

    def _dense(self, layer: Layer) -> None:
        """Add a fully connected layer."""
        latent = dense(layer.name, self._tensors.get(layer.name, {}))
        weights, bias = quantized_dense(layer, *latent)
        if not self._vector:
            raise self._refused(layer, "inputs without a Flatten")
        expected = (layer.settings.get("units"), self._features or weights.shape[1])
        if weights.shape != expected:
            raise damaged(KIND, f"{layer} has {weights.shape} weights in place of {expected}")
        given = any(
            name.rpartition("/")[2].startswith("bias") for name in self._tensors[layer.name]
        )
        if given != bool(layer.settings.get("use_bias", True)):
            raise damaged(KIND, f"{layer} has {'a' if given else 'no'} bias against its settings")
        self.chain.linear(layer.name, weights, bias)
        self._shape = weights.shape[:1]
        self._activation(layer)

    def _activation(self, layer: Layer) -> None:
        """Add the activation of a layer."""
        given = layer.settings.get("activation")
        activation = given.get("config") if isinstance(given, dict) else given
        if activation == "relu":
            self.chain.relu(layer.name)
        elif isinstance(activation, str) and activation in ENDINGS and self._vector:
            self.chain.end(ENDINGS[activation], layer.name)
        elif activation not in (None, "linear") and not add_activation(self.chain, layer, given):
            raise self._refused(
                layer, activation if isinstance(activation, str) else "its own activation"
            )

    def _softmax(self, layer: Layer) -> None:
        """Take off a layer that is a softmax."""
        if not self._vector or layer.settings.get("axis", -1) not in (-1, 1, [-1], [1]):
            raise self._refused(layer, "an axis of its own")
        self.chain.end("Softmax", layer.name)

    def _relu(self, layer: Layer) -> None:
        """Add a layer that is a ReLU."""
        for setting in ("negative_slope", "threshold"):
            if layer.settings.get(setting):
                raise self._refused(layer, setting)
        most = layer.settings.get("max_value")
        if most is None:
            self.chain.relu(layer.name)
        elif isinstance(most, int | float):
            self.chain.bound(layer.name, float(most))
        else:
            raise self._refused(layer, "max_value")

    def _normalization(self, layer: Layer) -> None:
        """Fold a batch normalization."""
        roles = ("moving_mean", "moving_variance")
        roles += ("gamma",) if layer.settings.get("scale", True) else ()
        roles += ("beta",) if layer.settings.get("center", True) else ()
        if any(layer.settings.get(f"{role}_quantizer") for role in QUANTIZED):
            raise self._refused(layer, "its quantizers")
        epsilon, axis = layer.settings.get("epsilon"), layer.settings.get("axis")
        if not self._vector or axis not in (-1, 1, [-1], [1]) or not isinstance(epsilon, float):
            raise self._refused(layer, "an axis or epsilon of its own")
        tensors = self._tensors.get(layer.name, {})
        values = statistics(layer.name, tensors, roles, self._features, epsilon)
        self.chain.normalize(layer.name, values)
        self._shape = values.mean.shape


def _is_length(value: object) -> bool:
    """Tell whether a value of JSON can be the length of an axis."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
