"""The architecture in a Keras file: a chain of layers, written as JSON."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from zskip.files.formats.guard import NAME_LENGTH, damaged, quoted
from zskip.files.formats.keras_foreign import check_layers
from zskip.files.formats.keras_h5 import KIND
from zskip.files.formats.keras_layer import Layer
from zskip.files.formats.tensors import plain_name
from zskip.model.common.errors import InputError

MODELS = ("Sequential", "Functional", "Model")


def parse_config(text: str) -> list[Layer]:
    """Return the layers of a model from input to output.

    Parameters
    ----------
    text : str
        Its configuration as JSON.

    Raises
    ------
    InputError
        It is damaged, or the layers are no chain.
    """
    try:
        config: Any = json.loads(text)
        kind: Any = config["class_name"]
        settings: Any = config["config"]
        if kind not in MODELS:
            raise InputError(
                f"must hold a Sequential or Functional model, not {quoted(str(kind))}: save a "
                "model of one of these classes"
            )
        # Before Keras 2.2.3, the configuration of a Sequential model was its list of layers.
        entries: Any = settings if isinstance(settings, list) else settings["layers"]
        layers = [_layer(entry) for entry in entries]
        check_layers(layers)
        if kind != "Sequential":
            _check_functional(config["config"], entries, layers)
    except InputError:
        raise
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
        raise damaged(KIND, "its model_config makes no sense") from None
    return layers


def _layer(entry: Mapping[str, Any]) -> Layer:
    """Make a layer of its entry."""
    kind, settings = entry["class_name"], entry["config"]
    name = settings.get("name", entry.get("name", ""))
    if not (isinstance(kind, str) and isinstance(name, str)):
        raise TypeError
    # HGQ writes the name of its package before those of its classes.
    kind = plain_name(kind.removeprefix("HGQ>"))
    return Layer(kind=kind[:NAME_LENGTH], name=name, settings=settings)


def _check_functional(
    model: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], layers: Sequence[Layer]
) -> None:
    """Check that each layer of a functional model takes the one before it, and nothing else."""
    if not layers:
        return
    before = None
    for entry, layer in zip(entries, layers, strict=True):
        sources = list(_sources(entry["inbound_nodes"]))
        expected = [] if before is None else [before.name]
        if sources != expected:
            raise InputError(
                f"{layer} must take {quoted(before.name) if before else 'the input'} and nothing "
                "else, and be used once: save a chain of layers without branches"
            )
        before = layer
    ends = [*_sources(model["input_layers"]), *_sources(model["output_layers"])]
    if ends != [layers[0].name, layers[-1].name]:
        raise InputError(
            f"model must take its input at {layers[0]} and give its output at {layers[-1]} only: "
            "save a chain of layers without branches"
        )


def _sources(value: object) -> list[str]:
    """Return the names of the layers that a configuration refers to, in any of its forms."""
    todo, names = [value], []
    while todo:
        item = todo.pop()
        if isinstance(item, dict):
            todo += [item["keras_history"]] if "keras_history" in item else item.values()
        elif isinstance(item, list) and len(item) >= 3 and isinstance(item[0], str):
            names.append(item[0])
        elif isinstance(item, list):
            todo += reversed(item)
    return names
