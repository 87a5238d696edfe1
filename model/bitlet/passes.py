"""Passes of a Bitlet array, one for each layer, and the words that describe a pass.

In the program memory a pass takes two descriptor words (`PASS_WORD_0`, `PASS_WORD_1`) and an empty
one. Lengths of vectors are in places of 16 bits, of which an activation of float32 takes two.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.bitfields import Field, pack
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.floats import FLOAT16, FLOAT32, FloatFormat
from zskip.model.common.passes import DESCRIPTOR_WORDS, PASS_WORD_0
from zskip.model.common.stream import FIXED, ActivationFormat

PASS_WORD_1 = (
    Field("rounds", 0, 16, "rounds: outputs of all rows of every engine"),
    Field("groups", 16, 16, "groups of pairs of each output"),
    Field("format", 32, 2, "numbers of the layer: 0 integers, 1 float16, 2 float32"),
    Field("joined", 34, 1, "all lanes of an engine compute one row"),
    Field("subtracted", 35, 1, "the last lane of every row is subtracted"),
    Field("mask", 36, 24, "lanes that are switched on"),
)
"""Second descriptor word."""

FORMATS: tuple[FloatFormat | None, ...] = (None, FLOAT16, FLOAT32)
"""The numbers of a layer by the code of `PASS_WORD_1`; None are integers."""

TAIL_WORDS = 1
"""Program words of a pass behind its descriptor, which are empty."""

PASS_WORDS = DESCRIPTOR_WORDS + TAIL_WORDS
"""Program words that one pass takes."""


def form_of(number: FloatFormat | None) -> ActivationFormat:
    """Return how activations of a format, or integers, stand in streams."""
    return ActivationFormat(number.bits // ACTIVATION_BITS, signed=False) if number else FIXED


@dataclass(frozen=True, kw_only=True)
class Pass:
    """One entry of the pass table: a layer.

    Parameters
    ----------
    outputs, inputs : int
        Activations of the layer's output and input vector.
    rounds, groups : int
        Rounds of the layer, and groups of each.
    number : FloatFormat or None
        Format of weights, biases and activations; None for integers.
    joined : bool
        Whether all lanes of an engine compute one row.
    subtracted : bool
        Whether the last lane of every row is subtracted.
    mask : int
        Bits of the lanes that are switched on, of all rows side by side.
    shift : int
        Write-back shift; 0 in floating point.
    relu : bool
        Whether negative outputs become 0.
    emit_outputs, emit_counters : bool
        Whether the pass sends the layer's outputs and its own counters out.
    last : bool
        Whether the run ends with this pass.
    swap : bool
        Whether the layer ends with this pass: always.
    """

    outputs: int
    inputs: int
    rounds: int
    groups: int
    number: FloatFormat | None
    joined: bool
    subtracted: bool
    mask: int
    shift: int
    relu: bool
    emit_outputs: bool
    emit_counters: bool
    last: bool
    swap: bool = True

    @property
    def form(self) -> ActivationFormat:
        """How activations stand in streams."""
        return form_of(self.number)

    def program_words(self) -> NDArray[np.uint64]:
        """Return the program words of the pass, uint64."""
        first = {field.name: int(getattr(self, field.name)) for field in PASS_WORD_0}
        first["outputs"] *= self.form.places
        first["inputs"] *= self.form.places
        second = pack(
            PASS_WORD_1,
            rounds=self.rounds,
            groups=self.groups,
            format=FORMATS.index(self.number),
            joined=int(self.joined),
            subtracted=int(self.subtracted),
            mask=self.mask,
        )
        return np.array([pack(PASS_WORD_0, **first), second, *[0] * TAIL_WORDS], dtype=np.uint64)
