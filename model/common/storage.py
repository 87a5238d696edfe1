"""Bytes of encoded networks in storage: what engines count alike."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.engine import Storage
from zskip.model.common.fixed import IntArray
from zskip.model.common.huffman import code_lengths
from zskip.model.common.network import Layer
from zskip.model.common.order import order_bytes

StorageT = TypeVar("StorageT", bound=Storage)

BYTE = 8
"""Bits of a symbol of a Huffman code."""


@dataclass(frozen=True, kw_only=True)
class LayerStorage(Generic[StorageT]):
    """Bytes of a layer or a network in storage.

    Parameters
    ----------
    plain, huffman : Storage
        Without and with Huffman coding, each layer with codes of its own.
    """

    plain: StorageT
    huffman: StorageT


@dataclass(frozen=True, kw_only=True)
class NetworkStorage(Generic[StorageT]):
    """Bytes of a network in storage.

    Parameters
    ----------
    layers : tuple of LayerStorage
        One for each layer.
    total : LayerStorage
        All of them together.
    """

    layers: tuple[LayerStorage[StorageT], ...]
    total: LayerStorage[StorageT]

    @classmethod
    def of(cls, layers: Sequence[LayerStorage[StorageT]]) -> "NetworkStorage[StorageT]":
        """Add up layers."""
        total = LayerStorage(
            plain=_together([layer.plain for layer in layers]),
            huffman=_together([layer.huffman for layer in layers]),
        )
        return cls(layers=tuple(layers), total=total)


def _together(layers: Sequence[StorageT]) -> StorageT:
    """Add up layers, field by field."""
    kind: Any = type(layers[0])
    names = [field.name for field in fields(kind)]
    return kind(**{name: sum(getattr(layer, name) for layer in layers) for name in names})


def order_sizes(layer: Layer[Any], gather: IntArray | None) -> tuple[int, int]:
    """Return the bytes of the order of a layer's outputs, plain and as Huffman files pack it.

    That of the network's inputs counts to the layer for which it is given, the first one.
    """
    outputs, inputs = layer.source_shape
    orders = [(layer.rows, outputs), *([] if gather is None else [(gather, inputs)])]
    plain, packed = (
        sum(order_bytes(order, count, packed=packed) for order, count in orders)
        for packed in (False, True)
    )
    return plain, packed


def coded(symbols: NDArray[np.integer[Any]]) -> tuple[int, int]:
    """Return the bytes of the Huffman coded lowest 8 bits, and of the table of their code."""
    frequencies = np.bincount(symbols.astype(np.uint8).ravel())
    bits = int(frequencies @ code_lengths(frequencies).astype(np.int64))
    return whole_bytes(bits), frequencies.size


def coded_bytewise(numbers: NDArray[np.integer[Any]], bits: int) -> tuple[int, int]:
    """Return the same for numbers of any width, each byte with a code of its own."""
    parts = [coded(numbers >> place) for place in range(0, bits, BYTE)]
    return sum(size for size, _ in parts), sum(table for _, table in parts)


def whole_bytes(bits: int) -> int:
    """Return the bytes that hold some bits."""
    return -(-bits // BYTE)
