"""How far the fixed-point range of activations reaches: the rules that `calibrate` may follow.

A rule chooses one fraction for a tensor, from all values that the sample inputs give rise to. The
values are seen in pieces, and only a few sums are kept of them.
"""

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.errors import InputError
from zskip.model.common.fixed import dequantize, limits, quantize

RULES = ("max", "percentile", "mse")
"""How the fraction of activations is chosen; see `zskip.model.common.calibration.calibrate`."""

PERCENTILE = 99.99
"""Default share of the activations that are not zero within the range, in percent."""

CANDIDATES = 16
"""Fractions that are compared, from the one that clips nothing on."""


def check_rule(rule: str, percentile: float) -> None:
    """Check the choice of a rule.

    Parameters
    ----------
    rule : str
        One of `RULES`.
    percentile : float
        Share in percent, above 0 and at most 100.

    Raises
    ------
    InputError
        If one of them is not.
    """
    if rule not in RULES:
        raise InputError(
            f"the calibration rule must be one of {', '.join(RULES)}, not {rule!r}: "
            "choose max to clip nothing"
        )
    if not 0 < percentile <= 100:
        raise InputError(
            f"the percentile must be above 0 and at most 100, not {percentile}: "
            f"leave it out for {PERCENTILE}"
        )


class RangeChoice:
    """Chooses the fraction of one tensor.

    Parameters
    ----------
    base : int
        Fraction at which nothing saturates and the headroom is free: the result of ``max``, and
        the smallest that the other rules choose.
    limit : int
        Largest magnitude at the base fraction.
    largest : int
        Largest fraction that may be chosen.
    bits : int
        Width of the values in fixed point.
    """

    def __init__(self, base: int, limit: int, largest: int, bits: int) -> None:
        self._bits = bits
        self._fractions = list(range(base, max(base, min(largest, base + CANDIDATES - 1)) + 1))
        self._limit = limit
        self._values = 0
        self._within = np.zeros(len(self._fractions), dtype=np.int64)
        self._errors = np.zeros(len(self._fractions))

    def count(self, values: NDArray[np.floating]) -> None:
        """Count the values that are not zero within the range, for `percentile`.

        Parameters
        ----------
        values : ndarray of any floating-point dtype
            Some of the tensor's values.
        """
        magnitudes = np.abs(values[values != 0])
        self._values += magnitudes.size
        for index, fraction in enumerate(self._fractions):
            bound = np.ldexp(float(self._limit), -fraction)
            self._within[index] += np.count_nonzero(magnitudes <= bound)

    def measure(self, values: NDArray[np.floating]) -> None:
        """Add up the squared errors of the values in fixed point, for `least_error`.

        Parameters
        ----------
        values : ndarray of any floating-point dtype
            Some of the tensor's values.
        """
        real = values[values != 0].astype(np.float64)
        for index, fraction in enumerate(self._fractions):
            error = dequantize(quantize(real, fraction, self._bits)[0], fraction) - real
            self._errors[index] += float(np.sum(np.square(error)))

    def percentile(self, percentile: float) -> int:
        """Return the largest fraction with at least so many percent of the values in range."""
        if not self._values:
            return self._fractions[0]
        enough = self._within * 100.0 >= percentile * self._values
        return self._fractions[int(np.flatnonzero(enough)[-1])]

    def least_error(self) -> int:
        """Return the fraction of the least squared error, of equal ones the smallest."""
        return self._fractions[int(np.argmin(self._errors))]


def activation_limit(headroom_bits: int, bits: int) -> int:
    """Return the largest activation of a width that leaves some bits of headroom."""
    return limits(bits)[1] >> headroom_bits
