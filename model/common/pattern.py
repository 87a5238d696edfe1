"""N:M patterns: of every M weights that follow each other along the inputs, at most N not zero.

The inputs of a row are cut into groups of M from input 0 on; where M does not divide the inputs,
the last group is shorter. Groups are those of an order of the inputs where one is given.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from zskip.model.common.errors import InputError
from zskip.model.common.fixed import BoolArray, IntArray
from zskip.model.common.network import row_blocks
from zskip.model.common.pruning import Weights, check_weights

MAX_M = 16
"""Largest group."""


@dataclass(frozen=True)
class Pattern:
    """A pattern of N:M.

    Parameters
    ----------
    n : int
        Weights of a group that may differ from zero, 1 to `m`.
    m : int
        Weights of a group, a power of two from 2 to 16.

    Raises
    ------
    InputError
        A number is out of range.

    Examples
    --------
    >>> pattern = Pattern.parse("2:4")
    >>> pattern, str(pattern), pattern.density
    (Pattern(n=2, m=4), '2:4', 0.5)
    """

    n: int
    m: int

    def __post_init__(self) -> None:
        if not (1 < self.m <= MAX_M and self.m.bit_count() == 1):
            raise InputError(
                f"the M of a pattern N:M must be a power of two from 2 to {MAX_M}, not {self.m}: "
                "choose one such as 2:4"
            )
        if not 1 <= self.n <= self.m:
            raise InputError(
                f"the N of a pattern N:M must be from 1 to M, not {self.n} of {self.m}: "
                "choose one such as 2:4"
            )

    @classmethod
    def parse(cls, given: "AnyPattern") -> "Pattern":
        """Return the pattern of a text such as ``2:4``; a pattern stays as it is.

        Raises
        ------
        InputError
            The text is no pattern.
        """
        if isinstance(given, Pattern):
            return given
        n, _, m = given.partition(":") if isinstance(given, str) else ("", "", "")
        if not (n.isascii() and n.isdecimal() and m.isascii() and m.isdecimal()):
            raise InputError(
                f"a pattern must be N:M, two whole numbers, not {given!r}: choose one such as 2:4"
            )
        return cls(int(n), int(m))

    def __str__(self) -> str:
        return f"{self.n}:{self.m}"

    @property
    def density(self) -> float:
        """Share of the weights that may differ from zero."""
        return self.n / self.m

    def slots(self, shape: tuple[int, int]) -> int:
        """Return how many weights of a matrix of (outputs, inputs) may differ from zero."""
        full, rest = divmod(shape[1], self.m)
        return shape[0] * (full * self.n + min(rest, self.n))


AnyPattern = Pattern | str
"""A pattern, or its text."""


def pattern_mask(weights: Weights, pattern: Pattern, order: IntArray | None = None) -> BoolArray:
    """Mark the `n` largest magnitudes of each group.

    Of equal magnitudes the one of the lower place in the group is taken. Groups with fewer weights
    than `n` are marked as a whole, zeros are marked like any other weight.

    Parameters
    ----------
    weights : ndarray of any floating-point dtype, shape (outputs, inputs)
        The matrix.
    pattern : Pattern
        The pattern.
    order : ndarray of int64, shape (inputs,), optional
        The input at each place of the groups; as they are without it.

    Returns
    -------
    ndarray of bool, shape (outputs, inputs)
        In the order of `weights`.

    Raises
    ------
    InputError
        `check_weights` refuses the weights.
    """
    check_weights(weights)
    mask = np.empty(weights.shape, dtype=np.bool_)
    for rows, groups in _groups(weights, pattern, order):
        # A stable sort leaves equal magnitudes in the order of their places.
        largest = np.argsort(-groups, axis=2, kind="stable")[:, :, : pattern.n]
        marks = np.zeros(groups.shape, dtype=np.bool_)
        np.put_along_axis(marks, largest, values=True, axis=2)
        flat = marks.reshape(len(groups), -1)[:, : weights.shape[1]]
        if order is None:
            mask[rows] = flat
        else:
            mask[rows, order] = flat
    return mask


def prune_to_pattern(weights: Weights, pattern: Pattern, order: IntArray | None = None) -> Weights:
    """Keep the `n` largest magnitudes of each group and make the others zero.

    A matrix that follows the pattern comes back with the same values.

    Parameters
    ----------
    weights : ndarray of any floating-point dtype, shape (outputs, inputs)
        The matrix, which is not changed.
    pattern : Pattern
        The pattern.
    order : ndarray of int64, shape (inputs,), optional
        The input at each place of the groups; as they are without it.

    Returns
    -------
    ndarray of the same dtype and shape
        The pruned copy, in the order of `weights`.

    Raises
    ------
    InputError
        `check_weights` refuses the weights.
    """
    return np.where(pattern_mask(weights, pattern, order), weights, weights.dtype.type(0))


def follows(weights: Weights, pattern: Pattern, order: IntArray | None = None) -> bool:
    """Tell whether every group has at most `n` weights that are not zero."""
    return _first_overfull(weights, pattern, order) is None


def check_follows(weights: Weights, pattern: Pattern, order: IntArray | None = None) -> None:
    """Check that every group has at most `n` weights that are not zero.

    Parameters
    ----------
    weights : ndarray of any floating-point dtype, shape (outputs, inputs)
        The matrix.
    pattern : Pattern
        The pattern.
    order : ndarray of int64, shape (inputs,), optional
        The input at each place of the groups; as they are without it.

    Raises
    ------
    InputError
        Names the first group, in row-major order, that has more.
    """
    found = _first_overfull(weights, pattern, order)
    if found is not None:
        row, start, count = found
        last = min(start + pattern.m, weights.shape[1]) - 1
        raise InputError(
            f"a group of the pattern {pattern} must have at most {pattern.n} weights that are not "
            f"zero, not {count} as places {start} to {last} of output {row}: prune to the pattern"
        )


def _groups(
    weights: Weights, pattern: Pattern, order: IntArray | None
) -> Iterator[tuple[slice, Weights]]:
    """Yield magnitudes some rows at a time, shape (rows, groups, m), padded below every weight."""
    padding = -weights.shape[1] % pattern.m
    for rows in row_blocks(weights.shape):
        block = np.abs(weights[rows] if order is None else weights[rows][:, order])
        padded = np.pad(block, ((0, 0), (0, padding)), constant_values=-1)
        yield rows, padded.reshape(len(block), -1, pattern.m)


def _first_overfull(
    weights: Weights, pattern: Pattern, order: IntArray | None
) -> tuple[int, int, int] | None:
    """Return output, first place and non-zeros of the first group with too many, if any."""
    for rows, groups in _groups(weights, pattern, order):
        counts = np.count_nonzero(groups > 0, axis=2)
        found = np.argwhere(counts > pattern.n)
        if len(found):
            row, group = found[0].tolist()
            return rows.start + row, group * pattern.m, int(counts[row, group])
    return None
