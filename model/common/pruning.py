"""Magnitude pruning: the smallest weights become zero.

Of one layer or of several at once, by the share of the weights to keep or by a threshold, and with
the same load for all PEs. Zeros count as the smallest magnitude and stay zero.
"""

import math
from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.errors import InputError
from zskip.model.common.fixed import BoolArray, check_finite

Weights = NDArray[np.floating]

BLOCK = 2**20
"""Weights whose deviation is computed at a time, in float64."""

MIN_EXPONENT = -1000
"""Weights below ``2**-1000`` are not scaled further, or the scale would leave float64's range."""


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


def check_density(density: float) -> None:
    """Check the share of the weights to keep.

    Parameters
    ----------
    density : float
        The share.

    Raises
    ------
    InputError
        If it is not above 0 and at most 1.
    """
    if not 0 < density <= 1:
        raise InputError(
            f"density must be above 0 and at most 1, not {density}: "
            "give the share of weights to keep, such as 0.1"
        )


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
    return prune_global([weights], density)[0]


def prune_global(weights: Sequence[Weights], density: float) -> list[Weights]:
    """Keep the weights of largest magnitude of several layers, whichever layer they are in.

    Exactly ``round(density * size)`` weights of all layers together are kept, with Python's
    rounding of halves to even. Of equal magnitudes those of the first layer are kept, and in a
    layer those that come first in row-major order. A layer may lose all of its weights.

    Parameters
    ----------
    weights : sequence of ndarray of any floating-point dtype, shape (outputs, inputs)
        The matrices, at least one, which are not changed.
    density : float
        Share of all weights to keep, above 0 and at most 1.

    Returns
    -------
    list of ndarray of the same dtypes and shapes
        The pruned copies.

    Raises
    ------
    InputError
        If there is no matrix, `check_weights` refuses one, or `density` is out of range.

    Notes
    -----
    Magnitudes of different dtypes are compared in the widest of them. Besides the copies the
    memory is two magnitudes for every weight.
    """
    check_density(density)
    if not weights:
        raise InputError("weights must be of at least one layer, not none: give its matrix")
    for matrix in weights:
        check_weights(matrix)
    ends = list(accumulate(matrix.size for matrix in weights))
    magnitudes = np.empty(ends[-1], dtype=np.result_type(*weights))
    for matrix, end in zip(weights, ends, strict=True):
        np.abs(matrix.ravel(), out=magnitudes[end - matrix.size : end])
    keep = _largest(magnitudes, round(density * ends[-1]))
    return [
        _masked(matrix, keep[end - matrix.size : end].reshape(matrix.shape))
        for matrix, end in zip(weights, ends, strict=True)
    ]


def prune_by_deviation(weights: Weights, quality: float) -> Weights:
    """Keep the weights that are not small beside the standard deviation of the matrix.

    Weights of a magnitude of at least `quality` times the standard deviation are kept. The
    deviation is that of all weights, zeros included, from their mean, in float64.

    Parameters
    ----------
    weights : ndarray of any floating-point dtype, shape (outputs, inputs)
        The matrix, which is not changed.
    quality : float
        Factor of the threshold, 0 or more and finite; 0 keeps everything. Of normally distributed
        weights 1 keeps 32 % and 2 keeps 4.6 %.

    Returns
    -------
    ndarray of the same dtype and shape
        The pruned copy.

    Raises
    ------
    InputError
        If `check_weights` refuses the weights, or `quality` is negative or not finite.

    Notes
    -----
    Han et al., Learning both Weights and Connections (NIPS 2015), section 3.2.
    """
    if not (math.isfinite(quality) and quality >= 0):
        raise InputError(
            f"quality must be 0 or more and finite, not {quality}: "
            "give the multiple of the standard deviation below which weights go, such as 1"
        )
    check_weights(weights)
    return _masked(weights, np.abs(weights) >= np.float64(quality * _deviation(weights)))


def prune_balanced(weights: Weights, density: float, pe_count: int) -> Weights:
    """Keep the weights of largest magnitude of each PE, and as many of one PE as of another.

    PE `k` owns the rows `i` with ``i mod pe_count = k`` (``docs/design.md``). Of all weights
    ``round(density * size)`` are kept, with Python's rounding of halves to even, shared equally
    among the PEs; the first PEs keep one more where the division leaves a rest. What a PE has too
    few weights for is shared among the others. Of equal magnitudes of a PE those that come first
    in row-major order are kept. A PE that has fewer weights that are not zero keeps all of those,
    and the others keep no more than their share.

    Parameters
    ----------
    weights : ndarray of any floating-point dtype, shape (outputs, inputs)
        The matrix, which is not changed.
    density : float
        Share of the weights to keep, above 0 and at most 1.
    pe_count : int
        Number of PEs, at least 1.

    Returns
    -------
    ndarray of the same dtype and shape
        The pruned copy.

    Raises
    ------
    InputError
        If `check_weights` refuses the weights, or `density` or `pe_count` is out of range.

    Notes
    -----
    Load-balance-aware pruning of ESE (Han et al., FPGA 2017), section 3.
    """
    check_density(density)
    if pe_count < 1:
        raise InputError(f"pe_count must be 1 or more, not {pe_count}: give that of the array")
    check_weights(weights)
    keep = np.empty(weights.shape, dtype=np.bool_)
    owners = min(pe_count, weights.shape[0])
    sizes = [weights[owner::pe_count].size for owner in range(owners)]
    for owner, kept in enumerate(_equal_shares(round(density * weights.size), sizes)):
        part = np.abs(weights[owner::pe_count])
        keep[owner::pe_count] = _largest(part.ravel(), kept).reshape(part.shape)
    return _masked(weights, keep)


def _largest(magnitudes: Weights, count: int) -> BoolArray:
    """Mark the largest magnitudes, of equal ones the first; zeros may be left out."""
    if count == 0:
        return np.zeros(magnitudes.size, dtype=np.bool_)
    threshold = np.partition(magnitudes, magnitudes.size - count)[magnitudes.size - count]
    keep = magnitudes > threshold
    if threshold > 0:
        missing = count - np.count_nonzero(keep)
        keep[np.flatnonzero(magnitudes == threshold)[:missing]] = True
    return keep


def _masked(weights: Weights, keep: BoolArray) -> Weights:
    """Make the weights that are not kept zero."""
    return np.where(keep, weights, weights.dtype.type(0))


def _deviation(weights: Weights) -> float:
    """Compute the standard deviation in blocks, at a scale at which no square overflows."""
    flat = weights.ravel()
    blocks = [flat[start : start + BLOCK] for start in range(0, flat.size, BLOCK)]
    _, exponent = math.frexp(max(float(flat.max()), -float(flat.min())))
    scale = math.ldexp(1.0, -max(exponent, MIN_EXPONENT))
    mean = sum(float(np.sum(block.astype(np.float64) * scale)) for block in blocks) / flat.size
    squares = sum(
        float(np.sum(np.square(block.astype(np.float64) * scale - mean))) for block in blocks
    )
    return math.sqrt(squares / flat.size) / scale


def _equal_shares(total: int, sizes: list[int]) -> list[int]:
    """Share a number equally among parts of falling size, none of which takes more than its size.

    The last parts, which are the smallest, take theirs first, so that the others make up for them.
    """
    shares = [0] * len(sizes)
    for part in reversed(range(len(sizes))):
        shares[part] = min(sizes[part], total // (part + 1))
        total -= shares[part]
    return shares
