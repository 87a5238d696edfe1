"""Weights of a float network that are given as Python values, not as a file."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.files.arrays import as_array, is_array
from zskip.files.formats.source import SourceLayers, ending_note
from zskip.files.formats.state import layers_by_name
from zskip.model.common.errors import InputError
from zskip.model.common.float_network import check_float_network
from zskip.model.common.reference import FloatLayer

KINDS = (
    "a path, a mapping of <layer>.weight and <layer>.bias to arrays, a list of (weights, bias), "
    "a torch.nn.Module or a scikit-learn MLP"
)
"""What weights may be, for messages."""

CURES = {
    "Compressed": "it is compressed already, so give the weights that it was made of",
    "GridSearchCV": "give its best_estimator_",
    "ModelProto": "give the path of its file, which onnx.save writes",
    "Network": "it is compressed already, so give the weights that it was made of",
    "Pipeline": "give its last step, and inputs as the steps in front of it make them",
}
"""What to do with what people have at hand, by the name of its class."""

OUT_ACTIVATIONS = {"softmax": "Softmax", "logistic": "Sigmoid"}
"""Activations behind the last layer of a scikit-learn perceptron, which are taken off."""

Arrays = dict[str, NDArray[np.generic]]


def layers_of(weights: Any) -> tuple[FloatLayer, ...]:
    """Return the layers of a network that is given as values.

    Parameters
    ----------
    weights : object
        A mapping of ``<layer>.weight`` (outputs x inputs) and ``<layer>.bias`` to arrays in the
        order of the layers, such as a ``state_dict``; a list of matrices or of pairs of matrix and
        bias; one matrix; a ``torch.nn.Module``; a fitted scikit-learn ``MLPClassifier`` or
        ``MLPRegressor``; a `FloatLayer` or a list of those. Arrays are those of `as_array`. What
        does not tell where ReLU stands has it after every layer but the last.

    Returns
    -------
    tuple of FloatLayer
        From input to output; of float32 but for a `FloatLayer`, which stays as it is.

    Raises
    ------
    InputError
        It is something else, or no chain of fully connected layers.
    """
    try:
        layers = _layers(weights)
        check_float_network(layers)
    except InputError as error:
        raise InputError(f"the weights given: {error}") from None
    return layers


def _layers(weights: Any) -> tuple[FloatLayer, ...]:
    """Convert by kind."""
    if isinstance(weights, FloatLayer):
        return (_whole(weights),)
    if isinstance(weights, Mapping):
        return _named({str(name): as_array(value, str(name)) for name, value in weights.items()})
    # First, as with PyTorch below it a Keras model is a module, too.
    if hasattr(weights, "get_weights"):
        raise InputError(
            f"a Keras {type(weights).__name__} must be given as a file, which tells what its "
            "layers are: call its save('model.keras') and give that path"
        )
    if hasattr(weights, "named_modules"):
        # Imported here, as it takes PyTorch.
        from zskip.files.torch_module import module_layers

        return module_layers(weights)
    if hasattr(weights, "hidden_layer_sizes"):
        return _perceptron(weights)
    if is_array(weights):
        return _named(_numbered([weights]))
    if isinstance(weights, list | tuple):
        if weights and all(isinstance(layer, FloatLayer) for layer in weights):
            return tuple(_whole(layer) for layer in weights)
        return _named(_numbered(weights))
    kind = type(weights).__name__
    raise InputError(f"must be {KINDS}, not {kind}: {CURES.get(kind, 'give one of these')}")


def _whole(layer: FloatLayer) -> FloatLayer:
    """Return a layer whose weights and biases are arrays."""
    return replace(
        layer,
        weights=_floats(layer.weights, f"the weights of layer {layer.name!r}"),
        bias=_floats(layer.bias, f"the bias of layer {layer.name!r}"),
    )


def _named(arrays: Arrays) -> tuple[FloatLayer, ...]:
    """Pair weights and biases by name, after a look that they belong together."""
    for name, weights in arrays.items():
        layer = name.removesuffix(".weight")
        bias = arrays.get(f"{layer}.bias")
        if layer != name and bias is not None and weights.ndim == 2:
            _check_bias(layer, weights, bias)
    return layers_by_name(arrays)


def _check_bias(layer: str, weights: NDArray[np.generic], bias: NDArray[np.generic]) -> None:
    """Check that a bias has a value for each output."""
    if bias.shape != weights.shape[:1]:
        turned = bias.shape == weights.shape[1:]
        raise InputError(
            f"the bias of layer {layer!r} must have {weights.shape[0]} values, one for each row of "
            f"its weights of shape {weights.shape}, not shape {bias.shape}: "
            + ("transpose the weights to (outputs, inputs)" if turned else "give one per output")
        )


def _numbered(layers: Sequence[object]) -> Arrays:
    """Name the arrays of a list of matrices, or of pairs."""
    arrays: Arrays = {}
    for index, layer in enumerate(layers):
        name = f"layer{index}"
        matrix, bias = _pair(layer, name)
        arrays[f"{name}.weight"] = _floats(matrix, f"the weights of {name}")
        if arrays[f"{name}.weight"].ndim != 2:
            raise InputError(
                f"the weights of {name} must be a matrix (outputs, inputs), not of shape "
                f"{arrays[f'{name}.weight'].shape}: give one pair (weights, bias) for each layer"
            )
        if bias is not None:
            arrays[f"{name}.bias"] = _floats(bias, f"the bias of {name}")
    return arrays


def _pair(layer: Any, name: str) -> tuple[object, object]:
    """Split what a list holds for a layer into weights and bias."""
    if isinstance(layer, list | tuple):
        # A matrix may be a list of rows: then its first item is one, of numbers.
        rows = all(isinstance(row, list | tuple) and not _nested(row) for row in layer)
        if rows or not layer:
            return layer, None
        if len(layer) != 2:
            raise InputError(
                f"{name} must be a matrix or a pair (weights, bias), not {len(layer)} items: "
                "give one pair for each layer"
            )
        return layer[0], layer[1]
    return layer, None


def _nested(row: Sequence[Any]) -> bool:
    """Tell whether a list holds lists or arrays, not numbers."""
    return any(isinstance(item, list | tuple) or is_array(item) for item in row)


def _floats(value: object, what: str) -> NDArray[np.generic]:
    """Return an array; whole numbers in lists, which have no dtype, are floats."""
    array = as_array(value, what)
    listed = isinstance(value, list | tuple) and array.dtype.kind in "iu"
    return array.astype(np.float64) if listed else array


def _perceptron(model: Any) -> tuple[FloatLayer, ...]:
    """Take the layers of a scikit-learn multi-layer perceptron."""
    kind = type(model).__name__
    if not hasattr(model, "coefs_"):
        raise InputError(f"{kind} must be fitted, but has no weights yet: call its fit first")
    if model.activation not in ("relu", "identity"):
        raise InputError(
            f"{kind} must have the activation relu or identity, not {model.activation}, which the "
            "hardware does not compute: train it with activation='relu'"
        )
    hidden = model.activation == "relu"
    pairs = zip(model.coefs_, model.intercepts_, strict=True)
    layers = _named(_numbered([(np.transpose(weights), bias) for weights, bias in pairs]))
    notes = []
    if model.out_activation_ in OUT_ACTIVATIONS:
        notes.append(ending_note(OUT_ACTIVATIONS[model.out_activation_], kind))
    return SourceLayers((replace(x, relu=hidden and x.relu) for x in layers), notes)
