"""Layers of an N:M network in a file: the groups of each row as they are, without padding to words.

- ``values``, shape (outputs, groups, beats, n): weights, int8 or int16 of 8 or 16 bits, or codebook
  indices, uint8;
- ``positions``, of the same shape, uint8: the column of each inside its group; not in a dense array
  (``n == m``), where they are 0 to ``m - 1``;
- ``codebook``, int16, where weights are indices.

Huffman coded, the bytes of the values, the lowest first, and the positions are streams in place of
the first two (`zskip.files.coded_stream`): ``values0``, ``values1`` where they have 16 bits, and
``positions``.
"""

import math
from collections.abc import Collection, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from zskip.files.coded_stream import Stream, coded
from zskip.files.layer_format import ArrayKind, Arrays, LayerFormat, LayerManifest, Read
from zskip.model.common.errors import InputError
from zskip.model.common.fixed_layer import NO_CODEBOOK
from zskip.model.nm.config import Config
from zskip.model.nm.encoding import EncodedMatrix
from zskip.model.nm.network import Layer

_BYTE = np.dtype(np.uint8)
_CODEBOOK_TYPE = np.dtype("<i2")


class NmFormat(LayerFormat[Config, Layer]):
    """Values and positions of every beat of every group."""

    layer = Layer
    fields: ClassVar = {"beats": int}

    def describe(self, layer: Layer) -> dict[str, int | str]:
        """Return the beats of a group."""
        return {"beats": layer.matrix.beats}

    def check(self, layer: LayerManifest, config: Config) -> None:
        """Check sizes and beats against the limits of the array."""
        sizes = (layer.outputs, layer.inputs)
        if max(sizes) > config.vector_depth:
            raise InputError(
                f"layer {layer.name!r} must have 1 to {config.vector_depth} outputs and inputs, "
                f"the limit of its configuration, not {sizes}: compress the network again"
            )
        if not 1 <= layer.own["beats"] <= config.max_beats:
            raise InputError(
                f"a group of layer {layer.name!r} must take 1 to {config.max_beats} beats of "
                f"{config.n} of its {config.m} weights, not {layer.own['beats']}: compress the "
                "network again"
            )

    def arrays(self, layer: Layer, config: Config, *, huffman: bool) -> Arrays:
        """Return values, positions and codebook."""
        matrix = layer.matrix
        values = np.ascontiguousarray(matrix.values.astype(_value_type(config)))
        arrays: Arrays = {"values": values}
        if not config.dense:
            arrays["positions"] = matrix.positions
        if huffman:
            pieces = values.view(np.uint8).reshape(values.size, -1)
            symbols = {f"values{place}": pieces[:, place] for place in range(pieces.shape[1])}
            if not config.dense:
                symbols["positions"] = matrix.positions.ravel()
            arrays = {**coded(symbols)}
        if config.shares_weights:
            arrays["codebook"] = layer.codebook.astype(_CODEBOOK_TYPE)
        return arrays

    def kinds(
        self, layer: LayerManifest, config: Config, names: Collection[str], *, huffman: bool
    ) -> dict[str, ArrayKind]:
        """Return the arrays that a layer must have."""
        shape = _shape(layer, config)
        kinds = {"values": ArrayKind(shape, (_value_type(config),))}
        if not config.dense:
            kinds["positions"] = ArrayKind(shape, (_BYTE,))
        if huffman:
            arrays = [name for stream in _streams(layer, config) for name in stream.arrays()]
            kinds = dict.fromkeys(arrays, ArrayKind(None, (_BYTE,)))
        if config.shares_weights:
            kinds["codebook"] = ArrayKind((config.codebook_size,), (_CODEBOOK_TYPE,))
        return kinds

    def check_coded(
        self, layer: LayerManifest, config: Config, shapes: Mapping[str, tuple[int, ...]]
    ) -> int:
        """Check the sizes of all coded streams; return the number of their symbols."""
        streams = _streams(layer, config)
        for stream in streams:
            lengths, packed = stream.arrays()
            stream.check(shapes[lengths], shapes[packed])
        return sum(stream.count for stream in streams)

    def read(
        self,
        layer: LayerManifest,
        config: Config,
        names: Collection[str],
        read: Read,
        *,
        huffman: bool,
    ) -> dict[str, Any]:
        """Read matrix and codebook."""
        values, positions = (_decoded if huffman else _plain)(layer, config, read)
        matrix = EncodedMatrix(
            shape=(layer.outputs, layer.inputs), m=config.m, values=values, positions=positions
        )
        codebook = NO_CODEBOOK
        if config.shares_weights:
            codebook = read("codebook").astype(np.int64)
        return {"matrix": matrix, "codebook": codebook}


def _plain(
    layer: LayerManifest, config: Config, read: Read
) -> tuple[NDArray[np.integer], NDArray[np.uint8]]:
    """Read values and positions as they are."""
    values = read("values").astype(_value_type(config).newbyteorder("="), copy=False)
    if config.dense:
        return values, _dense_positions(layer, config)
    return values, read("positions").astype(np.uint8, copy=False)


def _decoded(
    layer: LayerManifest, config: Config, read: Read
) -> tuple[NDArray[np.integer], NDArray[np.uint8]]:
    """Decode values and positions."""
    shape = _shape(layer, config)
    decoded = {stream.name: stream.decode(read) for stream in _streams(layer, config)}
    positions = decoded.pop("positions", None)
    pieces = np.stack(list(decoded.values()), axis=-1)
    kind = _value_type(config)
    values = pieces.view(kind).reshape(shape).astype(kind.newbyteorder("="), copy=False)
    if positions is None:
        return values, _dense_positions(layer, config)
    return values, positions.reshape(shape)


def _dense_positions(layer: LayerManifest, config: Config) -> NDArray[np.uint8]:
    """Return the positions in a dense array."""
    return np.broadcast_to(np.arange(config.m, dtype=np.uint8), _shape(layer, config))


def _streams(layer: LayerManifest, config: Config) -> list[Stream]:
    """Return the streams of a coded layer."""
    count = math.prod(_shape(layer, config))
    symbols = config.codebook_size if config.shares_weights else 1 << 8
    streams = [
        Stream(name=f"values{place}", count=count, symbols=symbols)
        for place in range(_value_type(config).itemsize)
    ]
    if not config.dense:
        streams.append(Stream(name="positions", count=count, symbols=config.m))
    return streams


def _shape(layer: LayerManifest, config: Config) -> tuple[int, int, int, int]:
    """Return the shape of the values of a layer."""
    return layer.outputs, -(-layer.inputs // config.m), layer.own["beats"], config.n


def _value_type(config: Config) -> np.dtype[np.integer]:
    """Return the type of the values in a file."""
    return _BYTE if config.shares_weights else np.dtype(f"<i{config.weight_bits // 8}")


ENGINE = NmFormat()
