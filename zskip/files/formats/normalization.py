"""A batch normalization as it computes in inference."""

from dataclasses import dataclass

from zskip.files.formats.tensors import Float32Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Normalization:
    """Parameters of ``gamma * (x - mean) / sqrt(variance + epsilon) + beta``.

    Attributes
    ----------
    gamma, beta, mean, variance : ndarray of float32, shape (values,)
        One of each for every value.
    epsilon : float
        What is added to the variance.
    """

    gamma: Float32Array
    beta: Float32Array
    mean: Float32Array
    variance: Float32Array
    epsilon: float
