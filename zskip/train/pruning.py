"""Magnitude pruning of a PyTorch model, by masks that hold while it goes on training."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.utils import prune as masks

from zskip.model.common.errors import InputError
from zskip.model.common.pattern import AnyPattern, Pattern, prune_to_pattern
from zskip.model.common.pruning import prune_to_density
from zskip.model.common.reference import FloatLayer
from zskip.train.layers import float_layers, is_pruned, linear_layers
from zskip.train.shared_weights import has_shared_weights

SCOPES = ("layer", "global")
"""Scopes of a density: each layer by itself, or all layers together."""

Density = float | Mapping[str, float]
"""Share of the weights to keep: of every layer, or of layers by name."""


def prune(
    model: nn.Module,
    *,
    density: Density | None = None,
    pattern: AnyPattern | None = None,
    step: int = 1,
    steps: int = 1,
    scope: str = "layer",
) -> dict[str, float]:
    """Make the weights of the smallest magnitude zero and hold them there.

    The masks are those of `torch.nn.utils.prune`. A weight that is zero stays zero from then on,
    so calling this again prunes further, and a network that is pruned already keeps its zeros
    while it trains. Optimizers made before go on working.

    One call loses more accuracy than several with training in between. Step ``i`` of `n` leaves
    ``density + (1 - density) * (1 - i / n)**3`` of the weights: large cuts first, while there is
    most to spare.

    A pattern is pruned to once, and the training that follows is as long as the one before (Mishra
    et al., Accelerating Sparse Deep Neural Networks, 2021).

    Parameters
    ----------
    model : torch.nn.Module
        A model whose linear layers form a chain; it is changed.
    density : float or mapping of str to float, optional
        Share of the weights to keep at the end, above 0 and at most 1: of every layer, or by the
        names of layers, where the others keep all that they have.
    pattern : str or zskip.model.common.pattern.Pattern, optional
        N:M such as ``"2:4"``, in place of a density: the N largest weights of every M along the
        inputs are kept, in every layer.
    step : int, optional
        Which step this is, 1 to `steps`. Train after each.
    steps : int, optional
        Number of steps to the density, at least 1.
    scope : str, optional
        ``"layer"`` prunes each layer to the density; ``"global"`` prunes all layers together, so
        that those with larger weights keep more.

    Returns
    -------
    dict of str to float
        Share of the weights left in each layer.

    Raises
    ------
    InputError
        `zskip.train.layers.linear_layers` refuses the model, its weights are shared, an argument
        is out of range, or a layer would be left without weights. The model is as it was.

    Notes
    -----
    Which weights are kept is the choice of `zskip.model.common.pruning.prune_to_density`, or of
    `zskip.model.common.pattern.prune_to_pattern`.
    """
    layers = linear_layers(model)
    for name, layer in layers.items():
        if has_shared_weights(layer):
            raise InputError(
                f"prune must come before share_weights, but layer {name!r} has shared weights: "
                "prune the model as it was before"
            )
    if not 1 <= step <= steps:
        raise InputError(f"step must be 1 to steps = {steps}, not {step}: count the calls from 1")
    if pattern is None:
        kept = _keep_share(layers, density, scope, 1 - step / steps)
    else:
        kept = _keep_pattern(layers, Pattern.parse(pattern), density, scope, steps)
    for name, layer in layers.items():
        _hold(layer, kept[name])
    return {name: int(np.count_nonzero(keep)) / keep.size for name, keep in kept.items()}


def _keep_pattern(
    layers: dict[str, nn.Linear],
    pattern: Pattern,
    density: Density | None,
    scope: str,
    steps: int,
) -> dict[str, NDArray[np.bool_]]:
    """Choose the weights that each layer keeps by a pattern."""
    if density is not None or scope != SCOPES[0] or steps != 1:
        raise InputError(
            f"the pattern {pattern} must be given without density, steps and scope, which it does "
            "not have: leave them out"
        )
    return {
        layer.name: prune_to_pattern(layer.weights, pattern) != 0 for layer in float_layers(layers)
    }


def _keep_share(
    layers: dict[str, nn.Linear], density: Density | None, scope: str, ahead: float
) -> dict[str, NDArray[np.bool_]]:
    """Choose the weights that are kept with a part of the steps ahead, 0 with the last one."""
    shares = {
        name: share + (1 - share) * ahead**3
        for name, share in _shares(layers, density, scope).items()
    }
    networks = float_layers(layers)
    kept = _keep_globally(networks, shares) if scope == "global" else _keep(networks, shares)
    for name, keep in kept.items():
        if not keep.any():
            raise InputError(
                f"every layer must keep a weight that is not zero, but density {shares[name]:.3g} "
                f"leaves none of the {keep.size} in layer {name!r}: raise the density"
            )
    return kept


def _shares(
    layers: Mapping[str, nn.Linear], density: Density | None, scope: str
) -> dict[str, float]:
    """Check densities and scope; return the final density of each layer."""
    if density is None:
        raise InputError(
            "prune must be told what to keep, by a density or a pattern, not by none of both: give "
            "density=0.1 or pattern='2:4'"
        )
    if scope not in SCOPES:
        raise InputError(
            f"scope must be {' or '.join(SCOPES)}, not {scope}: leave it out for layer"
        )
    if not isinstance(density, Mapping):
        density = dict.fromkeys(layers, density)
    elif scope == "global":
        raise InputError(
            "density must be one number for scope global, not one for each layer: "
            "give a number, or leave the scope out"
        )
    for name, share in density.items():
        if name not in layers:
            raise InputError(
                f"a density must be given for a layer of the model, not for {name!r}: "
                f"the layers are {', '.join(layers)}"
            )
        if not 0 < share <= 1:
            raise InputError(
                f"density must be above 0 and at most 1, not {share}: "
                "give the share of weights to keep, such as 0.1"
            )
    return {name: density.get(name, 1.0) for name in layers}


def _keep(
    layers: tuple[FloatLayer, ...], shares: Mapping[str, float]
) -> dict[str, NDArray[np.bool_]]:
    """Choose the weights that each layer keeps by itself."""
    return {
        layer.name: prune_to_density(layer.weights, shares[layer.name]) != 0 for layer in layers
    }


def _keep_globally(
    layers: tuple[FloatLayer, ...], shares: Mapping[str, float]
) -> dict[str, NDArray[np.bool_]]:
    """Choose the weights that all layers keep together; every share is the same."""
    everything = np.concatenate([layer.weights.ravel() for layer in layers])
    keep = prune_to_density(everything[np.newaxis], shares[layers[0].name])[0] != 0
    ends = np.cumsum([layer.weights.size for layer in layers])
    return {
        layer.name: part.reshape(layer.weights.shape)
        for layer, part in zip(layers, np.split(keep, ends[:-1]), strict=True)
    }


@torch.no_grad()
def _hold(layer: nn.Linear, keep: NDArray[np.bool_]) -> None:
    """Put a mask on the weight in the place of an older one, which it is below."""
    if is_pruned(layer):
        masks.remove(layer, "weight")
    masks.custom_from_mask(layer, "weight", torch.from_numpy(keep).to(layer.weight.device))
