"""Tiles of beats: the weights of engines that read them in order, where weights are streamed.

The weights of a run, of all its passes, are one sequence of beats. A tile has as many of them as a
half of the memories holds, the last one those that are left; it begins at address 0 of a half.
"""

import numpy as np

from zskip.model.common.bitfields import Field, pack
from zskip.model.common.slots import Words
from zskip.model.common.stream import load_packet

TILE_WORD = (Field("last", 0, 1, "the run ends with this tile"),)
"""The data word of the packet that ends a tile."""


def beat_tiles(weights: Words, depth: int, *, target: int, end: int) -> Words:
    """Return the packets of all tiles of a run.

    Parameters
    ----------
    weights : ndarray of uint64, shape (pe_count, beats, slices)
        Beats of each unit in the order in which they are read.
    depth : int
        Beats that a half holds.
    target, end : int
        Targets of the weights, and of the packet that ends a tile.

    Returns
    -------
    ndarray of uint64
    """
    packets = []
    beats = weights.shape[1]
    for first in range(0, beats, depth):
        tile = weights[:, first : first + depth]
        packets += [load_packet(target, words.ravel(), pe=pe) for pe, words in enumerate(tile)]
        word = pack(TILE_WORD, last=first + depth >= beats)
        packets.append(load_packet(end, np.array([word], dtype=np.uint64)))
    return np.concatenate(packets)


def reading_order(streamed: int, depth: int) -> str:
    """Tell where the weights and biases of a run are read, in words."""
    if streamed:
        return (
            "Biases are read from address 0 on, and weights from one tile after the other, of "
            f"{depth} beats each but for the last one"
        )
    return "Weights and biases are read from address 0 on"
