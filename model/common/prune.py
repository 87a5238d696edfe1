"""Pruning of the layers of a float network, as the options of compression ask for it."""

from collections.abc import Callable, Mapping, Sequence

from zskip.model.common.errors import InputError
from zskip.model.common.fixed import IntArray
from zskip.model.common.float_network import by_layer, layer_name
from zskip.model.common.pattern import Pattern, prune_to_pattern
from zskip.model.common.pruning import (
    Weights,
    prune_balanced,
    prune_by_deviation,
    prune_global,
    prune_to_density,
)
from zskip.model.common.reference import FloatLayer

METHODS = ("magnitude", "deviation", "global", "balanced")
"""How weights are chosen to go; see `prune_layers`."""

PerLayer = float | Mapping[str, float] | None
"""A number for every layer, for layers by name, or for none (None)."""


def prune_layers(
    layers: Sequence[FloatLayer],
    owners: int,
    *,
    method: str = "magnitude",
    density: PerLayer = None,
    quality: PerLayer = None,
    pattern: Pattern | None = None,
    orders: Sequence[IntArray] | None = None,
) -> list[Weights]:
    """Prune the layers of a network that are asked for; the others stay as they are.

    With a pattern every layer is pruned to that, and by nothing else. Otherwise

    - ``"magnitude"``: the largest weights of each layer are kept, up to its density;
    - ``"global"``: the largest weights of all layers together, up to one density;
    - ``"balanced"``: the largest weights of each PE, as many of one as of another, up to each
      layer's density; outputs that nothing reads are dropped later, which moves the others to
      other PEs, so that an engine's own balancing is for networks with such outputs;
    - ``"deviation"``: weights of at least `quality` standard deviations of their layer.

    Parameters
    ----------
    layers : sequence of FloatLayer
        The network from input to output, which is not changed.
    owners : int
        Processing elements that the rows are dealt out to, one after the other, for
        ``"balanced"``.
    method : str, optional
        One of `METHODS`.
    density : float or mapping of str to float, optional
        Share of the weights to keep, above 0 and at most 1; not for ``"deviation"``. Zeros count
        as the first to go.
    quality : float or mapping of str to float, optional
        Multiple of the standard deviation, 0 or more; for ``"deviation"`` alone.
    pattern : Pattern, optional
        The largest weights of each group are kept (`zskip.model.common.pattern`).
    orders : sequence of ndarray of int64, shape (inputs,), optional
        For each layer its input at each place of the pattern's groups; as they are without it.

    Returns
    -------
    list of ndarray of the same dtypes and shapes
        Weights of every layer.

    Raises
    ------
    InputError
        The method is not known, it does not go with what is given, a number is out of range, or
        a name is not that of a layer.
    """
    _check_request(method, density, quality)
    if pattern is not None:
        _check_pattern_alone(pattern, method, density)
        return [
            prune_to_pattern(layer.weights, pattern, None if orders is None else orders[index])
            for index, layer in enumerate(layers)
        ]
    if method == "global":
        if isinstance(density, Mapping):
            raise InputError(
                "global pruning must have one density for all layers together, not one for each: "
                "give one number, or choose magnitude"
            )
        weights = [layer.weights for layer in layers]
        return weights if density is None else prune_global(weights, density)
    pruners: dict[str, Callable[[Weights, float], Weights]] = {
        "magnitude": prune_to_density,
        "deviation": prune_by_deviation,
        "balanced": lambda matrix, share: prune_balanced(matrix, share, owners),
    }
    deviation = method == "deviation"
    what, asked = ("quality", quality) if deviation else ("density", density)
    numbers = by_layer(layers, what, asked)
    return [
        layer.weights if number is None else _named(layers, index, pruners[method], number)
        for index, (layer, number) in enumerate(zip(layers, numbers, strict=True))
    ]


def _check_request(method: str, density: PerLayer, quality: PerLayer) -> None:
    """Check that the method is there, and has the number that it needs and no other."""
    if method not in METHODS:
        raise InputError(
            f"the pruning method must be one of {', '.join(METHODS)}, not {method!r}: "
            "choose magnitude to keep the largest weights"
        )
    if method == "deviation" and (quality is None or density is not None):
        raise InputError(
            "pruning by deviation must have a quality and no density: give the multiple of the "
            "standard deviation below which weights go, such as 1"
        )
    if method != "deviation" and quality is not None:
        raise InputError(
            f"a quality must be given for pruning by deviation, not for {method}: give a density, "
            "or choose deviation"
        )


def _check_pattern_alone(pattern: Pattern, method: str, density: PerLayer) -> None:
    """Check that nothing but a pattern tells which weights go."""
    if density is not None or method != METHODS[0]:
        other = "a density" if density is not None else f"the pruning method {method}"
        raise InputError(
            f"the pattern {pattern} must tell alone which weights go, not {other} too: a pattern "
            "has its own density, so give one of both"
        )


def _named(
    layers: Sequence[FloatLayer],
    index: int,
    pruner: Callable[[Weights, float], Weights],
    number: float,
) -> Weights:
    """Prune a layer, and name it if that is refused."""
    try:
        return pruner(layers[index].weights, number)
    except InputError as error:
        raise InputError(f"layer {layer_name(layers, index)!r}: {error}") from None
