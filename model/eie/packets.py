"""Memories of the EIE array that load packets write, and the packet of an input vector."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.bitfields import Field
from zskip.model.common.stream import (
    LANES,
    STREAM_BITS,
    TargetFormat,
    load_packet,
    pack_activations,
)

POINTER_HALF_BITS = STREAM_BITS // 2
"""Bits that one pointer, or the counts of a group, take in a data word."""


class Target(IntEnum):
    """Memory that a load packet writes."""

    POINTERS = 0
    SPMAT = 1
    BIAS = 2
    ACTIVATIONS = 3
    PROGRAM = 4


TILE = len(Target)
"""Target of the packet of one word, `TILE_WORD`, that ends a tile; with streamed weights only."""

TILE_WORD = (
    Field("end", 0, 24, "inputs of the layer up to the end of the tile"),
    Field("first", 24, 14, "word of activations in every PE with which the tile begins"),
    Field("pointer_base", 38, 18, "address of the pointers of column 0, modulo that of a half"),
    Field("last", 56, 1, "the pass ends with this tile"),
)
"""The data word of a packet that ends a tile."""

TILED = (Target.POINTERS, Target.SPMAT)
"""Memories of two halves that tiles are loaded into, where weights are streamed."""

TARGETS = {
    Target.POINTERS: TargetFormat(
        f"even pointer, and odd pointer << {POINTER_HALF_BITS}; with groups the first entry of a "
        f"group, and the counts of its columns << {POINTER_HALF_BITS}",
        "pairs of pointers, or groups",
        True,
    ),
    Target.SPMAT: TargetFormat(
        "entries of the sparse matrix, the first in the lowest bits", "sparse-matrix words", True
    ),
    Target.BIAS: TargetFormat("one bias, two's complement", "local rows", True),
    Target.ACTIVATIONS: TargetFormat(
        f"{LANES} activations of consecutive index, the first in the lowest bits",
        f"groups of {LANES}",
        False,
    ),
    Target.PROGRAM: TargetFormat("a word of a pass", "program words", False),
}
"""How each memory is loaded."""


def input_packet(activations: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return the packet that loads an input vector.

    Parameters
    ----------
    activations : ndarray of int64, shape (inputs,)
        16-bit activations.

    Returns
    -------
    ndarray of uint64
    """
    return load_packet(Target.ACTIVATIONS, pack_activations(activations))
