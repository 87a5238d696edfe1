"""Passes of an N:M array, one for each layer, and the words that describe a pass.

In the program memory a pass takes two descriptor words (`PASS_WORD_0`, `PASS_WORD_1`), and then its
codebook, four 16-bit values to a word, or one empty word where weights are integers.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.bitfields import Field, pack
from zskip.model.common.fixed import IntArray
from zskip.model.common.passes import DESCRIPTOR_WORDS, PASS_WORD_0
from zskip.model.common.stream import FIXED, LANES, ActivationFormat, pack_activations
from zskip.model.nm.config import Config

PASS_WORD_1 = (
    Field("blocks", 0, 16, "blocks of rows: outputs of every PE"),
    Field("words", 16, 16, "words of activations that a block of rows reads"),
    Field("beats", 32, 5, "beats of weights for each word of activations"),
)
"""Second descriptor word."""


def tail_words(config: Config) -> int:
    """Return the program words of a pass behind its descriptor."""
    return config.codebook_size // LANES if config.shares_weights else 1


def pass_words(config: Config) -> int:
    """Return the program words that one pass takes."""
    return DESCRIPTOR_WORDS + tail_words(config)


@dataclass(frozen=True, eq=False, kw_only=True)
class Pass:
    """One entry of the pass table: a layer.

    Parameters
    ----------
    outputs, inputs : int
        Lengths of the layer's output and input vector.
    blocks, words, beats : int
        Blocks of rows, words of activations that each reads, and beats of weights for each.
    shift : int
        Write-back shift.
    relu : bool
        Whether negative outputs become 0.
    codebook : ndarray of int64, shape (16,) or (0,)
        Shared weights, if weights are indices.
    emit_outputs, emit_counters : bool
        Whether the pass sends the layer's outputs and its own counters out.
    last : bool
        Whether the run ends with this pass.
    swap : bool
        Whether the layer ends with this pass: always.
    form : ActivationFormat
        How activations stand in streams: in fixed point.
    """

    outputs: int
    inputs: int
    blocks: int
    words: int
    beats: int
    shift: int
    relu: bool
    codebook: IntArray
    emit_outputs: bool
    emit_counters: bool
    last: bool
    swap: bool = True
    form: ActivationFormat = FIXED

    @property
    def beat_count(self) -> int:
        """Beats of weights of the pass in every PE, one a cycle."""
        return self.blocks * self.words * self.beats

    def program_words(self) -> NDArray[np.uint64]:
        """Return the program words of the pass, uint64."""
        descriptor = [
            pack(layout, **{field.name: int(getattr(self, field.name)) for field in layout})
            for layout in (PASS_WORD_0, PASS_WORD_1)
        ]
        tail = pack_activations(self.codebook) if self.codebook.size else np.zeros(1, np.uint64)
        return np.concatenate((np.array(descriptor, dtype=np.uint64), tail))
