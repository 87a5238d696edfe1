"""Arrays of a layer in a compressed network file, plain or Huffman coded."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zskip.files import coding
from zskip.files.archive import Archive
from zskip.files.manifest import LayerManifest, Manifest
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import CODEBOOK_BITS, IntArray
from zskip.model.eie.config import Config
from zskip.model.eie.encoding import EncodedMatrix
from zskip.model.eie.figures.storage import is_stored, order_type
from zskip.model.eie.network import Layer

Arrays = dict[str, NDArray[np.generic]]

ROWS = "rows"
"""Array of a layer: the source's output at each position."""

GATHER = "gather"
"""Array of the network: the user's input at each position of the first layer."""

_Kinds = dict[str, tuple[tuple[int, ...] | None, tuple[np.dtype[np.generic], ...]]]
"""Shape, None where it is not known yet, and types of arrays by name."""

_COUNT_TYPES = (np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.uint32))


def layer_arrays(layer: Layer, config: Config, *, huffman: bool) -> Arrays:
    """Return the arrays of a layer.

    Parameters
    ----------
    layer : Layer
        A layer that passes its `check`.
    config : Config
        Its array.
    huffman : bool
        Whether entries and column lengths are Huffman coded.

    Returns
    -------
    dict of str to ndarray
        By name.
    """
    return {
        **(coding.code(layer.matrix) if huffman else _plain(layer.matrix, config)),
        "codebook": layer.codebook.astype(f"<i{CODEBOOK_BITS // 8}"),
        "bias": layer.bias.astype(_bias_type(config)),
        **order_array(ROWS, layer.rows, layer.source_shape[0]),
    }


def order_array(name: str, order: IntArray, count: int) -> Arrays:
    """Return the array of an order, or none where all of the source stand as they are.

    Parameters
    ----------
    name : str
        Name of the array.
    order : ndarray of int64
        The source's input or output at each position.
    count : int
        Inputs or outputs of the source.

    Returns
    -------
    dict of str to ndarray
    """
    return {name: order.astype(order_type(count))} if is_stored(order, count) else {}


def check_members(archive: Archive, manifest: Manifest, others: set[str], limit: int) -> None:
    """Check that the arrays are those that the manifest implies, before any is decompressed.

    Parameters
    ----------
    archive : Archive
        The open file.
    manifest : Manifest
        What it says of itself.
    others : set of str
        Members that are no arrays.
    limit : int
        Bytes of all arrays at most, as they are stored and decoded.

    Raises
    ------
    InputError
        A member is missing, is too many, or has another type or size.
    """
    implied = [
        _implied(archive, index, layer, manifest) for index, layer in enumerate(manifest.layers)
    ]
    expected = {name: kind for layer in implied for name, kind in layer.items()}
    first = manifest.layers[0]
    expected |= _implied_order(archive, GATHER, first.inputs, first.source_inputs)
    members = others | {f"{name}.npy" for name in expected}
    for member in sorted(members.symmetric_difference(archive.members)):
        verb = "hold" if member in members else "not hold"
        raise InputError(f"{archive.path} must {verb} {member!r}: compress the network again")
    for name, (shape, types) in expected.items():
        header = archive.header(name)
        fits = shape is None or header.shape == shape
        if not fits or header.dtype not in types or header.fortran_order:
            wanted = " or ".join(str(kind) for kind in types)
            raise InputError(
                f"array {name!r} of {archive.path} must be {wanted} of shape {shape}, not "
                f"{header.dtype} of shape {header.shape}: compress the network again"
            )
    if manifest.huffman:
        _check_streams(archive, manifest, limit)
    archive.check_size(list(expected), limit)


def read_layer(archive: Archive, index: int, manifest: Manifest) -> Layer:
    """Read a layer, after `check_members`.

    Parameters
    ----------
    archive : Archive
        The open file.
    index : int
        Number of the layer.
    manifest : Manifest
        What the file says of itself.

    Returns
    -------
    Layer
        Its `check` is still to be done.

    Raises
    ------
    InputError
        An array is damaged.
    """
    config, layer = manifest.config, manifest.layers[index]
    read = _read_coded if manifest.huffman else _read_plain
    codes, runs, counts = read(archive, index, manifest)
    columns = layer.blocks(config) * layer.inputs
    pointers = np.zeros((config.pe_count, columns + 1), dtype=np.int64)
    np.cumsum(counts, axis=1, dtype=np.int64, out=pointers[:, 1:])
    return Layer(
        name=layer.name,
        matrix=EncodedMatrix(
            shape=(layer.outputs, layer.inputs),
            pe_count=config.pe_count,
            weight_bits=config.weight_bits,
            run_bits=config.run_bits,
            block_rows=layer.block_rows,
            codes=codes,
            runs=runs,
            pointers=pointers,
        ),
        codebook=archive.read(f"layer{index}.codebook").astype(np.int64),
        bias=archive.read(f"layer{index}.bias").astype(np.int64),
        relu=layer.relu,
        input_fraction=layer.input_fraction,
        weight_fraction=layer.weight_fraction,
        output_fraction=layer.output_fraction,
        rows=read_order(archive, f"layer{index}.{ROWS}", layer.source_outputs),
        source_shape=(layer.source_outputs, layer.source_inputs),
    )


def read_order(archive: Archive, name: str, count: int) -> IntArray:
    """Read an order, after `check_members`.

    Parameters
    ----------
    archive : Archive
        The open file.
    name : str
        Name of its array, which is left out where all of the source stand as they are.
    count : int
        Inputs or outputs of the source.

    Returns
    -------
    ndarray of int64
        The source's input or output at each position.

    Raises
    ------
    InputError
        The array is damaged, or there although it says nothing.
    """
    if name not in archive.arrays:
        return np.arange(count)
    order = archive.read(name).astype(np.int64)
    if not is_stored(order, count):
        raise InputError(
            f"array {name!r} of {archive.path} must be left out where it is 0 to {count - 1} in "
            "order: compress the network again"
        )
    return order


def _implied_order(archive: Archive, name: str, length: int, count: int) -> _Kinds:
    """Return shape and types of the array of an order, if there has to be one or is one."""
    if length == count and name not in archive.arrays:
        return {}
    return {name: ((length,), (order_type(count),))}


def _plain(matrix: EncodedMatrix, config: Config) -> Arrays:
    """Return entries and column lengths as they are."""
    counts = np.diff(matrix.pointers, axis=1)
    entries = matrix.runs.astype(np.uint16) << config.weight_bits | matrix.codes
    return {
        "entries": entries.astype(_entry_type(config)),
        "counts": counts.astype(_count_type(int(counts.max()))),
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


def _implied(archive: Archive, index: int, layer: LayerManifest, manifest: Manifest) -> _Kinds:
    """Return shape and types of a layer's arrays by name."""
    config, byte = manifest.config, np.dtype(np.uint8)
    arrays: _Kinds = {}
    if manifest.huffman:
        for stream in _streams(archive, index, layer, config).values():
            arrays.update(dict.fromkeys(stream.arrays(), (None, (byte,))))
    else:
        arrays["entries"] = ((layer.entries,), (_entry_type(config),))
        arrays["counts"] = (
            (config.pe_count, layer.blocks(config) * layer.inputs),
            _COUNT_TYPES,
        )
    arrays["codebook"] = ((config.codebook_size,), (np.dtype("<i2"),))
    arrays["bias"] = ((layer.outputs,), (_bias_type(config),))
    rows = _implied_order(archive, f"layer{index}.{ROWS}", layer.outputs, layer.source_outputs)
    return {f"layer{index}.{name}": kind for name, kind in arrays.items()} | rows


def _streams(
    archive: Archive, index: int, layer: LayerManifest, config: Config
) -> dict[str, coding.Stream]:
    """Return the streams of a coded layer by name."""
    long_columns = f"layer{index}.{coding.COLUMNS[1]}.{coding.PACKED}" in archive.arrays
    streams = coding.streams(layer, config, long_columns=long_columns)
    return {stream.name: stream for stream in streams}


def _check_streams(archive: Archive, manifest: Manifest, limit: int) -> None:
    """Check the sizes of all coded streams, and of what they decode to, before any is read."""
    decoded = 0
    for index, layer in enumerate(manifest.layers):
        for stream in _streams(archive, index, layer, manifest.config).values():
            lengths, packed = (f"layer{index}.{name}" for name in stream.arrays())
            with _place(archive.path, layer):
                stream.check(archive.header(lengths).shape, archive.header(packed).shape)
            decoded += stream.count
    if decoded > limit:
        raise InputError(
            f"{archive.path} must hold at most {limit:,} coded symbols, but declares {decoded:,}: "
            "give a smaller file"
        )


def _read_plain(
    archive: Archive, index: int, manifest: Manifest
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.generic]]:
    """Read codes, runs and column lengths of a plain layer."""
    config = manifest.config
    packed = archive.read(f"layer{index}.entries").astype(np.uint16)
    runs = packed >> config.weight_bits
    if np.any(runs > config.max_run):
        raise InputError(
            f"entries of layer {manifest.layers[index].name!r} of {archive.path} must have "
            f"{config.entry_bits} bits: compress the network again"
        )
    codes = (packed & (config.codebook_size - 1)).astype(np.uint8)
    return codes, runs.astype(np.uint8), archive.read(f"layer{index}.counts")


def _read_coded(
    archive: Archive, index: int, manifest: Manifest
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.generic]]:
    """Read codes, runs and column lengths of a coded layer."""
    layer = manifest.layers[index]
    streams = _streams(archive, index, layer, manifest.config)
    with _place(archive.path, layer):
        decoded = coding.decode(streams, lambda name: archive.read(f"layer{index}.{name}"))
    counts = coding.column_counts(decoded).reshape(manifest.config.pe_count, -1)
    return decoded["codes"], decoded["runs"], counts


@contextmanager
def _place(path: Path, layer: LayerManifest) -> Iterator[None]:
    """Name file and layer in front of an error of a stream."""
    try:
        yield
    except InputError as error:
        text = str(error)
        raise InputError(
            text if text.startswith(str(path)) else f"{path}: layer {layer.name!r}: {text}"
        ) from None
