"""How much each layer of a network suffers from pruning: one layer at a time, at several densities.

Layers differ much in how far they can be pruned, and the scan tells how far. Han et al., Learning
both Weights and Connections (NIPS 2015), section 4.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zskip.model.common.errors import InputError
from zskip.model.common.float_network import check_float_network, layer_name
from zskip.model.common.metrics import accuracy
from zskip.model.common.pruning import check_density, prune_to_density
from zskip.model.common.reference import FloatLayer, float_network

Evaluate = Callable[[tuple[FloatLayer, ...]], float]
"""Gives a network its score; the larger the better, whatever it measures."""


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """A row of the scan: the network with one of its layers pruned.

    Attributes
    ----------
    layer : str
        Name of the pruned layer, or ``layer`` and its number where it has none.
    density : float
        Share of its weights that was kept, above 0 and at most 1, as asked for.
    score : float
        Score of the network, all other layers being as they were.
    """

    layer: str
    density: float
    score: float


def scan(
    layers: tuple[FloatLayer, ...], evaluate: Evaluate, densities: Sequence[float]
) -> tuple[Sensitivity, ...]:
    """Prune each layer alone to each density, and score the network.

    Parameters
    ----------
    layers : tuple of FloatLayer
        The network from input to output, which is not changed.
    evaluate : callable
        Scores a network, such as `accuracy_of`; it is called once for each row, in their order.
    densities : sequence of float
        Shares of the weights to keep, above 0 and at most 1, by `prune_to_density`. A layer that
        is sparser already stays as it is.

    Returns
    -------
    tuple of Sensitivity
        For the first layer a row for every density, in the order given, then for the next layer.

    Raises
    ------
    InputError
        If the network is refused by `check_float_network`, there is no density, or one is out of
        range; nothing is evaluated then.
    """
    check_float_network(layers)
    if not len(densities):
        raise InputError("densities must be at least one, not none: give some, such as 0.1 and 0.5")
    for density in densities:
        check_density(density)
    rows: list[Sensitivity] = []
    for index, layer in enumerate(layers):
        for density in densities:
            pruned = replace(layer, weights=prune_to_density(layer.weights, density))
            score = evaluate((*layers[:index], pruned, *layers[index + 1 :]))
            rows.append(Sensitivity(layer=layer_name(layers, index), density=density, score=score))
    return tuple(rows)


def accuracy_of(inputs: NDArray[np.floating], labels: ArrayLike) -> Evaluate:
    """Make an evaluation that gives the share of samples classified right, in float64.

    Parameters
    ----------
    inputs : ndarray of any floating-point dtype, shape (n, inputs)
        Samples, one row each.
    labels : array_like of any integer dtype, shape (n,)
        The right class of each.

    Returns
    -------
    callable
        Takes a network and gives its accuracy, 0 to 1. It raises `InputError` if inputs, labels
        and network do not match.
    """

    def evaluate(layers: tuple[FloatLayer, ...]) -> float:
        return accuracy(float_network(layers, inputs)[-1], labels)

    return evaluate
