"""Bytes of an encoded network on chip and in storage."""

from dataclasses import dataclass, replace

from zskip.model.common import storage as common
from zskip.model.common.fixed import CODEBOOK_BITS, IntArray
from zskip.model.common.storage import (
    LayerStorage,
    coded,
    coded_bytewise,
    order_sizes,
    whole_bytes,
)
from zskip.model.nm.config import Config
from zskip.model.nm.fit import beat_shape, layer_beats
from zskip.model.nm.network import Layer, Network


@dataclass(frozen=True, kw_only=True)
class LayerFigures:
    """Slots and bytes of an encoded layer.

    Parameters
    ----------
    beats : int
        Beats that a word of activations takes.
    slots : int
        Weights that all PEs hold, those of 0 included.
    padding : int
        Those of them that are 0.
    chip_bytes : int
        Bytes on chip: weights with their positions, biases and codebook.
    """

    beats: int
    slots: int
    padding: int
    chip_bytes: int

    def cells(self) -> dict[str, str]:
        """Return the columns of a table, by heading."""
        share = self.padding / self.slots
        return {"beats": str(self.beats), "slots": f"{self.slots:,}", "padding": f"{share:.1%}"}


def layer_figures(layer: Layer, config: Config) -> LayerFigures:
    """Count the slots and bytes of a layer.

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
    beats = layer_beats(layer, config)
    blocks = beat_shape(layer, config)[0]
    bits = config.pe_count * (beats * config.word_bits + blocks * config.acc_bits)
    slots = config.pe_count * beats * config.slots
    return LayerFigures(
        beats=layer.matrix.beats,
        slots=slots,
        padding=slots - layer.nonzeros,
        chip_bytes=whole_bytes(bits + layer.codebook.size * CODEBOOK_BITS),
    )


@dataclass(frozen=True, kw_only=True)
class Storage:
    """Bytes of a layer or a network in storage.

    Parameters
    ----------
    weights, positions : int
        Bytes of the weights or codebook indices, and of their positions.
    tables : int
        Bytes of the tables of the Huffman codes.
    codebooks, biases : int
        Bytes of the shared weights and of the biases.
    order : int
        Bytes that say which input or output of the source stands where.
    dense_bytes : int
        Weights and biases as dense float32.
    """

    weights: int
    positions: int
    tables: int
    codebooks: int
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
        names = ("weights", "positions", "tables", "codebooks", "biases", "order")
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
    matrix = layer.matrix
    order, packed = order_sizes(layer, gather)
    plain = Storage(
        weights=whole_bytes(matrix.values.size * config.weight_bits),
        positions=whole_bytes(matrix.values.size * config.position_bits),
        tables=0,
        codebooks=whole_bytes(layer.codebook.size * CODEBOOK_BITS),
        biases=whole_bytes(layer.outputs * config.acc_bits),
        order=order,
        dense_bytes=layer.dense_bytes,
    )
    weights, weight_table = coded_bytewise(matrix.values, config.weight_bits)
    positions, position_table = (0, 0) if config.dense else coded(matrix.positions)
    huffman = replace(
        plain,
        weights=weights,
        positions=positions,
        tables=weight_table + position_table,
        order=packed,
    )
    return LayerStorage(plain=plain, huffman=huffman)
