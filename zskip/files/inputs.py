"""Inputs of a network, and their labels: from files, or as values."""

from dataclasses import dataclass
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.files.archive import is_archive, open_archive, read_npy
from zskip.files.arrays import as_array
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import check_finite

INPUT_NAMES = ("inputs", "images")
"""Names under which an archive holds its inputs."""

LABELS = "labels"
"""Name under which an archive holds its labels."""


AnyInputs = str | PathLike[str] | Any
"""A file of inputs or labels, or an array as `zskip.files.arrays.as_array` takes it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Inputs:
    """Input vectors.

    Parameters
    ----------
    values : ndarray of float64, shape (n, values)
        One row for each input vector, as they stand in the file.
    labels : ndarray of int64, shape (n,), or None
        The right class of each, where it is known.
    """

    values: NDArray[np.float64]
    labels: NDArray[np.int64] | None


def read_inputs(
    inputs: AnyInputs, *, count: int | None = None, labels: AnyInputs | None = None
) -> Inputs:
    """Read input vectors, and labels if there are any.

    Parameters
    ----------
    inputs : path, array_like or Inputs
        An ``.npy`` file of inputs, or an ``.npz`` file with the array ``inputs`` or ``images``,
        or with a single array, and perhaps ``labels``; or an array. The first axis counts the
        input vectors; the others are flattened. Any real dtype.
    count : int, optional
        Use at most so many input vectors, the first ones.
    labels : path or array_like, optional
        File of the labels: ``.npy``, or ``.npz`` with the array ``labels`` or a single one; or an
        array. Labels beside the inputs are then left aside.

    Returns
    -------
    Inputs

    Raises
    ------
    InputError
        A file cannot be read, or what is given are not inputs or labels.
    """
    whole = count is None or isinstance(count, Integral)
    if not whole or (count is not None and count < 1):
        kind = "at least 1" if whole else "a whole number"
        raise InputError(f"the number of inputs must be {kind}, not {count!r}: leave it out")
    values, own_labels, what = _given(inputs)
    whose = _of("labels", inputs if labels is None else labels)
    classes = own_labels if labels is None else _given_labels(labels)
    if values.dtype.kind not in "biuf":
        raise InputError(f"{what} must be real numbers, not {values.dtype}: convert them")
    if values.ndim < 2 or not values.size:
        raise InputError(
            f"{what} must have a first axis that counts them and at least one value "
            f"each, not shape {values.shape}: reshape them to (n, values)"
        )
    if classes is not None:
        _check_labels(classes, len(values), whose)
        classes = classes[:count].astype(np.int64)
    rows = values[:count].reshape(len(values[:count]), -1).astype(np.float64)
    check_finite(rows, what)
    return Inputs(values=rows, labels=classes)


def _of(what: str, source: AnyInputs) -> str:
    """Name what is read, and its file if it is in one."""
    return f"{what} of {source}" if isinstance(source, str | PathLike) else what


def _given(inputs: AnyInputs) -> tuple[NDArray[np.generic], NDArray[np.generic] | None, str]:
    """Return inputs, their labels if they have some, and what to call them."""
    what = _of("inputs", inputs)
    if isinstance(inputs, Inputs):
        return inputs.values, inputs.labels, what
    if isinstance(inputs, str | PathLike):
        return *_read(Path(inputs)), what
    return as_array(inputs, what), None, what


def _given_labels(labels: AnyInputs) -> NDArray[np.generic]:
    """Return the labels that are given beside inputs."""
    if isinstance(labels, str | PathLike):
        return _read_labels(Path(labels))
    return as_array(labels, "labels")


def _read(path: Path) -> tuple[NDArray[np.generic], NDArray[np.generic] | None]:
    """Read the arrays of inputs and labels."""
    if not is_archive(path):
        return read_npy(path), None
    with open_archive(path) as archive:
        others = [name for name in archive.arrays if name != LABELS]
        named = [name for name in others if name in INPUT_NAMES] or others
        if len(named) != 1:
            raise InputError(
                f"{path} must hold one array of inputs, called {' or '.join(INPUT_NAMES)}, not "
                f"{', '.join(archive.arrays) or 'none'}: rename or remove arrays"
            )
        wanted = [named[0], LABELS] if LABELS in archive.arrays else named
        archive.check_size(wanted)
        arrays = [archive.read(name) for name in wanted]
        return arrays[0], arrays[1] if len(arrays) > 1 else None


def _read_labels(path: Path) -> NDArray[np.generic]:
    """Read the labels of a file of their own."""
    if not is_archive(path):
        return read_npy(path)
    with open_archive(path) as archive:
        named = [LABELS] if LABELS in archive.arrays else archive.arrays
        if len(named) != 1:
            raise InputError(
                f"{path} must hold one array of labels, called {LABELS}, not "
                f"{', '.join(archive.arrays) or 'none'}: rename or remove arrays"
            )
        return archive.read(named[0])


def _check_labels(labels: NDArray[np.generic], count: int, what: str) -> None:
    """Check that there is an integer for each input vector."""
    if labels.dtype.kind not in "iu" or labels.shape != (count,):
        raise InputError(
            f"{what} must be {count} integers, one for each input, not {labels.dtype} "
            f"of shape {labels.shape}: convert them"
        )
