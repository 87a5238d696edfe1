"""Memories of the Bitlet array that load packets write."""

from enum import IntEnum

from zskip.model.common.stream import LANES, TargetFormat


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
    Target.BIASES: TargetFormat(
        "the bias of a row; a round takes a power of two of words, the first row's first",
        "words of rounds",
        True,
    ),
    Target.ACTIVATIONS: TargetFormat(
        f"{LANES} places of 16 bits, the first in the lowest bits; an activation of float32 takes "
        "two places, the low half first",
        f"groups of {LANES}",
        False,
    ),
    Target.PROGRAM: TargetFormat("a word of a pass", "program words", False),
}
"""How each memory is loaded."""
