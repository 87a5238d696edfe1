"""Bytes that a network takes in the memories of the array."""

from dataclasses import dataclass

import numpy as np

from zskip.model.common.fixed import CODEBOOK_BITS
from zskip.model.common.stream import STREAM_BITS
from zskip.model.eie.config import Config
from zskip.model.eie.network import Layer
from zskip.model.eie.passes import DESCRIPTOR_WORDS, local_depth
from zskip.model.eie.pointers import layer_addresses


@dataclass(frozen=True, kw_only=True)
class Footprint:
    """Bytes of a layer in all PEs together, each memory rounded up to whole bytes.

    Parameters
    ----------
    entries : int
        Sparse-matrix words, the last one of each PE filled up.
    pointers : int
        Column pointers.
    codebook : int
        Shared weights, once for each pass.
    bias : int
        Biases, filled up to the same number in each PE.
    descriptor : int
        Entries of the pass table.
    """

    entries: int
    pointers: int
    codebook: int
    bias: int
    descriptor: int

    @property
    def total(self) -> int:
        """Bytes of all memories."""
        return self.entries + self.pointers + self.codebook + self.bias + self.descriptor


def footprint(layer: Layer, config: Config) -> Footprint:
    """Count the bytes that a layer takes on chip.

    Parameters
    ----------
    layer : Layer
        A layer that passes its `check`.
    config : Config
        The array it is encoded for.

    Returns
    -------
    Footprint
    """
    words = int(np.sum(-(-layer.matrix.pointers[:, -1] // config.entries_per_word)))
    passes = layer.matrix.blocks
    pointers = layer_addresses(layer.matrix, config) * config.pe_count
    biases = local_depth(layer.outputs, config) * config.pe_count
    return Footprint(
        entries=_bytes(words * config.word_bits),
        pointers=_bytes(pointers * config.pointer_word_bits),
        codebook=_bytes(passes * config.codebook_size * CODEBOOK_BITS),
        bias=_bytes(biases * config.acc_bits),
        descriptor=_bytes(passes * DESCRIPTOR_WORDS * STREAM_BITS),
    )


def _bytes(bits: int) -> int:
    """Return the bytes that hold some bits."""
    return -(-bits // 8)
