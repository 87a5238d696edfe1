"""Checks of a network in real numbers, as it comes from the outside."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

from zskip.model.common.errors import InputError
from zskip.model.common.fixed import check_finite
from zskip.model.common.pruning import check_weights
from zskip.model.common.reference import FloatLayer

T = TypeVar("T", float, str)


def layer_name(layers: Sequence[FloatLayer], index: int) -> str:
    """Return the name of a layer, or one made of its number where the source has none.

    Parameters
    ----------
    layers : sequence of FloatLayer
        The layers from input to output.
    index : int
        Which one, from 0.

    Returns
    -------
    str
    """
    return layers[index].name or f"layer{index}"


def by_layer(
    layers: Sequence[FloatLayer], what: str, asked: T | Mapping[str, T] | None
) -> list[T | None]:
    """Return the value that each layer shall have.

    Parameters
    ----------
    layers : sequence of FloatLayer
        The layers from input to output.
    what : str
        Name of the value, for the message.
    asked : object, mapping of str to object, or None
        The value of every layer, of layers by name, or of none.

    Returns
    -------
    list
        One for each layer, None where nothing is asked for.

    Raises
    ------
    InputError
        A name is not that of a layer.
    """
    names = [layer_name(layers, index) for index in range(len(layers))]
    if not isinstance(asked, Mapping):
        return [asked for _ in names]
    for name in asked:
        if name not in names:
            raise InputError(
                f"a {what} must be given for a layer of the network, not for {name!r}: "
                f"the layers are {', '.join(names)}"
            )
    return [asked.get(name) for name in names]


def check_float_network(layers: Sequence[FloatLayer]) -> None:
    """Check that a network has layers, that each is whole, and that they chain.

    Parameters
    ----------
    layers : sequence of FloatLayer
        The layers from input to output.

    Raises
    ------
    InputError
        If there is no layer, two have the same name, weights or biases have the wrong dtype or
        shape or are not finite, or sizes do not chain; the layers are named.
    """
    if not layers:
        raise InputError("a network must have at least one layer, not none: give its layers")
    names = [layer_name(layers, index) for index in range(len(layers))]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise InputError(f"layer names must differ, but {name!r} is there twice: rename one")
        try:
            _check_layer(layers[index])
        except InputError as error:
            raise InputError(f"layer {name!r}: {error}") from None
    for index in range(1, len(layers)):
        outputs, inputs = layers[index - 1].weights.shape[0], layers[index].weights.shape[1]
        if outputs != inputs:
            turned = all(a.weights.shape[1] == b.weights.shape[0] for a, b in pairwise(layers))
            advice = "check shapes and order"
            if turned:
                advice = "they chain as (inputs, outputs), so transpose all to (outputs, inputs)"
            raise InputError(
                f"layer sizes must chain, but layer {names[index - 1]!r} has {outputs} outputs and "
                f"layer {names[index]!r} takes {inputs} inputs: {advice}"
            )


def _check_layer(layer: FloatLayer) -> None:
    """Check the weights and biases of a layer."""
    check_weights(layer.weights)
    expected = layer.weights.shape[:1]
    if layer.bias.dtype.kind != "f":
        raise InputError(f"biases must be floats, not {layer.bias.dtype}: convert them to float32")
    if layer.bias.shape != expected:
        raise InputError(
            f"biases must be of shape {expected}, not {layer.bias.shape}: give one per output"
        )
    check_finite(layer.bias, "biases")
