"""Tensors of a file as float32 arrays, and the names that come with them."""

import re

import numpy as np
from numpy.typing import NDArray

from zskip.files.formats.guard import quoted
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import check_finite

Tensor = NDArray[np.generic]
Float32Array = NDArray[np.float32]

BLOCK = 64
"""Columns that are transposed together."""


def as_float32(name: str, values: Tensor) -> Float32Array:
    """Convert a tensor to float32: exact from narrower types, rounded to nearest from float64.

    Parameters
    ----------
    name : str
        Name of the tensor, for messages.
    values : ndarray of float16, bfloat16, float32 or float64
        The tensor.

    Returns
    -------
    ndarray of float32
        In row-major order; `values` itself if it is that already.

    Raises
    ------
    InputError
        The tensor is of another dtype, or holds NaN, infinity or a value that is too large.
    """
    check_dtype(name, values.dtype.name)
    what = f"values of tensor {quoted(name)}"
    with np.errstate(over="ignore", invalid="ignore"):
        narrow = _row_major(values)
        # A sum that is finite, which is soon known, has no other terms.
        if not np.isfinite(narrow.sum()) and not np.isfinite(narrow).all():
            check_finite(values.astype(np.float64), what)
            raise InputError(f"{what} must fit in float32, but one is too large: scale them down")
    return narrow


def _row_major(values: Tensor) -> Float32Array:
    """Convert to float32 in row-major order; a transposed matrix in blocks, as caches like it."""
    if values.ndim != 2 or values.flags.c_contiguous or not values.flags.f_contiguous:
        return np.asarray(values, dtype=np.float32, order="C")
    result = np.empty(values.shape, dtype=np.float32)
    for start in range(0, values.shape[1], BLOCK):
        result[:, start : start + BLOCK] = values[:, start : start + BLOCK]
    return result


def check_dtype(name: str, dtype: str) -> None:
    """Check the type of the values of a tensor by its name.

    Parameters
    ----------
    name : str
        Name of the tensor, for messages.
    dtype : str
        Name of the type.

    Raises
    ------
    InputError
        It is none of the four that can become float32.
    """
    if dtype not in ("float16", "bfloat16", "float32", "float64"):
        raise InputError(
            f"tensor {quoted(name)} must be of float16, bfloat16, float32 or float64, not "
            f"{dtype}: convert it to float32"
        )


def matrix(name: str, values: Tensor, axes: str = "(outputs, inputs)") -> Float32Array:
    """Check the shape of a tensor of weights, and convert it to float32.

    Parameters
    ----------
    name : str
        Name of the tensor, for messages.
    values : ndarray
        The tensor.
    axes : str, optional
        What its axes mean, for messages.

    Returns
    -------
    ndarray of float32, 2-D, not empty
        Its axes are those of `values`.

    Raises
    ------
    InputError
        The tensor is of another shape, or `as_float32` refuses it.
    """
    if values.ndim != 2 or values.size == 0:
        raise InputError(
            f"tensor {quoted(name)} must be of shape {axes}, at least (1, 1), not "
            f"{values.shape}: only fully connected layers can be compressed"
        )
    return as_float32(name, values)


def vector(name: str, values: Tensor | None, length: int) -> Float32Array:
    """Check the shape of a tensor of one value per output, and convert it to float32.

    Parameters
    ----------
    name : str
        Name of the tensor, for messages.
    values : ndarray or None
        The tensor; zeros if there is none.
    length : int
        Outputs of its layer.

    Returns
    -------
    ndarray of float32, shape (length,)

    Raises
    ------
    InputError
        The tensor is of another shape, or `as_float32` refuses it.
    """
    if values is None:
        return np.zeros(length, dtype=np.float32)
    if values.shape != (length,):
        raise InputError(
            f"tensor {quoted(name)} must be of shape {(length,)}, one value per output, not "
            f"{values.shape}: write the file again"
        )
    return as_float32(name, values)


def plain_name(name: str) -> str:
    """Return a name with nothing that a terminal would obey.

    Parameters
    ----------
    name : str
        Name of a layer in its source.
    """
    return "".join(c if c.isprintable() else "?" for c in name)


def natural(name: str) -> list[tuple[int, str]]:
    """Return a key that sorts names with the numbers in them as numbers: fc2 before fc10.

    Parameters
    ----------
    name : str
        Any text.
    """
    key = []
    for index, part in enumerate(re.split("([0-9]+)", name)):
        # Digits stand at odd places; of two numbers, the one with more digits is larger.
        number = part.lstrip("0")
        key.append((len(number), number) if index % 2 else (0, part))
    return key
