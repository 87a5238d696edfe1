"""Layers of a file that holds named tensors and no word of what stands between them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from zskip.files.formats.activations import assume
from zskip.files.formats.chain import Chain
from zskip.files.formats.foreign import check_names, check_weights
from zskip.files.formats.guard import check_layer_count, listed, quoted
from zskip.files.formats.normalization import Normalization
from zskip.files.formats.packed import unpacked
from zskip.files.formats.source import SourceLayers
from zskip.files.formats.statistics import (
    COUNT,
    MEAN,
    VARIANCE,
    normalization,
    places,
)
from zskip.files.formats.tensors import Float32Array, Tensor, matrix, plain_name, vector
from zskip.model.common.errors import InputError
from zskip.model.common.reference import FloatLayer

WRAPPERS = ("module.", "_orig_mod.")
"""Prefixes that wrappers of a whole model (for many GPUs, for a compiler) give every name."""


def layers_by_name(tensors: Mapping[str, Tensor]) -> SourceLayers:
    """Pair tensors ``<layer>.weight`` and ``<layer>.bias``.

    Every layer but the last is taken to end in ReLU. A layer without a bias gets one of zeros. A
    batch normalization is folded into the layer that it is behind (`statistics.places`). A
    pruned tensor may be there as ``torch.nn.utils.prune`` keeps it, as ``_orig`` and ``_mask``, and
    a weight without its zeros (`packed`).

    Parameters
    ----------
    tensors : mapping from str to ndarray
        The tensors in the order of the layers, all of them; weights of shape (outputs, inputs).

    Returns
    -------
    SourceLayers
        In the order of the first tensor of each; of float32.

    Raises
    ------
    InputError
        A tensor is of a wrong dtype or shape, is missing, or is one too many.
    """
    known = _apply_masks(unpacked(_unwrap(tensors)))
    check_names(known)
    layers: dict[str, dict[str, Tensor]] = {}
    extra = []
    for name, values in known.items():
        layer, _, kind = name.rpartition(".")
        if kind in ("weight", "bias", MEAN, VARIANCE):
            layers.setdefault(layer, {})[kind] = values
        elif kind != COUNT:
            extra.append(name)
    if extra:
        raise InputError(
            f"must hold tensors <layer>.weight and <layer>.bias only, not {listed(extra)}: "
            "leave them out, or export the network as ONNX, which tells what they are for"
        )
    behind = places(layers)
    norms = {place: (name, normalization(name, layers.pop(name))) for name, place in behind.items()}
    if not layers:
        raise InputError("must hold at least one tensor <layer>.weight, not none: give weights")
    check_layer_count(len(layers))
    return with_relu([_layer(name, layers[name]) for name in layers], norms)


def with_relu(
    layers: Sequence[tuple[str, Float32Array, Float32Array]],
    norms: Mapping[str, tuple[str, Normalization]] | None = None,
) -> SourceLayers:
    """Make a network of which only the weights are known: ReLU ends every layer but the last.

    Parameters
    ----------
    layers : sequence of (name, weights, bias)
        From input to output; shapes (outputs, inputs) and (outputs,).
    norms : mapping from str to (name, Normalization), optional
        Batch normalizations by the layers that they are behind, in front of their ReLU.

    Returns
    -------
    SourceLayers
        With notes on what was assumed.
    """
    made, notes = [], []
    for index, (name, weights, bias) in enumerate(layers):
        relu = index < len(layers) - 1
        layer = FloatLayer(weights=weights, bias=bias, relu=relu, name=plain_name(name))
        if norms is not None and name in norms:
            other, values = norms[name]
            layer = _folded(layer, other, values)
            notes.append(
                f"normalization {quoted(other)} is folded into layer {quoted(name)}, in front of "
                f"its activation, with epsilon {values.epsilon:g}, as the file does not tell"
            )
        made.append(layer)
    return assume(made, notes)


def _folded(layer: FloatLayer, name: str, values: Normalization) -> FloatLayer:
    """Fold a normalization into the layer before it."""
    chain = Chain()
    chain.linear(
        layer.name,
        layer.weights.astype(np.float32, copy=False),
        layer.bias.astype(np.float32, copy=False),
    )
    chain.normalize(name, values)
    (folded,) = chain.finish()
    return replace(folded, relu=layer.relu)


def _layer(name: str, tensors: Mapping[str, Tensor]) -> tuple[str, Float32Array, Float32Array]:
    """Check one layer and convert it."""
    prefix = f"{name}." if name else ""
    if "weight" not in tensors:
        raise InputError(
            f"tensor {quoted(f'{prefix}weight')} must be there, because {quoted(f'{prefix}bias')} "
            "is: write the file again with it"
        )
    check_weights(f"{prefix}weight", tensors["weight"])
    weights = matrix(f"{prefix}weight", tensors["weight"])
    bias = tensors.get("bias")
    if bias is not None and bias.shape == weights.shape[1:] != weights.shape[:1]:
        raise InputError(
            f"tensor {quoted(f'{prefix}weight')} must be of shape (outputs, inputs), but its shape "
            f"{weights.shape} is (inputs, outputs) by the {len(bias)} biases: transpose it"
        )
    return name, weights, vector(f"{prefix}bias", tensors.get("bias"), len(weights))


def _unwrap(tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Take off what wrappers of the whole model put in front of every name."""
    for wrapper in WRAPPERS:
        if all(name.startswith(wrapper) for name in tensors):
            tensors = {name.removeprefix(wrapper): tensors[name] for name in tensors}
    return tensors


def _apply_masks(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Multiply the pairs of ``torch.nn.utils.prune``; leave the other tensors alone."""
    result: dict[str, Tensor] = {}
    for name, values in tensors.items():
        base = name.removesuffix("_orig")
        mask = tensors.get(f"{base}_mask")
        if base != name and mask is not None:
            result[base] = _masked(base, values, mask)
        elif not (name.endswith("_mask") and f"{name.removesuffix('_mask')}_orig" in tensors):
            result[name] = values
    return result


def _masked(name: str, values: Tensor, mask: Tensor) -> Tensor:
    """Multiply a tensor with its mask."""
    if mask.shape != values.shape or not ((mask == 0) | (mask == 1)).all():
        raise InputError(
            f"tensor {quoted(f'{name}_mask')} must hold 0 or 1 for every value of "
            f"{quoted(f'{name}_orig')}: call torch.nn.utils.prune.remove before saving"
        )
    return np.where(mask == 1, values, np.zeros((), dtype=values.dtype))
