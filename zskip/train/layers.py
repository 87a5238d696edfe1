"""The linear layers of a PyTorch model, as `zskip.train` sees them."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from zskip.model.common.errors import InputError
from zskip.model.common.float_network import check_float_network
from zskip.model.common.reference import FloatLayer
from zskip.train.shared_weights import has_shared_weights

_ALLOWED_FILES = {
    f"torch.nn.modules.{name}" for name in ("container", "dropout", "flatten", "linear", "loss")
}
"""Where PyTorch keeps modules that change nothing in what the linear layers compute."""

_ALLOWED_ACTIVATIONS = (nn.ReLU, nn.Softmax, nn.LogSoftmax)
"""ReLU between the layers; the others behind the last one keep the order of the scores."""


def linear_layers(model: nn.Module) -> dict[str, nn.Linear]:
    """Find the linear layers of a model and check that they are a network.

    Parameters
    ----------
    model : torch.nn.Module
        The model, in any state of training.

    Returns
    -------
    dict of str to torch.nn.Linear
        The layers by name, in the order of their definition. A model that is a layer itself is
        called ``layer0``.

    Raises
    ------
    InputError
        The model has no linear layer; another module computes or has parameters; a weight is not
        a plain or pruned one in float32, belongs to two layers or is not finite; or sizes do not
        chain.
    """
    layers = dict(_walk(model, ""))
    if not layers:
        raise InputError(
            f"a model must have a torch.nn.Linear layer, but {type(model).__name__} has none: "
            "give the part of it that does"
        )
    uses = Counter(id(value) for _, value in model.named_parameters(remove_duplicate=False))
    for name, layer in layers.items():
        _check_plain(name, layer)
        if any(uses[id(value)] > 1 for value in layer.parameters()):
            raise InputError(
                f"layer {name!r} must have weights of its own, but shares them with another: "
                "give each layer a copy"
            )
    check_float_network(float_layers(layers))
    return layers


def float_layers(layers: dict[str, nn.Linear]) -> tuple[FloatLayer, ...]:
    """Return layers as a float network, with ReLU after each but the last.

    Parameters
    ----------
    layers : dict of str to torch.nn.Linear
        The layers by name.

    Returns
    -------
    tuple of FloatLayer
        Weights and biases in float32; a layer without a bias has one of zeros.
    """
    return tuple(
        FloatLayer(
            weights=_array(current(layer, "weight")),
            bias=np.zeros(layer.out_features, dtype=np.float32)
            if layer.bias is None
            else _array(current(layer, "bias")),
            relu=index < len(layers) - 1,
            name=name,
        )
        for index, (name, layer) in enumerate(layers.items())
    )


@torch.no_grad()
def current(layer: nn.Linear, tensor: str) -> Tensor:
    """Return a weight or bias as the next run of a layer has it.

    The attribute of a pruned layer is as old as its last run; mask and parameter are not.

    Parameters
    ----------
    layer : torch.nn.Linear
        The layer.
    tensor : str
        ``"weight"`` or ``"bias"``.

    Returns
    -------
    torch.Tensor
    """
    if is_pruned(layer, tensor):
        return getattr(layer, f"{tensor}_orig") * getattr(layer, f"{tensor}_mask")
    return getattr(layer, tensor).detach()


def is_pruned(layer: nn.Linear, tensor: str = "weight") -> bool:
    """Tell whether `torch.nn.utils.prune` holds a mask on a weight or bias."""
    parameters = dict(layer.named_parameters(recurse=False))
    buffers = dict(layer.named_buffers(recurse=False))
    return f"{tensor}_orig" in parameters and f"{tensor}_mask" in buffers


def _walk(module: nn.Module, name: str) -> Iterator[tuple[str, nn.Linear]]:
    """Yield the linear layers below a module; refuse what is not part of such a network."""
    if isinstance(module, nn.Linear):
        yield name or "layer0", module
        return
    _check_neutral(module, name)
    for child_name, child in module.named_children():
        yield from _walk(child, f"{name}.{child_name}" if name else child_name)


def _check_neutral(module: nn.Module, name: str) -> None:
    """Check that a module leaves what the linear layers compute to them."""
    kind = type(module).__name__
    what = f"module {name!r} ({kind})" if name else f"the model ({kind})"
    own = [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]
    if own:
        raise InputError(
            f"only torch.nn.Linear layers may have parameters and buffers, but {what} has "
            f"{own[0][0]!r}: give the part of the model that is linear layers and ReLU"
        )
    origin = type(module).__module__
    allowed = origin in _ALLOWED_FILES or isinstance(module, _ALLOWED_ACTIVATIONS)
    if origin.startswith("torch.nn.modules.") and not allowed:
        raise InputError(
            f"only ReLU may stand between the layers, but {what} does: "
            "give the part of the model that is linear layers and ReLU"
        )


def _check_plain(name: str, layer: nn.Linear) -> None:
    """Check that the tensors of a layer can be read, masked and replaced."""
    plain = "weight" in dict(layer.named_parameters(recurse=False))
    if not (plain or is_pruned(layer) or has_shared_weights(layer)):
        raise InputError(
            f"layer {name!r} must have a plain weight, but another tool computes it: "
            "remove the parametrization or hook first"
        )
    for value in layer.parameters():
        if nn.parameter.is_lazy(value) or value.is_meta:
            raise InputError(
                f"layer {name!r} must have weights, but has none yet: run the model once first"
            )
        if value.dtype != torch.float32:
            raise InputError(
                f"layer {name!r} must be in float32, not {value.dtype}: call float() of the model"
            )


def _array(tensor: Tensor) -> NDArray[np.float32]:
    """Return a tensor as an array without negative zeros, which masks leave behind."""
    return tensor.cpu().numpy() + np.float32(0)
