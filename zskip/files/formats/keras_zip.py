"""Contents of a ``.keras`` archive: the architecture, and the HDF5 file of the weights in it."""

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from zskip.files.formats.guard import damaged, decoding, growth_limit, listed, quoted
from zskip.files.formats.keras_config import parse_config
from zskip.files.formats.keras_h5 import Contents, load
from zskip.files.formats.keras_layer import Layer
from zskip.files.formats.keras_weights import NORMALIZATION
from zskip.files.formats.tensors import Tensor
from zskip.model.common.errors import InputError

KIND = ".keras archive"
MAX_CONFIG = 2**24
CONFIG, WEIGHTS = "config.json", "model.weights.h5"


def load_archive(path: Path, size: int) -> tuple[list[Layer], Contents]:
    """Read a file.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    size : int
        Its bytes.

    Returns
    -------
    list of Layer
        The layers of the model.
    Contents
        The tensors.

    Raises
    ------
    InputError
        It is damaged, holds something else, or declares too much; the layers are no chain; or h5py
        is missing.
    """
    with decoding(KIND), zipfile.ZipFile(path) as archive:
        config = _member(archive, CONFIG, MAX_CONFIG).decode()
        weights = _member(archive, WEIGHTS, growth_limit(size))
    # Before the weights, as a layer that is refused tells more by its class.
    layers = parse_config(config)
    with TemporaryDirectory() as folder:
        copy = Path(folder) / WEIGHTS
        copy.write_bytes(weights)
        contents = load(copy, len(weights))
    return layers, contents


def tensors_of(layers: Sequence[Layer], contents: Contents) -> dict[str, Mapping[str, Tensor]]:
    """Return the tensors of each layer by its name in the model, called as Keras calls them.

    Parameters
    ----------
    layers : sequence of Layer
        The layers of the model.
    contents : Contents
        Those of its archive, in which variables have numbers, and layers numbered classes.

    Raises
    ------
    InputError
        There are tensors of a layer that the model does not have.
    """
    found = {
        key: tensors
        for key, (_, tensors) in zip(contents.keys, contents.layers, strict=True)
        if tensors
    }
    result = {}
    for layer, key in zip(layers, _keys(layers), strict=True):
        tensors = found.pop(key, {})
        if layer.kind == "BatchNormalization":
            kept = (layer.settings.get("scale", True), layer.settings.get("center", True), 1, 1)
            roles = [role for role, given in zip(NORMALIZATION, kept, strict=True) if given]
            if len(roles) != len(tensors):
                raise damaged(KIND, f"{layer} has {len(tensors)} variables, not {len(roles)}")
            tensors = dict(zip(roles, tensors.values(), strict=True))
        if tensors:
            result[layer.name] = tensors
    if found:
        raise InputError(
            f"must hold weights of the layers of its model only, not of {listed(list(found))}: "
            "save the model again"
        )
    return result


def _keys(layers: Sequence[Layer]) -> Iterator[str]:
    """Make the key of each layer: its class in snake case, numbered from the second one on."""
    counts: dict[str, int] = {}
    for layer in layers:
        words = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", layer.kind))
        key = re.sub("([a-z])([A-Z])", r"\1_\2", words).lower()
        number = counts[key] = counts.get(key, -1) + 1
        yield f"{key}_{number}" if number else key


def _member(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """Read a member of bearable size."""
    if name not in archive.namelist():
        raise InputError(
            f"must hold {CONFIG} and {WEIGHTS}, as model.save of Keras writes them, but "
            f"{quoted(name)} is missing: save a model with Keras 3"
        )
    if archive.getinfo(name).file_size > limit:
        raise InputError(
            f"{quoted(name)} must declare at most {limit:,} bytes: save the model without "
            "compression"
        )
    return archive.read(name)
