"""Trained quantization of a PyTorch model: few values per layer, which go on training."""

import torch
from torch import nn
from torch.nn.utils import parametrize
from torch.nn.utils import prune as masks

from zskip.model.common.codebook import METHODS, Clustering, cluster
from zskip.model.common.errors import InputError
from zskip.train.layers import float_layers, is_pruned, linear_layers
from zskip.train.shared_weights import SharedWeights, has_shared_weights

MIN_BITS = 2
MAX_BITS = 8
"""Widths of a code."""


def share_weights(
    model: nn.Module, *, bits: int = 4, initialization: str = "linear", seed: int = 0
) -> None:
    """Leave at most ``2**bits - 1`` values other than zero in each layer, and let them train.

    The weights of each layer are clustered by k-means. From then on the parameters of the layer
    are its bias and its centroids: the values that the weights of each cluster share. The gradient
    of a centroid is the sum of the gradients of its weights; which weight belongs to which
    cluster, and which are zero, stays as it is. Masks of `torch.nn.utils.prune` become permanent.

    The parameters change their shape, so make a new optimizer for the training that follows, and
    let it take small steps: a centroid moves all of its weights.

    Parameters
    ----------
    model : torch.nn.Module
        A model whose linear layers form a chain, pruned or not; it is changed.
    bits : int, optional
        Width of a code, 2 to 8; one of the codes stands for zero.
    initialization : str, optional
        Where k-means starts: ``"linear"``, ``"density"``, ``"random"`` or ``"optimal"``, see
        `zskip.model.common.codebook.cluster`.
    seed : int, optional
        Seed of ``"random"``, 0 or more.

    Raises
    ------
    InputError
        `zskip.train.layers.linear_layers` refuses the model, its weights are shared already, or an
        argument is out of range. The model is as it was.

    Notes
    -----
    Deep Compression, section 3.
    """
    layers = linear_layers(model)
    for name, layer in layers.items():
        if has_shared_weights(layer):
            raise InputError(
                f"weights must be shared once, but those of layer {name!r} are already: "
                "share those of the model as it was before"
            )
    if not MIN_BITS <= bits <= MAX_BITS:
        raise InputError(
            f"bits must be {MIN_BITS} to {MAX_BITS}, not {bits}: choose 4 for 15 values and zero"
        )
    if initialization not in METHODS:
        raise InputError(
            f"initialization must be one of {', '.join(METHODS)}, not {initialization}: "
            "leave it out for linear"
        )
    clusterings = [
        cluster(layer.weights, 2**bits, method=initialization, seed=seed)
        for layer in float_layers(layers)
    ]
    for layer, clustering in zip(layers.values(), clusterings, strict=True):
        _share(layer, clustering)


@torch.no_grad()
def _share(layer: nn.Linear, clustering: Clustering) -> None:
    """Make the centroids of a clustering the parameter of a layer."""
    if is_pruned(layer):
        masks.remove(layer, "weight")
    layer.weight.copy_(torch.from_numpy(clustering.decode()))
    layer.weight.grad = None  # it has the shape of the weight
    shared = SharedWeights(clustering.codes, int(clustering.codes.max()), layer.weight.device)
    parametrize.register_parametrization(layer, "weight", shared)
