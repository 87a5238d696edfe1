"""The compressed network file: one ``.npz`` that is refused whenever a byte of it has changed.

The member ``manifest.json`` names format, version and engine, holds the configuration and
describes each layer; layer ``i`` has these arrays:

- those of the encoded weights, as the engine's `zskip.files.layer_format.LayerFormat` says, plain
  or, where the manifest says ``"coding": "huffman"``, Huffman coded;
- ``layer<i>.bias``, int32 or, with wider accumulators, int64; float16 or float32 in floating point;
- ``layer<i>.rows``, in the smallest unsigned type that holds the numbers of the source's outputs:
  the output at each position; left out where that is all of them in order.

The array ``gather`` is for the inputs of the network what ``rows`` is for outputs.

A Huffman coded file has all arrays in one member (`zskip.files.packed`), and ``rows`` and
``gather`` packed (`zskip.model.common.order.packed_order`).

The comment of the archive, which is the end of the file, holds the SHA-256 of all bytes in front
of it. The same network gives the same bytes.
"""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numpy.lib import format as npy

from zskip.engines import engine_of, layer_format
from zskip.files.archive import Archive, open_archive
from zskip.files.atomic import write_file
from zskip.files.layer_arrays import (
    GATHER,
    check_members,
    layer_arrays,
    order_arrays,
    read_layer,
    read_order,
)
from zskip.files.manifest import Manifest
from zskip.files.packed import DATA, PackedArchive, pack
from zskip.files.seal import SEAL_BYTES, check_seal, seal
from zskip.model.common.errors import InputError
from zskip.model.common.network import Network

MANIFEST = "manifest.json"
"""Name of the member that describes the others."""

MAX_MANIFEST = 2**20
"""Bytes of a manifest at most."""

MAX_BYTES = 2**28
"""Bytes of all arrays at most: several times the on-chip memory of the largest array."""

_TIME = (1980, 1, 1, 0, 0, 0)


def save(network: Network[Any, Any], path: Path, *, huffman: bool = False) -> None:
    """Write a compressed network.

    Parameters
    ----------
    network : Network
        A network that passes its `check`.
    path : pathlib.Path
        The file; an old one is replaced.
    huffman : bool, optional
        Whether weights and their places are Huffman coded.

    Raises
    ------
    InputError
        The file cannot be written, or the network is too large for one.
    """
    write_file(path, to_bytes(network, huffman=huffman))


def to_bytes(
    network: Network[Any, Any],
    *,
    huffman: bool = False,
    on_progress: Callable[[int], None] | None = None,
) -> bytes:
    """Return the bytes of the file of a compressed network.

    Parameters
    ----------
    network : Network
        A network that passes its `check`.
    huffman : bool, optional
        Whether weights and their places are Huffman coded.
    on_progress : callable, optional
        Called with 1 after each layer.

    Returns
    -------
    bytes

    Raises
    ------
    InputError
        The network is too large for a file.
    """
    own = layer_format(network.config.ENGINE)
    arrays = order_arrays(GATHER, network.gather, network.inputs, packed=huffman)
    for index, layer in enumerate(network.layers):
        for name, array in layer_arrays(own, layer, network.config, huffman=huffman).items():
            arrays[f"layer{index}.{name}"] = array
        if on_progress is not None:
            on_progress(1)
    if sum(array.nbytes for array in arrays.values()) > MAX_BYTES:
        raise InputError(
            f"a compressed network must have at most {MAX_BYTES:,} bytes of arrays: "
            "compress its layers one by one"
        )
    listed, packed = pack(arrays) if huffman else (None, b"")
    manifest = Manifest.of(network, huffman=huffman).to_json(listed)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        _add(archive, MANIFEST, manifest.encode())
        if huffman:
            _add(archive, DATA, packed)
            arrays = {}
        for name, array in arrays.items():
            data = io.BytesIO()
            npy.write_array(data, array, version=(1, 0), allow_pickle=False)
            _add(archive, f"{name}.npy", data.getvalue())
        archive.comment = bytes(SEAL_BYTES)
    return seal(buffer.getvalue()[:-SEAL_BYTES])


def load(path: Path, engine: str | None = None) -> Network[Any, Any]:
    """Read a compressed network and check every invariant of it.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    engine : str, optional
        The engine that the network must be for; any without it.

    Returns
    -------
    Network
        It passes its `check` and fits its configuration.

    Raises
    ------
    InputError
        Names the first of these that fails: the file can be read, is an archive, holds no
        float weights, has its checksum, holds no pickled objects, has a manifest of this format and
        version and the arrays that the manifest implies, every invariant of the network holds, and
        it fits.
    """
    with open_archive(path) as archive:
        weights = any(name.endswith(".weight") for name in archive.arrays)
        if weights and MANIFEST not in archive.members:
            raise InputError(
                f"{path} must be a compressed network, but holds the weights of a float network: "
                "give what `zskip compress` makes of it"
            )
        check_seal(archive.file, path)
        manifest = _manifest(archive)
        if engine not in (None, manifest.config.ENGINE):
            raise InputError(
                f"{path} must be for the engine {engine}, but is for {manifest.config.ENGINE}: "
                "leave --engine out, or compress the network for that engine"
            )
        own = layer_format(manifest.config.ENGINE)
        if manifest.huffman:
            archive = PackedArchive(archive, MANIFEST, MAX_BYTES)
        check_members(archive, own, manifest, {MANIFEST}, MAX_BYTES)
        numbers = range(len(manifest.layers))
        layers = [read_layer(archive, index, own, manifest) for index in numbers]
        gather = read_order(
            archive, GATHER, manifest.layers[0].inputs, manifest.layers[0].source_inputs
        )
    network = Network(
        config=manifest.config,
        layers=tuple(layers),
        input_scale=manifest.input_scale,
        gather=gather,
        ending=manifest.ending,
    )
    try:
        network.check()
        engine_of(network.config).check_fit(network)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    return network


def engine_named(path: Path) -> str | None:
    """Return the engine that a compressed network file names; None where it is no such file.

    What is wrong with the file is told by `load`.
    """
    try:
        with open_archive(path) as archive:
            return _manifest(archive).config.ENGINE
    except InputError:
        return None


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """Add a member whose bytes depend on nothing but its data."""
    info = zipfile.ZipInfo(name, date_time=_TIME)
    info.create_system = 3
    info.external_attr = 0o644 << 16
    archive.writestr(info, data, zipfile.ZIP_DEFLATED, compresslevel=9)


def _manifest(archive: Archive) -> Manifest:
    """Read the manifest, after a look that no array is pickled."""
    for name in archive.arrays:
        archive.header(name)
    if MANIFEST not in archive.members:
        raise InputError(f"{archive.path} must hold {MANIFEST}, but does not: compress again")
    text = archive.read_bytes(MANIFEST, MAX_MANIFEST)
    try:
        return Manifest.from_json(text)
    except InputError as error:
        raise InputError(f"{archive.path}: {error}") from None
