"""A program of its own that reads an HDF5 file of Keras, so that its failures stay its own.

Damaged bytes can make the HDF5 library crash or run for ever, so `keras_h5` starts this module as
a process with limits, and gets what it finds over a pipe: a line of JSON, then the values of the
tensors in its order. The line is ``{"error": text}``, or ``{"config": text or null, "layers":
[{"name": text, "key": text, "tensors": [{"name": text, "shape": [...], "dtype": "<f4"}]}]}``.
"""

import importlib
import itertools
import json
import math
import resource
import sys
from collections.abc import Sequence
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from zskip.files.formats.guard import damaged, decoding, quoted
from zskip.files.formats.keras_h5 import KIND
from zskip.files.formats.tensors import check_dtype, natural
from zskip.model.common.errors import InputError

h5py: Any = importlib.import_module("h5py")

MEMORY = 2**31
"""Bytes of address space that the interpreter and the libraries may take beside the tensors."""

MAX_TEXT = 2**24
"""Bytes of the longest attribute."""

FILTERS = {1, 2, 3, 32000}
"""Deflate, shuffle, fletcher32 and LZF are part of every h5py; others load code from elsewhere."""

KEYS_OF_WEIGHTS = ("layers", "_layer_checkpoint_dependencies")
"""Groups of layers in ``.weights.h5`` files of Keras 3, and of Keras 2 from 2.12 on."""

HARMLESS = ("seed_generator",)
"""What a layer may have beside its variables: the generator of a dropout."""

VARIABLES = ("kernel", "bias")
"""Names of the numbered variables of a fully connected layer."""

Found = tuple[str, str, Sequence[tuple[str, Any]]]
"""Name of a layer, its key in the file, and its tensors by name."""


def main(arguments: Sequence[str]) -> int:
    """Report what a file holds on the standard output.

    Parameters
    ----------
    arguments : sequence of str
        Path of the file, and how many bytes its tensors may take together.

    Returns
    -------
    int
        Exit status, always 0: errors are part of the report.
    """
    limit = int(arguments[1])
    most = MEMORY + 2 * limit
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    report(arguments[0], limit, sys.stdout.buffer)
    return 0


def report(path: str, limit: int, output: IO[bytes]) -> None:
    """Report what a file holds.

    Parameters
    ----------
    path : str
        The file.
    limit : int
        How many bytes its tensors may take together.
    output : file object
        Where to.
    """
    try:
        with decoding(KIND), h5py.File(path, "r", locking=False) as file:
            config, layers = _read(file)
            _check_tensors(layers, limit)
            found = {"config": config, "layers": [_description(layer) for layer in layers]}
            values = [_values(tensor) for _, _, tensors in layers for _, tensor in tensors]
    except InputError as error:
        found, values = {"error": str(error)}, []
    output.write(json.dumps(found).encode() + b"\n")
    for array in values:
        output.write(array.data)


def _description(layer: Found) -> object:
    """Describe a layer and its tensors."""
    name, key, tensors = layer
    return {
        "name": name,
        "key": key,
        "tensors": [
            {"name": variable, "shape": tensor.shape, "dtype": tensor.dtype.newbyteorder("<").str}
            for variable, tensor in tensors
        ],
    }


def _read(file: Any) -> tuple[str | None, list[Found]]:
    """Find the layers in any of the three forms that Keras writes."""
    if "model_config" in file.attrs:
        (config,) = _strings(file.attrs, "model_config")
        return config, _named_layers(_member(file, "model_weights", h5py.Group))
    if "layer_names" in file.attrs or "layer_names0" in file.attrs:
        return None, _named_layers(file)
    for key in KEYS_OF_WEIGHTS:
        if file.get(key, getlink=True) is not None:
            return None, _numbered_layers(_member(file, key, h5py.Group))
    raise InputError(
        "must hold model_config, layer_names or layers, as Keras writes them, but holds none: "
        "save a model with Keras"
    )


def _named_layers(group: Any) -> list[Found]:
    """Return the layers of a group that names them and their tensors in attributes."""
    layers = []
    for name in _strings(group.attrs, "layer_names"):
        layer = _member(group, name, h5py.Group)
        tensors = _strings(layer.attrs, "weight_names")
        layers.append((name, name, [(t, _member(layer, t, h5py.Dataset)) for t in tensors]))
    return layers


def _numbered_layers(group: Any) -> list[Found]:
    """Return the layers of a group that numbers their tensors, in the order of their names."""
    layers = []
    for key in sorted(group, key=natural):
        layer = _member(group, key, h5py.Group)
        if set(layer) - {"vars", *HARMLESS}:
            raise InputError(
                f"layer {quoted(key)} must not be made of other layers, as recurrent "
                "ones, attention and nested models are: save a flat model of fully connected layers"
            )
        variables = _member(layer, "vars", h5py.Group)
        name = _strings(variables.attrs, "name") if "name" in variables.attrs else [key]
        tensors = []
        for index, number in enumerate(sorted(variables, key=natural)):
            known = number == str(index) and index < len(VARIABLES)
            tensor = VARIABLES[index] if known else number
            tensors.append((tensor, _member(variables, number, h5py.Dataset)))
        layers.append((name[0], key, tensors))
    return layers


def _member(group: Any, path: str, kind: type) -> Any:
    """Return what is in a group; never by a link that leads to another file."""
    for part in path.strip("/").split("/"):
        link = group.get(part, getlink=True) if isinstance(group, h5py.Group) else None
        if link is None:
            raise damaged(KIND, f"{quoted(path)} is missing")
        if not isinstance(link, h5py.HardLink):
            raise InputError(
                f"{quoted(path)} must be in the file itself, not a link to elsewhere: save the "
                "model again"
            )
        group = group[part]
    if not isinstance(group, kind):
        raise damaged(KIND, f"{quoted(path)} is no {kind.__name__.lower()}")
    return group


def _strings(attributes: Any, name: str) -> list[str]:
    """Return an attribute that is text or a list of texts; long lists are in numbered parts."""
    parts = [name]
    if name not in attributes:
        numbers = itertools.takewhile(lambda i: f"{name}{i}" in attributes, itertools.count())
        parts = [f"{name}{i}" for i in numbers]
    if not parts:
        raise damaged(KIND, f"attribute {quoted(name)} is missing")
    texts: list[str] = []
    for part in parts:
        identifier = attributes.get_id(part)
        if math.prod(identifier.shape or (0,)) * identifier.dtype.itemsize > MAX_TEXT:
            raise damaged(KIND, f"attribute {quoted(name)} is too long")
        values = np.asarray(attributes[part]).ravel().tolist() if identifier.shape != (0,) else []
        texts += [value.decode() if isinstance(value, bytes) else str(value) for value in values]
    return texts


def _check_tensors(layers: Sequence[Found], limit: int) -> None:
    """Check what tensors declare before they are read."""
    total = 0
    for name, tensor in (pair for _, _, tensors in layers for pair in tensors):
        # Quantizers keep their bit widths as integers; other layers refuse them.
        if tensor.dtype.kind not in "iu":
            check_dtype(name, tensor.dtype.name)
        settings = tensor.id.get_create_plist()
        filters = {settings.get_filter(i)[0] for i in range(settings.get_nfilters())}
        if tensor.is_virtual or tensor.external or not filters <= FILTERS:
            raise InputError(
                f"tensor {quoted(name)} must be in the file itself, and compressed by deflate or "
                "not at all: save the model again"
            )
        if not tensor.size or not tensor.id.get_storage_size():
            raise damaged(KIND, f"tensor {quoted(name)} has no values")
        total += tensor.size * tensor.dtype.itemsize
        if total > limit:
            raise InputError(
                f"tensors must declare at most {limit:,} bytes together, not {total:,} or more: "
                "save the model without compression"
            )


def _values(tensor: Any) -> NDArray[Any]:
    """Read a tensor, in the byte order of the report."""
    return np.ascontiguousarray(tensor[()], dtype=tensor.dtype.newbyteorder("<")).reshape(-1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
