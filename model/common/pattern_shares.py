"""Shares of the weights that pruning to a pattern keeps, beside what it could keep."""

from collections.abc import Sequence
from dataclasses import dataclass

from zskip.model.common.pattern import Pattern, ideal_kept, kept, prune_to_pattern
from zskip.model.common.pruning import Weights
from zskip.model.common.reference import FloatLayer


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
