"""Weights in an ``.npz`` archive: ``<layer>.weight`` and, if there is one, ``<layer>.bias``."""

from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from zskip.files.archive import Archive, open_archive
from zskip.files.formats.activations import assume
from zskip.files.formats.foreign import check_names
from zskip.files.formats.guard import listed, naming
from zskip.files.formats.packed import has_packed
from zskip.files.formats.source import SourceLayers
from zskip.files.formats.state import layers_by_name
from zskip.files.formats.statistics import MEAN, VARIANCE
from zskip.files.network import MANIFEST
from zskip.model.common.errors import InputError
from zskip.model.common.reference import FloatLayer

WEIGHT = ".weight"
"""End of the name of a matrix, outputs x inputs."""

BIAS = ".bias"
"""End of the name of a bias, one value for each output."""


def read(path: Path) -> SourceLayers:
    """Read the layers in the order of their matrices in the archive.

    Every layer but the last is taken to end in ReLU. A layer without a bias gets one of zeros;
    batch normalizations are folded and weights without their zeros filled up (`packed`), and then
    all values are of float32.

    Parameters
    ----------
    path : pathlib.Path
        The archive.

    Returns
    -------
    SourceLayers

    Raises
    ------
    InputError
        The archive cannot be read, or holds something else.
    """
    with open_archive(path) as archive:
        if MANIFEST in archive.members:
            raise InputError(
                f"{path} must hold the weights of a float network, but is a network that is "
                "compressed already: give the file that it was made of"
            )
        normalized = any(name.endswith((f".{MEAN}", f".{VARIANCE}")) for name in archive.arrays)
        if normalized or has_packed(archive.arrays):
            archive.check_size(archive.arrays)
            with naming(path):
                return layers_by_name({name: archive.read(name) for name in archive.arrays})
        names = _layer_names(archive)
        archive.check_size(archive.arrays)
        return assume(_layer(archive, name, relu=name != names[-1]) for name in names)


def _layer_names(archive: Archive) -> list[str]:
    """Return the names of the layers after a look at the names of all members."""
    arrays = archive.arrays
    names = [array.removesuffix(WEIGHT) for array in arrays if array.endswith(WEIGHT)]
    known = {f"{name}{end}.npy" for name in names for end in (WEIGHT, BIAS)}
    with naming(archive.path):
        check_names(dict.fromkeys(arrays))
    if not names:
        given = f", only {listed(list(arrays))}" if arrays else ""
        raise InputError(
            f"{archive.path} must hold at least one layer, but holds no array <layer>{WEIGHT}"
            f"{given}: name the arrays as 'fc1{WEIGHT}' and 'fc1{BIAS}'"
        )
    for member in archive.members:
        if member not in known:
            name = member.removesuffix(".npy")
            if name.endswith(BIAS):
                raise InputError(
                    f"{archive.path} must hold an array {name.removesuffix(BIAS) + WEIGHT!r}, "
                    f"because it holds {name!r}: write the file again with it"
                )
            raise InputError(
                f"{archive.path} must hold arrays <layer>{WEIGHT} and <layer>{BIAS} only, not "
                f"{name!r}: leave it out, or rename it"
            )
    return names


def _layer(archive: Archive, name: str, *, relu: bool) -> FloatLayer:
    """Read one layer."""
    weights = _floats(archive, name + WEIGHT)
    if weights.ndim != 2:
        raise InputError(
            f"array {name + WEIGHT!r} of {archive.path} must be of shape (outputs, inputs), not "
            f"{weights.shape}: only fully connected layers can be compressed"
        )
    if name + BIAS in archive.arrays:
        bias = _floats(archive, name + BIAS)
    else:
        bias = np.zeros(weights.shape[0], dtype=weights.dtype)
    if bias.shape == weights.shape[1:] != weights.shape[:1]:
        raise InputError(
            f"array {name + WEIGHT!r} of {archive.path} must be of shape (outputs, inputs), but "
            f"its shape {weights.shape} is (inputs, outputs) by the {len(bias)} biases: transpose "
            "it"
        )
    return FloatLayer(weights=weights, bias=bias, relu=relu, name=name)


def _floats(archive: Archive, name: str) -> NDArray[np.floating]:
    """Read an array that must be of floats."""
    array = archive.read(name)
    if array.dtype.kind != "f":
        raise InputError(
            f"array {name!r} of {archive.path} must be of floats, not {array.dtype}: "
            "convert it to float32"
        )
    return cast(NDArray[np.floating], array)
