"""Weights of a float network, from any of the formats that are known, or from values."""

import importlib
from os import PathLike
from pathlib import Path
from typing import Any

from zskip.files.archive import open_file
from zskip.files.weight_values import layers_of
from zskip.model.common.errors import InputError
from zskip.model.common.reference import FloatLayer

READERS = {
    ".npz": "zskip.files.formats.npz:read",
    ".safetensors": "zskip.files.formats.safetensors_file:read",
    ".pt": "zskip.files.formats.pytorch_file:read",
    ".pth": "zskip.files.formats.pytorch_file:read",
    ".onnx": "zskip.files.formats.onnx_file:read",
    ".h5": "zskip.files.formats.keras_file:read",
    ".hdf5": "zskip.files.formats.keras_file:read",
    ".net": "zskip.files.formats.deep_compression:read",
}
"""Module and function that read each suffix; imported when a file with that suffix is read."""


AnyWeights = str | PathLike[str] | Any
"""A file of weights, or what `zskip.files.weight_values.layers_of` takes."""


def read_weights(weights: AnyWeights) -> tuple[FloatLayer, ...]:
    """Read the layers of a float network.

    Parameters
    ----------
    weights : path or values
        File of weights, whose suffix names the format, or the weights themselves, as
        `zskip.files.weight_values.layers_of` takes them.

    Returns
    -------
    tuple of FloatLayer
        From input to output, with the names of the source. Whether they are whole and chain is
        for `zskip.model.common.float_network.check_float_network` to check.

    Raises
    ------
    InputError
        The file cannot be opened, its suffix is not known, or its contents are refused.
    """
    if not isinstance(weights, str | PathLike):
        return layers_of(weights)
    path = Path(weights)
    with open_file(path):
        pass
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            f"a file of weights must end in {_either(list(READERS))}, not {path.name!r}: convert it"
        )
    module, function = reader.split(":")
    return getattr(importlib.import_module(module), function)(path)


def _either(names: list[str]) -> str:
    """Put names into a sentence."""
    return " or ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
