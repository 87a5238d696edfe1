"""Bytes of a network in storage, in the parts in which Deep Compression's tables report them.

Plain storage takes as many bits for each entry as the array: the codebook index and the relative
row index, and the lengths of the columns, which find these again as each of every PE starts anew.
With Huffman coding the index runs on over the whole matrix as in Deep Compression's tables 2 to 5
(`zskip.model.eie.gaps`): each layer has a code of its own for its codebook indices and one for its
gaps. The table of a code is the length of each symbol's code, a byte for every symbol from 0 to the
largest that occurs.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import CODEBOOK_BITS, IntArray
from zskip.model.common.huffman import code_lengths
from zskip.model.common.storage import order_sizes
from zskip.model.eie.config import Config
from zskip.model.eie.gaps import to_gaps
from zskip.model.eie.network import Layer, Network


@dataclass(frozen=True, kw_only=True)
class Storage:
    """Bytes of a layer or a network in storage.

    Parameters
    ----------
    weight_bits, index_bits : float
        Bits of the codebook indices and of the index, for each entry of the array, padding
        included; without the tables of the codes. 0 without entries.
    weights, index : int
        Bytes of the codebook indices, and of the relative row indices or gaps.
    columns : int
        Bytes of the column lengths; none where gaps run on.
    tables : int
        Bytes of the tables of the Huffman codes.
    codebook, bias : int
        Bytes of the shared weights and of the biases.
    order : int
        Bytes that say which input or output of the source stands where, if they are not all there
        in their own order. The order of the network's inputs counts to the first layer.
    total : int
        Bytes of all of these.
    rate : float
        `total` against dense float32 weights and biases.
    ratio : float
        Dense float32 against `total`: how many times smaller.
    """

    weight_bits: float
    index_bits: float
    weights: int
    index: int
    columns: int
    tables: int
    codebook: int
    bias: int
    order: int
    total: int
    rate: float
    ratio: float

    def parts(self) -> dict[str, int]:
        """Return the bytes by part, in the order in which they are told."""
        return {
            "weights": self.weights,
            "index": self.index,
            "columns": self.columns,
            "tables": self.tables,
            "codebooks": self.codebook,
            "biases": self.bias,
            "order": self.order,
        }


@dataclass(frozen=True, kw_only=True)
class LayerStorage:
    """Bytes of a layer in storage.

    Parameters
    ----------
    name : str
        Name of the layer.
    weights, nonzeros : int
        Weights of the source's dense matrix, and those that are not zero.
    density : float
        ``nonzeros / weights``.
    entries : int
        Stored entries, padding included.
    dense_bytes : int
        Weights and biases as dense float32.
    plain, huffman : Storage
        Without and with Huffman coding.
    """

    name: str
    weights: int
    nonzeros: int
    density: float
    entries: int
    dense_bytes: int
    plain: Storage
    huffman: Storage


@dataclass(frozen=True, kw_only=True)
class NetworkStorage:
    """Bytes of a network in storage.

    Parameters
    ----------
    layers : tuple of LayerStorage
        One for each layer.
    total : LayerStorage
        All of them together; the bits are means over all entries.
    """

    layers: tuple[LayerStorage, ...]
    total: LayerStorage


def storage(network: Network) -> NetworkStorage:
    """Count the bytes of a network in storage.

    Parameters
    ----------
    network : Network
        A network that passes its `check`. It need not fit its configuration.

    Returns
    -------
    NetworkStorage
    """
    layers = tuple(
        layer_storage(layer, network.config, gather=None if index else network.gather)
        for index, layer in enumerate(network.layers)
    )
    return NetworkStorage(layers=layers, total=_together(layers))


def layer_storage(layer: Layer, config: Config, *, gather: IntArray | None = None) -> LayerStorage:
    """Count the bytes of a layer in storage.

    Parameters
    ----------
    layer : Layer
        A layer that passes its `check`.
    config : Config
        The array it is encoded for.
    gather : ndarray of int64, optional
        Order of the network's inputs, for its first layer.

    Returns
    -------
    LayerStorage
    """
    matrix = layer.matrix
    counts = np.diff(matrix.pointers, axis=1)
    count_bits = int(counts.max()).bit_length()
    entries, dense = matrix.codes.size, layer.dense_bytes
    weights = math.prod(layer.source_shape)
    codebook = _bytes(config.codebook_size * CODEBOOK_BITS)
    bias = _bytes(layer.outputs * config.acc_bits)
    order, packed = order_sizes(layer, gather)
    plain = _storage(
        entries=entries,
        weight_bits=entries * config.weight_bits,
        index_bits=entries * config.run_bits,
        columns=_bytes(counts.size * count_bits),
        tables=0,
        fixed=(codebook, bias, order),
        dense=dense,
    )
    codes, gaps = to_gaps(matrix)
    weight_bits, weight_table = _coded(codes)
    index_bits, index_table = _coded(gaps)
    huffman = _storage(
        entries=entries,
        weight_bits=weight_bits,
        index_bits=index_bits,
        columns=0,
        tables=weight_table + index_table,
        fixed=(codebook, bias, packed),
        dense=dense,
    )
    return LayerStorage(
        name=layer.name,
        weights=weights,
        nonzeros=matrix.nonzeros,
        density=matrix.nonzeros / weights,
        entries=entries,
        dense_bytes=dense,
        plain=plain,
        huffman=huffman,
    )


def _coded(symbols: NDArray[np.uint8]) -> tuple[int, int]:
    """Return the bits of Huffman-coded symbols and the bytes of their code's table."""
    frequencies = np.bincount(symbols)
    return int(frequencies @ code_lengths(frequencies).astype(np.int64)), frequencies.size


def _storage(
    *,
    entries: int,
    weight_bits: int,
    index_bits: int,
    columns: int,
    tables: int,
    fixed: tuple[int, int, int],
    dense: int,
) -> Storage:
    """Add up the parts of a layer; `fixed` is the bytes of codebook, biases and order."""
    weights, index = _bytes(weight_bits), _bytes(index_bits)
    total = weights + index + columns + tables + sum(fixed)
    return Storage(
        weight_bits=weight_bits / max(entries, 1),
        index_bits=index_bits / max(entries, 1),
        weights=weights,
        index=index,
        columns=columns,
        tables=tables,
        codebook=fixed[0],
        bias=fixed[1],
        order=fixed[2],
        total=total,
        rate=total / dense,
        ratio=dense / total,
    )


def _together(layers: Sequence[LayerStorage]) -> LayerStorage:
    """Add up layers."""
    weights = sum(layer.weights for layer in layers)
    nonzeros = sum(layer.nonzeros for layer in layers)
    entries = [layer.entries for layer in layers]
    dense = sum(layer.dense_bytes for layer in layers)
    return LayerStorage(
        name="total",
        weights=weights,
        nonzeros=nonzeros,
        density=nonzeros / weights,
        entries=sum(entries),
        dense_bytes=dense,
        plain=_sum([layer.plain for layer in layers], entries, dense),
        huffman=_sum([layer.huffman for layer in layers], entries, dense),
    )


def _sum(parts: Sequence[Storage], entries: Sequence[int], dense: int) -> Storage:
    """Add up the storage of layers with so many entries each."""
    pairs = list(zip(parts, entries, strict=True))
    count = max(sum(entries), 1)
    total = sum(part.total for part in parts)
    return Storage(
        weight_bits=sum(part.weight_bits * number for part, number in pairs) / count,
        index_bits=sum(part.index_bits * number for part, number in pairs) / count,
        weights=sum(part.weights for part in parts),
        index=sum(part.index for part in parts),
        columns=sum(part.columns for part in parts),
        tables=sum(part.tables for part in parts),
        codebook=sum(part.codebook for part in parts),
        bias=sum(part.bias for part in parts),
        order=sum(part.order for part in parts),
        total=total,
        rate=total / dense,
        ratio=dense / total,
    )


def _bytes(bits: int) -> int:
    """Return the bytes that hold some bits."""
    return -(-bits // 8)
