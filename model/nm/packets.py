"""Memories of the N:M array that load packets write, and the packet of an input vector."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.stream import LANES, TargetFormat, load_packet, pack_activations


class Target(IntEnum):
    """Memory that a load packet writes."""

    WEIGHTS = 0
    BIASES = 1
    ACTIVATIONS = 2
    PROGRAM = 3


TILE = len(Target)
"""Target of the packet of one word that ends a tile; with streamed weights only."""

TARGETS = {
    Target.WEIGHTS: TargetFormat(
        "64 bits of a beat of weights, the lowest first; a beat takes a power of two of words",
        "words of beats",
        True,
    ),
    Target.BIASES: TargetFormat("one bias, two's complement", "blocks of rows", True),
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
        16-bit activations. What the last word of activations has beyond them is zero or keeps an
        older value; the array takes it as 0.

    Returns
    -------
    ndarray of uint64
    """
    return load_packet(Target.ACTIVATIONS, pack_activations(activations))
