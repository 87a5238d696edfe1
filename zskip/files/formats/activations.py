"""Activations of a network of which a file tells the weights only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from zskip.files.formats.guard import listed, quoted
from zskip.files.formats.source import ENDINGS, SourceLayers, ending_note
from zskip.model.common.errors import InputError
from zskip.model.common.reference import FloatLayer

Activations = str | Sequence[str] | Mapping[str, str]
"""One for each layer, or some by the names of layers; as text with commas and ``NAME=``."""

NONE = ("", "identity", "linear", "none")
KNOWN = {name.lower(): name for name in ENDINGS} | {"log_softmax": "LogSoftmax"}


def assume(layers: Iterable[FloatLayer], notes: Iterable[str] = ()) -> SourceLayers:
    """Return the layers of a file without activations, with a note on those that are assumed.

    Parameters
    ----------
    layers : iterable of FloatLayer
        With the activations that are assumed.
    notes : iterable of str, optional
        Other notes, which come first.
    """
    known = tuple(layers)
    return SourceLayers(known, (*notes, _assumption(known, range(len(known)))), assumed=True)


def give(layers: SourceLayers, activations: Activations) -> SourceLayers:
    """Return layers with the activations that a user gives.

    Parameters
    ----------
    layers : SourceLayers
        Layers with activations that are assumed.
    activations : str, sequence of str or mapping of str to str
        ``"relu"`` or ``"none"``; the last may be one that keeps the order of the outputs, which
        is taken off. Layers that a mapping does not name stay as they are.

    Raises
    ------
    InputError
        The file tells the activations, one is not known or not supported, a layer is not there,
        or there are not as many as layers.
    """
    if not layers.assumed:
        raise InputError(
            "tells its activations itself, so that none must be given: leave activations out"
        )
    given = _by_place(layers, activations)
    notes = list(layers.notes[:-1])
    result = list(layers)
    for index, text in given.items():
        kind, last = text.strip().lower(), index == len(layers) - 1
        if last and kind in KNOWN:
            notes.append(ending_note(KNOWN[kind], layers[index].name))
        elif kind != "relu" and kind not in NONE:
            raise InputError(
                f"activation {quoted(text)} of layer {quoted(layers[index].name)} must be relu or "
                f"none{', or softmax or such' if last else ''}: train the network with ReLU in its "
                "place"
            )
        result[index] = replace(layers[index], relu=kind == "relu")
    rest = [index for index in range(len(layers)) if index not in given]
    if rest:
        notes.append(_assumption(result, rest))
    return SourceLayers(result, notes)


def _by_place(layers: Sequence[FloatLayer], activations: Activations) -> dict[int, str]:
    """Return the activations that are given by the places of their layers."""
    if isinstance(activations, str):
        activations = _parse(activations)
    if not isinstance(activations, Mapping):
        if len(activations) != len(layers):
            raise InputError(
                f"activations must be {len(layers)}, one for each layer, not {len(activations)}: "
                "give as many, or NAME=ACTIVATION for some"
            )
        return dict(enumerate(activations))
    places = {layer.name: index for index, layer in enumerate(layers)}
    for name in activations:
        if name not in places:
            raise InputError(
                f"activations must be of the layers {listed(list(places))}, not of {quoted(name)}: "
                "correct the name"
            )
    return {places[name]: kind for name, kind in activations.items()}


def _parse(text: str) -> Sequence[str] | Mapping[str, str]:
    """Return the activations of a text with commas."""
    parts = text.split(",")
    if "=" not in text:
        return parts
    pairs = [part.rpartition("=") for part in parts]
    named = {name.strip(): kind for name, _, kind in pairs}
    if not all(sign for _, sign, _ in pairs) or len(named) < len(pairs):
        raise InputError(
            f"activations must be ACTIVATION for every layer or NAME=ACTIVATION for some, each "
            f"once, not {quoted(text)}: name every layer"
        )
    return named


def _assumption(layers: Sequence[FloatLayer], places: Sequence[int]) -> str:
    """Say which activations are assumed."""
    named = [(quoted(layers[index].name), layers[index].relu) for index in places]
    parts = [
        f"{', '.join(names)} {end}"
        for wanted, end in ((True, "in ReLU"), (False, "without activation"))
        if (names := [name for name, relu in named if relu is wanted])
    ]
    return (
        f"the weights tell no activations: layers are taken to end so: {'; '.join(parts)} (give "
        "activations if that is not so)"
    )
