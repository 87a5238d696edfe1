"""Arrays of a compressed network file: those of every engine, and checks before they are read."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.files.archive import Archive
from zskip.files.layer_format import ArrayKind, Arrays, LayerFormat, LayerManifest
from zskip.files.manifest import Manifest
from zskip.model.common.config import EngineConfig
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import IntArray
from zskip.model.common.floats import FloatFormat
from zskip.model.common.network import Layer
from zskip.model.common.order import (
    RANK,
    RUN_CODES,
    RUN_LENGTHS,
    STRIDE,
    USED,
    is_stored,
    order_type,
    packed_order,
    packs,
    unpacked_order,
)

BIAS = "bias"
"""Array of a layer: its biases."""

ROWS = "rows"
"""Array of a layer: the source's output at each position."""

GATHER = "gather"
"""Array of the network: the user's input at each position of the first layer."""

_RUNS = (RUN_LENGTHS, RUN_CODES, STRIDE)
_PARTS = (USED, RANK, *_RUNS)

Format = LayerFormat[Any, Any]


def layer_arrays(
    layer_format: Format, layer: Layer[Any], config: EngineConfig, *, huffman: bool
) -> Arrays:
    """Return the arrays of a layer.

    Parameters
    ----------
    layer_format : LayerFormat
        The format of the layer's engine.
    layer : Layer
        A layer that passes its `check`.
    config : EngineConfig
        Its configuration.
    huffman : bool
        Whether the weights are Huffman coded.

    Returns
    -------
    dict of str to ndarray
        By name.
    """
    return {
        **layer_format.arrays(layer, config, huffman=huffman),
        BIAS: _real(layer.bias, layer.number).astype(_bias_type(layer.number, config)),
        **order_arrays(ROWS, layer.rows, layer.source_shape[0], packed=huffman),
    }


def order_arrays(name: str, order: IntArray, count: int, *, packed: bool) -> Arrays:
    """Return the arrays of an order, none where all of the source stand as they are.

    Parameters
    ----------
    name : str
        Name of the order.
    order : ndarray of int64
        The source's input or output at each position.
    count : int
        Inputs or outputs of the source.
    packed : bool
        Whether it is packed (`zskip.model.common.order.packed_order`), as in Huffman coded files,
        where that takes fewer bytes.

    Returns
    -------
    dict of str to ndarray
    """
    if packed and packs(order, count):
        return {f"{name}.{part}": array for part, array in packed_order(order, count).items()}
    return {name: order.astype(order_type(count))} if is_stored(order, count) else {}


def check_members(
    archive: Archive, layer_format: Format, manifest: Manifest, others: set[str], limit: int
) -> None:
    """Check that the arrays are those that the manifest implies, before any is decompressed.

    Parameters
    ----------
    archive : Archive
        The open file.
    layer_format : LayerFormat
        The format of the file's engine.
    manifest : Manifest
        The file's manifest.
    others : set of str
        Members that are no arrays.
    limit : int
        Bytes of all arrays at most, as they are stored and decoded.

    Raises
    ------
    InputError
        A member is missing, is too many, or has another type or size.
    """
    expected: dict[str, ArrayKind] = {}
    for index in range(len(manifest.layers)):
        for name, kind in _kinds(archive, index, layer_format, manifest).items():
            expected[f"layer{index}.{name}"] = kind
    first = manifest.layers[0]
    expected |= _order_kinds(
        GATHER, archive.arrays, first.inputs, first.source_inputs, packed=manifest.huffman
    )
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
        _check_coded(archive, layer_format, manifest, limit)
    archive.check_size(list(expected), limit)


def read_layer(
    archive: Archive, index: int, layer_format: Format, manifest: Manifest
) -> Layer[Any]:
    """Read a layer, after `check_members`.

    Parameters
    ----------
    archive : Archive
        The open file.
    index : int
        Number of the layer.
    layer_format : LayerFormat
        The format of the file's engine.
    manifest : Manifest
        The file's manifest.

    Returns
    -------
    Layer
        Its `check` is still to be done.

    Raises
    ------
    InputError
        An array is damaged.
    """
    layer, names = manifest.layers[index], _names(archive, index)
    with _place(archive.path, layer):
        own = layer_format.read(
            layer,
            manifest.config,
            names,
            lambda name: archive.read(f"layer{index}.{name}"),
            huffman=manifest.huffman,
        )
        number, bias = layer_format.number(layer), archive.read(f"layer{index}.{BIAS}")
        words = bias.astype(np.int64) if number is None else number.words(bias, "biases")
    return layer_format.layer(
        name=layer.name,
        bias=words,
        relu=layer.relu,
        scale=layer.scale,
        rows=read_order(archive, f"layer{index}.{ROWS}", layer.outputs, layer.source_outputs),
        source_shape=(layer.source_outputs, layer.source_inputs),
        **own,
    )


def read_order(archive: Archive, name: str, length: int, count: int) -> IntArray:
    """Read an order, after `check_members`.

    Parameters
    ----------
    archive : Archive
        The open file.
    name : str
        Name of the order, which is left out where all of the source stand as they are.
    length : int
        Positions.
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
    names = {part: f"{name}.{part}" for part in _PARTS}
    given = {part: array for part, array in names.items() if array in archive.arrays}
    if given:
        parts = {part: archive.read(array) for part, array in given.items()}
        return _checked_order(parts, length, count, f"{name!r} of {archive.path}")
    if name not in archive.arrays:
        return np.arange(count)
    order = archive.read(name).astype(np.int64)
    if not is_stored(order, count):
        raise InputError(
            f"array {name!r} of {archive.path} must be left out where it is 0 to {count - 1} in "
            "order: compress the network again"
        )
    return order


def _checked_order(parts: Arrays, length: int, count: int, what: str) -> IntArray:
    """Return a packed order, which must be the one way to pack it."""
    rank = parts.get(RANK, np.arange(length))
    every = np.packbits(np.ones(count, dtype=bool))
    used = np.unpackbits(parts.get(USED, every).astype(np.uint8))
    if np.any(np.sort(rank) != np.arange(length)):
        raise InputError(f"ranks of {what} must be 0 to {length - 1}, each once: compress again")
    if np.count_nonzero(used) != length or used[count:].any():
        raise InputError(
            f"bits of {what} must mark {length} of {count}, not {np.count_nonzero(used)}: "
            "compress again"
        )
    order = _unpacked(parts, count, what)
    expected = packed_order(order, count)
    if RANK in parts and RANK not in expected and len(expected) > (USED in expected):
        # Ranks say the same as runs in more bytes.
        expected = {RANK: rank, **{part: expected[part] for part in {USED} & expected.keys()}}
    if RUN_CODES in parts and not _same(parts, expected):
        raise InputError(f"runs of {what} must be as they are written: compress again")
    if parts.keys() != expected.keys():
        raise InputError(f"{what} must be left out where it says nothing: compress again")
    return order


def _same(parts: Arrays, others: Arrays) -> bool:
    """Tell whether the parts of two orders are the same."""
    names = parts.keys() | others.keys()
    return parts.keys() == others.keys() and all(
        np.array_equal(parts[name], others[name]) for name in names
    )


def _unpacked(parts: Arrays, count: int, what: str) -> IntArray:
    """Unpack an order, after a look that its runs can be."""
    given = [part for part in (RUN_LENGTHS, RUN_CODES) if part in parts]
    if len(given) == 1 or (RANK in parts and given):
        raise InputError(f"{what} must have ranks, or lengths and codes of runs: compress again")
    if STRIDE in parts and not parts[STRIDE].all():
        raise InputError(f"the stride of {what} must be at least 1, not 0: compress again")
    try:
        return unpacked_order(parts, count)
    except InputError as error:
        raise InputError(f"runs of {what}: {error}") from None


def _names(archive: Archive, index: int) -> list[str]:
    """Return the names of a layer's arrays without the layer's own."""
    prefix = f"layer{index}."
    return [name.removeprefix(prefix) for name in archive.arrays if name.startswith(prefix)]


def _kinds(
    archive: Archive, index: int, layer_format: Format, manifest: Manifest
) -> dict[str, ArrayKind]:
    """Return shape and types of a layer's arrays by name."""
    layer, names = manifest.layers[index], _names(archive, index)
    own = layer_format.kinds(layer, manifest.config, names, huffman=manifest.huffman)
    kind = _bias_type(layer_format.number(layer), manifest.config)
    bias = ArrayKind((layer.outputs,), (kind,))
    return {**own, BIAS: bias} | _order_kinds(
        ROWS, names, layer.outputs, layer.source_outputs, packed=manifest.huffman
    )


def _order_kinds(
    name: str, names: list[str], length: int, count: int, *, packed: bool
) -> dict[str, ArrayKind]:
    """Return shape and types of the arrays of an order that there have to be or are."""
    used, rank = f"{name}.{USED}", f"{name}.{RANK}"
    if packed and name not in names:
        kinds = {
            used: ArrayKind((-(-count // 8),), (np.dtype(np.uint8),)),
            rank: ArrayKind((length,), (order_type(length),)),
            f"{name}.{RUN_LENGTHS}": ArrayKind(None, (np.dtype(np.uint8),)),
            f"{name}.{RUN_CODES}": ArrayKind(None, (np.dtype(np.uint8),)),
            f"{name}.{STRIDE}": ArrayKind((1,), (np.dtype("<u2"),)),
        }
        needed = {used} if length != count else set[str]()
        return {part: kind for part, kind in kinds.items() if part in needed | {*names} - {used}}
    if length == count and name not in names:
        return {}
    return {name: ArrayKind((length,), (order_type(count),))}


def _real(words: IntArray, number: FloatFormat | None) -> NDArray[np.number]:
    """Return biases as they are stored: integers, or real numbers in floating point."""
    return words if number is None else number.values(words)


def _bias_type(number: FloatFormat | None, config: EngineConfig) -> np.dtype[np.generic]:
    """Return the type of biases."""
    if number is not None:
        return np.dtype(number.name).newbyteorder("<")
    return np.dtype("<i4" if config.acc_bits <= 32 else "<i8")


def _check_coded(archive: Archive, layer_format: Format, manifest: Manifest, limit: int) -> None:
    """Check the sizes of all coded arrays, and of the decoded ones, before any is read."""
    decoded = 0
    for index, layer in enumerate(manifest.layers):
        shapes: Mapping[str, tuple[int, ...]] = {
            name: archive.header(f"layer{index}.{name}").shape for name in _names(archive, index)
        }
        with _place(archive.path, layer):
            decoded += layer_format.check_coded(layer, manifest.config, shapes)
    if decoded > limit:
        raise InputError(
            f"{archive.path} must hold at most {limit:,} coded symbols, but declares {decoded:,}: "
            "give a smaller file"
        )


@contextmanager
def _place(path: Path, layer: LayerManifest) -> Iterator[None]:
    """Name file and layer in front of an error of a layer's arrays."""
    try:
        yield
    except InputError as error:
        text = str(error)
        raise InputError(
            text if text.startswith(str(path)) else f"{path}: layer {layer.name!r}: {text}"
        ) from None
