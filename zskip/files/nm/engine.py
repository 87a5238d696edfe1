"""Layers of an N:M network in a file: the groups of each row as they are, without padding to words.

- ``values``, shape (outputs, groups, beats, n): weights, int8 or int16 of 8 or 16 bits, or codebook
  indices, uint8;
- ``positions``, of the same shape, uint8: the column of each inside its group; not in a dense array
  (``n == m``), where they are 0 to ``m - 1``;
- ``codebook``, int16, where weights are indices.

Nothing is Huffman coded: a coded file has the same arrays.
"""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.files.layer_format import ArrayKind, Arrays, LayerFormat, LayerManifest, Read
from zskip.model.common.errors import InputError
from zskip.model.nm.config import Config
from zskip.model.nm.encoding import EncodedMatrix
from zskip.model.nm.network import NO_CODEBOOK, Layer

_BYTE = np.dtype(np.uint8)
_CODEBOOK_TYPE = np.dtype("<i2")


class NmFormat(LayerFormat[Config, Layer]):
    """Values and positions of every beat of every group."""

    layer = Layer
    fields = ("beats",)

    def describe(self, layer: Layer) -> dict[str, int]:
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
        arrays: Arrays = {"values": layer.matrix.values.astype(_value_type(config))}
        if not config.dense:
            arrays["positions"] = layer.matrix.positions
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
        if config.shares_weights:
            kinds["codebook"] = ArrayKind((config.codebook_size,), (_CODEBOOK_TYPE,))
        return kinds

    def check_coded(
        self, layer: LayerManifest, config: Config, shapes: Mapping[str, tuple[int, ...]]
    ) -> int:
        """Count no symbols: nothing is coded."""
        return 0

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
        matrix = EncodedMatrix(
            shape=(layer.outputs, layer.inputs),
            m=config.m,
            values=_native(read("values")),
            positions=_positions(layer, config, read),
        )
        codebook = NO_CODEBOOK
        if config.shares_weights:
            codebook = read("codebook").astype(np.int64)
        return {"matrix": matrix, "codebook": codebook}


def _positions(layer: LayerManifest, config: Config, read: Read) -> NDArray[np.uint8]:
    """Read the positions; those of a dense array follow from its shape."""
    if config.dense:
        return np.broadcast_to(np.arange(config.m, dtype=np.uint8), _shape(layer, config))
    return read("positions").astype(np.uint8, copy=False)


def _native(values: NDArray[np.generic]) -> NDArray[np.integer]:
    """Return integers in the byte order of the machine."""
    kinds = {1: np.int8, 2: np.int16}
    kind = np.uint8 if values.dtype == _BYTE else kinds[values.dtype.itemsize]
    return values.astype(kind, copy=False)


def _shape(layer: LayerManifest, config: Config) -> tuple[int, int, int, int]:
    """Return the shape of the values of a layer."""
    return layer.outputs, -(-layer.inputs // config.m), layer.own["beats"], config.n


def _value_type(config: Config) -> np.dtype[np.generic]:
    """Return the type of the values in a file."""
    return _BYTE if config.shares_weights else np.dtype(f"<i{config.weight_bits // 8}")


ENGINE = NmFormat()
