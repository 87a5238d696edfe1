"""Arrays of users, in whatever library's type they come."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.errors import InputError


def is_array(value: object) -> bool:
    """Tell whether a value is an array, a tensor or a sparse matrix, no number and no list."""
    return hasattr(value, "dtype") and len(getattr(value, "shape", ())) > 0


def as_array(value: object, what: str) -> NDArray[np.generic]:
    """Return an array that a user gave as a NumPy array.

    Parameters
    ----------
    value : array_like
        NumPy array, torch tensor on any device, scipy.sparse matrix, table of pandas, or nested
        lists of numbers. Whole numbers in lists are floats where the list holds a float.
    what : str
        What it is, for messages.

    Returns
    -------
    ndarray
        Of any dtype but objects.

    Raises
    ------
    InputError
        It is none of these, or its rows differ in length.
    """
    if value is None or isinstance(value, str | bytes | dict | set):
        raise InputError(f"{what} must be an array, not {type(value).__name__}: give numbers")
    try:
        array = np.asarray(_on_host(value))
    except (ValueError, TypeError, RuntimeError, OverflowError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(
            f"{what} must be an array, but {type(value).__name__} cannot become one ({reason}): "
            "give rows of equal length, all of numbers"
        ) from None
    if array.dtype.kind == "O":
        raise InputError(
            f"{what} must be an array of numbers, not {type(value).__name__} of objects: "
            "convert it with numpy.asarray(..., dtype='float32')"
        )
    return array


def _on_host(value: Any) -> Any:
    """Return what NumPy understands: a tensor without its graph, a dense matrix."""
    if hasattr(value, "toarray"):
        return value.toarray()
    if hasattr(value, "detach") and hasattr(value, "cpu"):
        tensor = value.detach().cpu()
        # NumPy has no bfloat16; float32 holds each of its values.
        return tensor.float() if str(tensor.dtype) == "torch.bfloat16" else tensor
    return value
