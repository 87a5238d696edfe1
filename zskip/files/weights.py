"""Weights of a float network, from any of the formats that are known."""

import importlib
from pathlib import Path

from zskip.files.archive import open_file
from zskip.files.formats.activations import Activations, give
from zskip.files.formats.source import SourceLayers
from zskip.files.kinds import wrong_kind
from zskip.model.common.errors import InputError

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


def read_weights(path: Path, activations: Activations | None = None) -> SourceLayers:
    """Read the layers of a float network.

    Parameters
    ----------
    path : pathlib.Path
        File of weights; its suffix names the format.
    activations : str, sequence of str or mapping of str to str, optional
        Activations of a file that tells none (`zskip.files.formats.activations.give`).

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
    with open_file(path):
        pass
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            f"a file of weights must end in {_either(list(READERS))}, not {path.name!r}: convert it"
        )
    if (kind := wrong_kind(path)) is not None:
        raise InputError(
            f"{path} must be a {path.suffix} file by its name, but its bytes are {kind}: correct "
            "the suffix, or convert it"
        )
    module, function = reader.split(":")
    layers = getattr(importlib.import_module(module), function)(path)
    if not isinstance(layers, SourceLayers):
        layers = SourceLayers(layers)
    if activations is None:
        return layers
    try:
        return give(layers, activations)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _either(names: list[str]) -> str:
    """Put names into a sentence."""
    return " or ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
