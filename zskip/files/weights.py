"""Weights of a float network, from any of the formats that are known, or from values."""

import importlib
from os import PathLike
from pathlib import Path
from typing import Any

from zskip.files.archive import open_file
from zskip.files.formats.activations import Activations, give
from zskip.files.formats.source import SourceLayers
from zskip.files.kinds import ADVICE, wrong_kind
from zskip.files.weight_values import layers_of
from zskip.model.common.errors import InputError
from zskip.model.common.reference import FloatLayer

READERS = {
    ".npz": "zskip.files.formats.npz:read",
    ".safetensors": "zskip.files.formats.safetensors_file:read",
    ".pt": "zskip.files.formats.pytorch_file:read",
    ".pth": "zskip.files.formats.pytorch_file:read",
    ".onnx": "zskip.files.formats.onnx_file:read",
    ".keras": "zskip.files.formats.keras_file:read",
    ".h5": "zskip.files.formats.keras_file:read",
    ".hdf5": "zskip.files.formats.keras_file:read",
    ".net": "zskip.files.formats.deep_compression:read",
}
"""Module and function that read each suffix; imported when a file with that suffix is read."""

PICKLED = (
    "a pickle by its name, which could run code: give the model itself to zskip.compress in "
    "Python, or export it as ONNX"
)
OTHERS = {
    **dict.fromkeys((".joblib", ".pickle", ".pkl"), PICKLED),
    ".csv": "text by its name: write an .npz of arrays <layer>.weight and <layer>.bias",
    ".json": "an architecture by its name: give the .h5 file of its weights, which finds it",
    ".npy": "a single array by its name: write an .npz of arrays <layer>.weight and <layer>.bias",
    ".pb": (
        "a graph of TensorFlow by its name: convert it by tf2onnx, or save the model with Keras"
    ),
    ".pt2": "a program of torch.export by its name: save model.state_dict(), or export ONNX",
    ".tflite": "a model of TensorFlow Lite by its name: save the Keras model that it was made of",
}
"""Files that are often met and are not read, by their suffixes, and what to do about them."""


AnyWeights = str | PathLike[str] | Any
"""A file of weights, or what `zskip.files.weight_values.layers_of` takes."""


def read_weights(weights: AnyWeights, activations: Activations | None = None) -> SourceLayers:
    """Read the layers of a float network.

    Parameters
    ----------
    weights : path or values
        File of weights, whose suffix names the format, or the weights themselves, as
        `zskip.files.weight_values.layers_of` takes them.
    activations : str, sequence of str or mapping of str to str, optional
        Activations of weights that tell none (`zskip.files.formats.activations.give`).

    Returns
    -------
    SourceLayers
        From input to output, with the names of the source, and notes on how they were read.
        Whether they are whole and chain is for
        `zskip.model.common.float_network.check_float_network` to check.

    Raises
    ------
    InputError
        The file cannot be opened, its suffix is not known, or its contents are refused.
    """
    if not isinstance(weights, str | PathLike):
        return _given(layers_of(weights), activations, "the weights given")
    path = Path(weights)
    with open_file(path):
        pass
    if (other := OTHERS.get(path.suffix.lower())) is not None:
        raise InputError(f"{path} must be a file of weights, but is {other}")
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            f"a file of weights must end in {_either(list(READERS))}, not {path.name!r}: convert it"
        )
    if (kind := wrong_kind(path)) is not None:
        raise InputError(
            f"{path} must be a {path.suffix} file by its name, but its bytes are {kind}: "
            f"{ADVICE.get(kind, 'correct the suffix, or convert it')}"
        )
    module, function = reader.split(":")
    layers = getattr(importlib.import_module(module), function)(path)
    return _given(layers, activations, path)


def _given(
    layers: tuple[FloatLayer, ...], activations: Activations | None, what: str | Path
) -> SourceLayers:
    """Return layers with the activations that are given."""
    source = layers if isinstance(layers, SourceLayers) else SourceLayers(layers)
    if activations is None:
        return source
    try:
        return give(source, activations)
    except InputError as error:
        raise InputError(f"{what}: {error}") from None


def _either(names: list[str]) -> str:
    """Put names into a sentence."""
    return " or ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
