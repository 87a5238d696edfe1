"""Shares of the weights that pruning to a pattern keeps, beside what it could keep."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from zskip.model.common.network import row_blocks
from zskip.model.common.pattern import Pattern, prune_to_pattern
from zskip.model.common.pruning import Weights, prune_to_density
from zskip.model.common.reference import FloatLayer


class Kept(NamedTuple):
    """Shares of a matrix that pruning keeps, from 0 to 1; 1 of a matrix of zeros.

    Parameters
    ----------
    l1, l2 : float
        Of the sum of the magnitudes, and of the sum of their squares.
    """

    l1: float
    l2: float


@dataclass(frozen=True, kw_only=True)
class PatternShares:
    """Shares of a layer's magnitude (`l1`) and of its squares (`l2`), 0 to 1.

    Parameters
    ----------
    kept_l1, kept_l2 : float
        Of the weights as they were given, kept by the pattern.
    unpermuted_l1, unpermuted_l2 : float
        The same with the inputs in the order of the source.
    unstructured_l1, unstructured_l2 : float
        The largest weights wherever they are, as many as the pattern has room for: no pattern of
        this density keeps more.
    """

    kept_l1: float
    kept_l2: float
    unpermuted_l1: float
    unpermuted_l2: float
    unstructured_l1: float
    unstructured_l2: float


def kept(weights: Weights, pruned: Weights) -> Kept:
    """Return the shares of a matrix that a pruned copy of it keeps.

    Parameters
    ----------
    weights, pruned : ndarray of any floating-point dtype, shape (outputs, inputs)
        The matrix and the copy.
    """
    totals = np.zeros((2, 2))
    # The largest magnitude becomes 1, so that no square leaves the range of float64.
    peak = float(np.abs(weights).max()) or 1.0
    for rows in row_blocks(weights.shape):
        for total, matrix in zip(totals, (pruned, weights), strict=True):
            scaled = np.abs(matrix[rows]).astype(np.float64) / peak
            total += scaled.sum(), np.square(scaled).sum()
    if not totals[1, 0]:
        return Kept(1.0, 1.0)
    l1, l2 = (totals[0] / totals[1]).tolist()
    return Kept(l1, l2)


def ideal_kept(weights: Weights, pattern: Pattern) -> Kept:
    """Return the shares that pruning without a pattern keeps with as many weights.

    Parameters
    ----------
    weights : ndarray of any floating-point dtype, shape (outputs, inputs)
        The matrix.
    pattern : Pattern
        Gives the number of weights (`Pattern.slots`).

    Raises
    ------
    InputError
        `check_weights` refuses the weights.
    """
    share = pattern.slots((weights.shape[0], weights.shape[1])) / weights.size
    return kept(weights, prune_to_density(weights, share))


def pattern_shares(
    layers: Sequence[FloatLayer],
    pruned: Sequence[Weights],
    pattern: Pattern,
    *,
    ordered: bool,
) -> tuple[PatternShares, ...]:
    """Measure pruning to a pattern, layer by layer.

    Parameters
    ----------
    layers : sequence of FloatLayer
        The network as it was given.
    pruned : sequence of ndarray of any floating-point dtype, shape (outputs, inputs)
        Weights of every layer after pruning.
    pattern : Pattern
        The pattern.
    ordered : bool
        Whether the inputs were in another order than that of the source.

    Returns
    -------
    tuple of PatternShares
        One for each layer.
    """
    return tuple(
        _shares(layer.weights, after, pattern, ordered=ordered)
        for layer, after in zip(layers, pruned, strict=True)
    )


def _shares(weights: Weights, pruned: Weights, pattern: Pattern, *, ordered: bool) -> PatternShares:
    """Measure a layer."""
    found = kept(weights, pruned)
    plain = kept(weights, prune_to_pattern(weights, pattern)) if ordered else found
    ideal = ideal_kept(weights, pattern)
    return PatternShares(
        kept_l1=found.l1,
        kept_l2=found.l2,
        unpermuted_l1=plain.l1,
        unpermuted_l2=plain.l2,
        unstructured_l1=ideal.l1,
        unstructured_l2=ideal.l2,
    )
