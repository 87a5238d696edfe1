"""Bytes of an encoded network on chip and in storage, and the zero bits of its weights."""

from dataclasses import dataclass, replace

import numpy as np

from zskip.model.bitlet.config import Config
from zskip.model.bitlet.network import Layer, Network
from zskip.model.bitlet.row import column_ones
from zskip.model.common import storage as common
from zskip.model.common.fixed import IntArray
from zskip.model.common.storage import LayerStorage, coded_bytewise, order_sizes, whole_bytes


@dataclass(frozen=True, kw_only=True)
class LayerFigures:
    """Bits and bytes of an encoded layer.

    Parameters
    ----------
    rows : int
        Rows that an engine computes side by side.
    groups : int
        Groups of a row.
    zero_bits : float
        Share of the bits of all magnitudes or significands that are 0, from 0 to 1; in floating
        point before they are aligned.
    chip_bytes : int
        Bytes on chip: weights and biases, with what fills up groups and rounds.
    """

    rows: int
    groups: int
    zero_bits: float
    chip_bytes: int

    def cells(self) -> dict[str, str]:
        """Return the columns of a table, by heading."""
        return {"rows": str(self.rows), "zero bits": f"{self.zero_bits:.1%}"}


def layer_figures(layer: Layer, config: Config) -> LayerFigures:
    """Count the bits and bytes of a layer.

    Parameters
    ----------
    layer : Layer
        A layer that passes its `check`.
    config : Config
        The array.

    Returns
    -------
    LayerFigures
    """
    shape = layer.cut(config)
    words = shape.steps * config.beats * config.word_bits
    biases = shape.rounds * config.segments * config.bias_bits
    ones = sum(
        int(column_ones(_magnitudes(layer, weights)[..., None], layer.magnitude_bits).sum())
        for _, weights in layer.weight_blocks()
    )
    return LayerFigures(
        rows=shape.rows,
        groups=shape.groups,
        zero_bits=1 - ones / (layer.matrix.size * layer.magnitude_bits),
        chip_bytes=whole_bytes(config.pe_count * (words + biases)),
    )


def _magnitudes(layer: Layer, weights: np.ndarray) -> np.ndarray:
    """Return the bits of weights that lanes hold."""
    if layer.number:
        return layer.number.unpack(weights).significands
    if layer.twos_complement:
        return weights & ((1 << layer.magnitude_bits) - 1)
    return np.abs(weights)


@dataclass(frozen=True, kw_only=True)
class Storage:
    """Bytes of a layer or a network in storage.

    Parameters
    ----------
    weights : int
        Bytes of the weights.
    tables : int
        Bytes of the tables of the Huffman codes.
    biases : int
        Bytes of the biases.
    order : int
        Bytes that say which input or output of the source stands where.
    dense_bytes : int
        Weights and biases as dense float32.
    """

    weights: int
    tables: int
    biases: int
    order: int
    dense_bytes: int

    @property
    def total(self) -> int:
        """All bytes."""
        return sum(self.parts().values())

    @property
    def ratio(self) -> float:
        """Bytes as dense float32 over `total`."""
        return self.dense_bytes / self.total

    def parts(self) -> dict[str, int]:
        """Return the bytes by part, in the order in which they are told."""
        names = ("weights", "tables", "biases", "order")
        return {name: getattr(self, name) for name in names}


NetworkStorage = common.NetworkStorage[Storage]
"""Bytes of a network in storage."""


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
    return NetworkStorage.of(
        [
            _layer_storage(layer, network.config, None if index else network.gather)
            for index, layer in enumerate(network.layers)
        ]
    )


def _layer_storage(layer: Layer, config: Config, gather: IntArray | None) -> LayerStorage[Storage]:
    """Count the bytes of a layer; the order of the network's inputs counts to the first."""
    bits = layer.precision.bits
    bias_bits = layer.number.bits if layer.number else config.acc_bits
    order, packed = order_sizes(layer, gather)
    plain = Storage(
        weights=whole_bytes(layer.matrix.size * bits),
        tables=0,
        biases=whole_bytes(layer.outputs * bias_bits),
        order=order,
        dense_bytes=layer.dense_bytes,
    )
    weights, tables = coded_bytewise(layer.matrix, bits)
    return LayerStorage(
        plain=plain, huffman=replace(plain, weights=weights, tables=tables, order=packed)
    )
