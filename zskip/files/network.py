"""The compressed network file: one ``.npz`` that is refused whenever a byte of it has changed.

The member ``manifest.json`` says what the file is (format, version), holds the configuration and
describes each layer; layer ``i`` has four arrays:

- ``layer<i>.entries``: ``run << weight_bits | code`` of every entry, one PE after the other, uint8
  where that fits, uint16 otherwise;
- ``layer<i>.counts``, shape (pe_count, inputs): entries of each column, in the smallest unsigned
  type that holds them;
- ``layer<i>.codebook``, int16;
- ``layer<i>.bias``, int32 or, with wider accumulators, int64.

The comment of the archive, which is the end of the file, holds the SHA-256 of all bytes in front
of it. The same network gives the same bytes.
"""

import io
import zipfile
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from zskip.files.archive import Archive, open_archive
from zskip.files.atomic import write_file
from zskip.files.manifest import LayerManifest, Manifest
from zskip.files.seal import SEAL_BYTES, check_seal, seal
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import CODEBOOK_BITS
from zskip.model.eie.config import Config
from zskip.model.eie.encoding import EncodedMatrix
from zskip.model.eie.network import Layer, Network
from zskip.model.eie.schedule import check_fit

MANIFEST = "manifest.json"
"""Name of the member that describes the others."""

MAX_MANIFEST = 2**20
"""Bytes of a manifest at most."""

MAX_BYTES = 2**28
"""Bytes of all arrays at most: several times the on-chip memory of the largest array."""

_TIME = (1980, 1, 1, 0, 0, 0)
_COUNT_TYPES = (np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.uint32))


def save(network: Network, path: Path) -> None:
    """Write a compressed network.

    Parameters
    ----------
    network : Network
        A network that passes its `check`.
    path : pathlib.Path
        The file; an old one is replaced.

    Raises
    ------
    InputError
        The file cannot be written, or the network is too large for one.
    """
    write_file(path, to_bytes(network))


def to_bytes(network: Network) -> bytes:
    """Return the bytes of the file of a compressed network."""
    arrays = {
        f"layer{index}.{name}": array
        for index, layer in enumerate(network.layers)
        for name, array in _layer_arrays(layer, network.config).items()
    }
    if sum(array.nbytes for array in arrays.values()) > MAX_BYTES:
        raise InputError(
            f"a compressed network must have at most {MAX_BYTES:,} bytes of arrays: "
            "compress its layers one by one"
        )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        _add(archive, MANIFEST, Manifest.of(network).to_json().encode())
        for name, array in arrays.items():
            data = io.BytesIO()
            npy.write_array(data, array, version=(1, 0), allow_pickle=False)
            _add(archive, f"{name}.npy", data.getvalue())
        archive.comment = bytes(SEAL_BYTES)
    return seal(buffer.getvalue()[:-SEAL_BYTES])


def load(path: Path) -> Network:
    """Read a compressed network and check every invariant of it.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    Network
        It passes its `check` and fits its configuration.

    Raises
    ------
    InputError
        Names the first of these that fails: the file can be read, is an archive, has its
        checksum, holds no pickled objects, has a manifest of this format and version and the
        arrays that the manifest implies, every invariant of the network holds, and it fits.
    """
    with open_archive(path) as archive:
        check_seal(archive.file, path)
        manifest = _manifest(archive)
        _check_members(archive, manifest)
        layers = [_layer(archive, index, manifest) for index in range(len(manifest.layers))]
    network = Network(
        config=manifest.config, layers=tuple(layers), input_scale=manifest.input_scale
    )
    try:
        network.check()
        check_fit(network)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    return network


def _layer_arrays(layer: Layer, config: Config) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of a layer by name."""
    matrix = layer.matrix
    counts = np.diff(matrix.pointers, axis=1)
    entries = matrix.runs.astype(np.uint16) << config.weight_bits | matrix.codes
    return {
        "entries": entries.astype(_entry_type(config)),
        "counts": counts.astype(_count_type(int(counts.max()))),
        "codebook": layer.codebook.astype(f"<i{CODEBOOK_BITS // 8}"),
        "bias": layer.bias.astype(_bias_type(config)),
    }


def _entry_type(config: Config) -> np.dtype[np.generic]:
    """Return the type of packed entries."""
    return np.dtype(np.uint8 if config.entry_bits <= 8 else "<u2")


def _count_type(largest: int) -> np.dtype[np.generic]:
    """Return the smallest type that holds column counts."""
    fitting = [kind for kind in _COUNT_TYPES if largest <= np.iinfo(kind).max]
    return fitting[0].newbyteorder("<")


def _bias_type(config: Config) -> np.dtype[np.generic]:
    """Return the type of biases."""
    return np.dtype("<i4" if config.acc_bits <= 32 else "<i8")


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


def _check_members(archive: Archive, manifest: Manifest) -> None:
    """Check that the arrays are those that the manifest implies, before any is decompressed."""
    expected = {}
    for index, layer in enumerate(manifest.layers):
        for name, shape, types in _implied(layer, manifest.config):
            expected[f"layer{index}.{name}"] = (shape, types)
    members = {MANIFEST, *(f"{name}.npy" for name in expected)}
    for member in sorted(members.symmetric_difference(archive.members)):
        verb = "hold" if member in members else "not hold"
        raise InputError(f"{archive.path} must {verb} {member!r}: compress the network again")
    for name, (shape, types) in expected.items():
        header = archive.header(name)
        if header.shape != shape or header.dtype not in types or header.fortran_order:
            wanted = " or ".join(str(kind) for kind in types)
            raise InputError(
                f"array {name!r} of {archive.path} must be {wanted} of shape {shape}, not "
                f"{header.dtype} of shape {header.shape}: compress the network again"
            )
    archive.check_size(list(expected), MAX_BYTES)


def _implied(
    layer: LayerManifest, config: Config
) -> list[tuple[str, tuple[int, ...], tuple[np.dtype[np.generic], ...]]]:
    """Return name, shape and possible types of the arrays of a layer."""
    return [
        ("entries", (layer.entries,), (_entry_type(config),)),
        ("counts", (config.pe_count, layer.inputs), _COUNT_TYPES),
        ("codebook", (config.codebook_size,), (np.dtype("<i2"),)),
        ("bias", (layer.outputs,), (_bias_type(config),)),
    ]


def _layer(archive: Archive, index: int, manifest: Manifest) -> Layer:
    """Read one layer."""
    config, layer = manifest.config, manifest.layers[index]
    entries, counts, codebook, bias = (
        archive.read(f"layer{index}.{name}") for name, _, _ in _implied(layer, config)
    )
    packed = entries.astype(np.uint16)
    pointers = np.zeros((config.pe_count, layer.inputs + 1), dtype=np.int64)
    np.cumsum(counts, axis=1, dtype=np.int64, out=pointers[:, 1:])
    runs = packed >> config.weight_bits
    if np.any(runs > config.max_run):
        raise InputError(
            f"entries of layer {layer.name!r} of {archive.path} must have {config.entry_bits} "
            "bits: compress the network again"
        )
    return Layer(
        name=layer.name,
        matrix=EncodedMatrix(
            shape=(layer.outputs, layer.inputs),
            pe_count=config.pe_count,
            weight_bits=config.weight_bits,
            run_bits=config.run_bits,
            codes=(packed & (config.codebook_size - 1)).astype(np.uint8),
            runs=runs.astype(np.uint8),
            pointers=pointers,
        ),
        codebook=codebook.astype(np.int64),
        bias=bias.astype(np.int64),
        relu=layer.relu,
        input_fraction=layer.input_fraction,
        weight_fraction=layer.weight_fraction,
        output_fraction=layer.output_fraction,
    )
