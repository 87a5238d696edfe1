"""Weights in an ``.npz`` archive: ``<layer>.weight`` and, if there is one, ``<layer>.bias``."""

from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from zskip.files.archive import Archive, open_archive
from zskip.model.common.errors import InputError
from zskip.model.common.reference import FloatLayer

WEIGHT = ".weight"
"""End of the name of a matrix, outputs x inputs."""

BIAS = ".bias"
"""End of the name of a bias, one value for each output."""


def read(path: Path) -> tuple[FloatLayer, ...]:
    """Read the layers in the order of their matrices in the archive.

    Every layer but the last ends in ReLU. A layer without a bias gets one of zeros.

    Parameters
    ----------
    path : pathlib.Path
        The archive.

    Returns
    -------
    tuple of FloatLayer

    Raises
    ------
    InputError
        The archive cannot be read, or holds something else.
    """
    with open_archive(path) as archive:
        names = _layer_names(archive)
        archive.check_size(archive.arrays)
        return tuple(_layer(archive, name, relu=name != names[-1]) for name in names)


def _layer_names(archive: Archive) -> list[str]:
    """Return the names of the layers after a look at the names of all members."""
    arrays = archive.arrays
    names = [array.removesuffix(WEIGHT) for array in arrays if array.endswith(WEIGHT)]
    known = {f"{name}{end}.npy" for name in names for end in (WEIGHT, BIAS)}
    for member in archive.members:
        if member not in known:
            raise InputError(
                f"{archive.path} must hold arrays <layer>{WEIGHT} and <layer>{BIAS} only, not "
                f"{member!r}: leave it out, or rename it"
            )
    if not names:
        raise InputError(
            f"{archive.path} must hold at least one layer, but holds no array <layer>{WEIGHT}: "
            "give the weights of a network"
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
