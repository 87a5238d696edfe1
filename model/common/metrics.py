"""Measures of how far a network's outputs are from what they should be.

Design section 3: the quantiser reports the error it makes.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from zskip.model.common.errors import InputError
from zskip.model.common.fixed import FloatArray, IntArray, check_finite


def signal_to_noise(reference: ArrayLike, actual: ArrayLike) -> float:
    """Compute the signal-to-noise ratio of an approximation.

    Parameters
    ----------
    reference : array_like of float64
        The true values, of any shape.
    actual : array_like of float64
        The approximation, of the same shape.

    Returns
    -------
    float
        ``10 * log10(sum(reference**2) / sum((actual - reference)**2))`` in dB: infinite where the
        two are equal, minus infinite where only the reference is all zero.

    Raises
    ------
    InputError
        If the shapes differ, there is no value, or a value is not finite.
    """
    signal, noise = _signal_and_noise(reference, actual)
    return decibels(float(np.sum(np.square(signal))), float(np.sum(np.square(noise))))


def decibels(signal_power: float, noise_power: float) -> float:
    """Return the ratio of two powers.

    Parameters
    ----------
    signal_power, noise_power : float
        Sums of the squares of the true values and of the errors.

    Returns
    -------
    float
        In dB: infinite without noise, minus infinite for noise without a signal.
    """
    if noise_power == 0.0:
        return math.inf
    if signal_power == 0.0:
        return -math.inf
    return 10.0 * (math.log10(signal_power) - math.log10(noise_power))


def max_abs_error(reference: ArrayLike, actual: ArrayLike) -> float:
    """Compute the largest error of an approximation.

    Parameters
    ----------
    reference : array_like of float64
        The true values, of any shape.
    actual : array_like of float64
        The approximation, of the same shape.

    Returns
    -------
    float
        ``max(abs(actual - reference))``.

    Raises
    ------
    InputError
        If the shapes differ, there is no value, or a value is not finite.
    """
    _, noise = _signal_and_noise(reference, actual)
    return float(np.max(np.abs(noise)))


def classes(scores: ArrayLike) -> IntArray:
    """Return the class that a network's outputs tell.

    Parameters
    ----------
    scores : array_like, shape (n, outputs)
        Outputs in front of any softmax or sigmoid, integers or floats.

    Returns
    -------
    ndarray of int64, shape (n,)
        The number of the highest output, of equal ones the first; of a single output, 1 above 0
        and 0 elsewhere.
    """
    score = np.asarray(scores)
    if score.shape[1] == 1:
        return (score[:, 0] > 0).astype(np.int64)
    return np.argmax(score, axis=1)


def accuracy(scores: ArrayLike, labels: ArrayLike) -> float:
    """Compute the share of samples whose class is their label.

    Parameters
    ----------
    scores : array_like, shape (n, outputs)
        Outputs of the network, which tell a class as `classes` says.
    labels : array_like of any integer dtype, shape (n,)
        The right class of every sample.

    Returns
    -------
    float
        Share of the `n` samples, 0 to 1.

    Raises
    ------
    InputError
        If there is no sample, or not one integer label in range for each.
    """
    score, label = np.asarray(scores), np.asarray(labels)
    if score.ndim != 2 or score.size == 0:
        raise InputError(
            f"scores must be of shape (samples, classes), not {score.shape}: give a row per sample"
        )
    if label.shape != score.shape[:1] or label.dtype.kind not in "iu":
        raise InputError(
            f"labels must be {score.shape[0]} integers, not {label.dtype} of shape {label.shape}: "
            "give a label per sample"
        )
    last = max(score.shape[1] - 1, 1)
    if int(label.min()) < 0 or int(label.max()) > last:
        cure = "number the classes like the outputs"
        if score.shape[1] == 1:
            cure = "a single output tells two classes, by its sign"
        raise InputError(f"labels must be 0 to {last}, not {label.min()} to {label.max()}: {cure}")
    return float(np.mean(classes(score) == label))


def _signal_and_noise(reference: ArrayLike, actual: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Check a pair of arrays and give the reference and the error."""
    given = np.asarray(actual)
    if np.shape(reference) != given.shape or given.size == 0:
        raise InputError(
            f"actual must have the reference's shape {np.shape(reference)} and a value, "
            f"not {given.shape}: compare the outputs of the same layer and samples"
        )
    check_finite(reference, "reference values")
    check_finite(actual, "actual values")
    signal = np.asarray(reference, dtype=np.float64)
    return signal, given.astype(np.float64) - signal
