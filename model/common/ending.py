"""Operations that stand behind the last layer of a network: taken off, they can be applied again.

All of them keep the order of the outputs, so that the hardware does not compute them.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.errors import InputError
from zskip.model.common.fixed import FloatArray


def _log_softmax(outputs: FloatArray) -> FloatArray:
    """Subtract the logarithm of the sum of the exponentials; the largest is taken off first."""
    shifted = outputs - outputs.max(axis=1, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))


def _hardmax(outputs: FloatArray) -> FloatArray:
    """Give 1 to the first of the largest outputs, 0 to the others."""
    return np.eye(outputs.shape[1])[np.argmax(outputs, axis=1)]


VALUES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "LogSoftmax": _log_softmax,
    "Sigmoid": lambda outputs: np.exp(-np.logaddexp(0.0, -outputs)),
    "Softmax": lambda outputs: np.exp(_log_softmax(outputs)),
}
"""Endings that give real values."""

CLASSES: dict[str, Callable[[FloatArray], NDArray[Any]]] = {
    "ArgMax": lambda outputs: np.argmax(outputs, axis=1),
    "Hardmax": _hardmax,
}
"""Endings that only tell which output is the largest."""

ENDINGS = VALUES | CLASSES
"""Every ending by its name."""


def check_ending(name: str | None) -> None:
    """Check that an ending is known, or that there is none.

    Raises
    ------
    InputError
        It is not one of `ENDINGS`.
    """
    if name is not None and name not in ENDINGS:
        raise InputError(f"the ending must be {', '.join(sorted(ENDINGS))} or none, not {name!r}")


def apply_ending(name: str, outputs: FloatArray) -> NDArray[Any]:
    """Apply an ending to the outputs of a last layer.

    Parameters
    ----------
    name : str
        One of `ENDINGS`.
    outputs : ndarray of float64, shape (n, outputs)
        One row for each input vector.

    Returns
    -------
    ndarray of float64, shape (n, outputs)
        For ``ArgMax`` of int64 and shape (n,).
    """
    return ENDINGS[name](outputs)
