"""Magnitude pruning: the smallest weights of a matrix become zero."""

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.errors import InputError
from zskip.model.common.fixed import check_finite

Weights = NDArray[np.floating]


def check_weights(weights: Weights) -> None:
    """Check that weights are a matrix of finite floating-point numbers.

    Parameters
    ----------
    weights : ndarray of any floating-point dtype, shape (outputs, inputs)
        The matrix to check.

    Raises
    ------
    InputError
        If the dtype is not a floating-point one, the array is not 2-D or is empty, or a weight is
        NaN or infinite.
    """
    if weights.dtype.kind != "f":
        raise InputError(f"weights must be floats, not {weights.dtype}: convert them to float32")
    if weights.ndim != 2 or weights.size == 0:
        raise InputError(
            f"weights must be of shape (outputs, inputs), at least (1, 1), not {weights.shape}: "
            "give one matrix per layer"
        )
    check_finite(weights, "weights")


def density(weights: Weights) -> float:
    """Compute the share of the weights that are not zero.

    Parameters
    ----------
    weights : ndarray of any floating-point dtype, shape (outputs, inputs)
        The matrix.

    Returns
    -------
    float
        Share of the weights, 0 to 1.

    Raises
    ------
    InputError
        If `check_weights` refuses the weights.
    """
    check_weights(weights)
    return np.count_nonzero(weights) / weights.size


def prune_to_density(weights: Weights, density: float) -> Weights:
    """Keep the weights of largest magnitude and make the others zero.

    Exactly ``round(density * size)`` weights are kept, with Python's rounding of halves to even.
    Of equal magnitudes those that come first in row-major order are kept. Zeros count as the
    smallest magnitude and stay zero, so a matrix that is sparser than asked comes back unchanged.

    Parameters
    ----------
    weights : ndarray of any floating-point dtype, shape (outputs, inputs)
        The matrix, which is not changed.
    density : float
        Share of the weights to keep, above 0 and at most 1.

    Returns
    -------
    ndarray of the same dtype and shape
        The pruned copy.

    Raises
    ------
    InputError
        If `check_weights` refuses the weights or `density` is out of range.
    """
    if not 0 < density <= 1:
        raise InputError(
            f"density must be above 0 and at most 1, not {density}: "
            "give the share of weights to keep, such as 0.1"
        )
    check_weights(weights)
    kept = round(density * weights.size)
    if kept == 0:
        return np.zeros_like(weights)
    magnitudes = np.abs(weights).ravel()
    threshold = np.partition(magnitudes, weights.size - kept)[weights.size - kept]
    keep = magnitudes > threshold
    missing = kept - np.count_nonzero(keep)
    keep[np.flatnonzero(magnitudes == threshold)[:missing]] = True
    return np.where(keep.reshape(weights.shape), weights, weights.dtype.type(0))
