"""Weights in a file of Keras: a whole model (``.keras``, ``.h5``), or its weights only (``.h5``).

A whole model must be a chain of fully connected layers; an activation at the end that keeps the
order of the outputs is taken off with a note, dropouts are left out, and batch
normalizations are multiplied into the layers in float64. A file of weights does not tell what
stands between its matrices: the architecture beside it does (``NAME.json`` for
``NAME_weights.h5`` and ``NAME.weights.h5``); without one, every layer but the last is taken to
end in ReLU.
"""

from collections.abc import Mapping
from pathlib import Path

from zskip.files.archive import is_archive
from zskip.files.formats.guard import check_layer_count, naming, quoted
from zskip.files.formats.keras_architecture import beside
from zskip.files.formats.keras_config import parse_config
from zskip.files.formats.keras_h5 import Contents, load
from zskip.files.formats.keras_kinds import check_kinds
from zskip.files.formats.keras_model import model_layers
from zskip.files.formats.keras_weights import assumed_layers
from zskip.files.formats.keras_zip import load_archive, tensors_of
from zskip.files.formats.source import SourceLayers
from zskip.files.formats.tensors import Tensor
from zskip.model.common.errors import InputError
from zskip.model.common.float_network import check_float_network


def read(path: Path) -> SourceLayers:
    """Read the layers of a model, or of a file of weights in its order.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    SourceLayers
        Of float32.

    Raises
    ------
    InputError
        The file cannot be read, is damaged, or is not such a network; or h5py is missing.
    """
    with naming(path) as size:
        if path.suffix.lower() == ".keras" and is_archive(path):
            model, contents = load_archive(path, size)
            layers = model_layers(model, tensors_of(model, contents))
            check_float_network(layers)
            return layers
        contents = _load(path, size)
        tensors = {name: tensors for name, tensors in contents.layers if tensors}
        check_layer_count(len(tensors))
        found = beside(path) if contents.config is None else None
        if contents.config is not None:
            layers = model_layers(parse_config(contents.config), tensors)
        elif found is not None:
            layers = _with_architecture(*found, contents, tensors)
        else:
            check_kinds(contents)
            layers = assumed_layers(tensors)
        check_float_network(layers)
    return layers


def _load(path: Path, size: int) -> Contents:
    """Read a file; a layer in it that is refused is named by the architecture beside it."""
    try:
        return load(path, size)
    except InputError:
        if (found := beside(path)) is not None:
            with naming(found[0]):
                parse_config(found[1])
        raise


def _with_architecture(
    other: Path, config: str, contents: Contents, tensors: Mapping[str, Mapping[str, Tensor]]
) -> SourceLayers:
    """Put together the layers of weights and the architecture beside them."""
    with naming(other):
        model = parse_config(config)
    named = {layer.name for layer in model}
    if not named.issuperset(tensors):
        tensors = tensors_of(model, contents)
    layers = model_layers(model, tensors)
    notes = (f"the architecture is that of {quoted(other.name)} beside the weights", *layers.notes)
    return SourceLayers(layers, notes)
