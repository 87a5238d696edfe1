"""The streams of every engine: packets of 64-bit words that move data in and out of a block.

A load packet is a header and ``words`` data words for consecutive addresses of one memory; the
engine says which memories there are and what a data word of each holds. The block answers with
result packets; `KINDS` says what their data words hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.bitfields import Field, pack
from zskip.model.common.fixed import ACTIVATION_BITS

STREAM_BITS = 64
"""Width of one beat of the load and result streams, bits."""

LANES = STREAM_BITS // ACTIVATION_BITS
"""Activations carried by one beat of the load and result streams."""

COUNTER_BITS = 32
"""Width of every performance counter, bits."""

COUNTERS_PER_WORD = STREAM_BITS // COUNTER_BITS
"""Counters in one data word of a counters packet."""

TARGET_BITS = 8
PE_BITS = 16
ADDRESS_BITS = 20
"""Widths in the header of a packet: target, PE, and address or number of words."""

MAX_WORDS = (1 << ADDRESS_BITS) - 1
"""Most data words of a packet."""


class TargetFormat(NamedTuple):
    """How a memory is loaded.

    Parameters
    ----------
    word : str
        What a data word holds.
    unit : str
        What the address counts.
    per_pe : bool
        Whether ``pe`` selects a PE; it must be 0 otherwise.
    """

    word: str
    unit: str
    per_pe: bool


class Kind(IntEnum):
    """Kind of a result packet."""

    OUTPUTS = 0
    COUNTERS = 1


KINDS = {
    Kind.OUTPUTS: (
        f"outputs of the layer that ends with the pass, {LANES} to a word, the first in the lowest "
        f"bits"
    ),
    Kind.COUNTERS: (
        f"counters of the pass, {COUNTERS_PER_WORD} to a word, the first in the lowest bits: the "
        "central ones, then those of each PE"
    ),
}
"""Contents of the data words of each kind of result packet."""


class ErrorCode(IntEnum):
    """First error since reset; the data of a refused packet is dropped, a bad program ends."""

    NONE = 0
    TARGET = 1
    PE = 2
    RANGE = 3
    PROGRAM = 4
    METADATA = 5
    INPUT = 6
    START = 7
    EARLY_LAST = 8
    LATE_LAST = 9
    PARITY = 10
    TILE = 11


ERRORS = {
    ErrorCode.NONE: "no error since reset",
    ErrorCode.TARGET: "a load packet names no memory",
    ErrorCode.PE: "a load packet names a PE that does not exist",
    ErrorCode.RANGE: "a load packet reaches beyond the end of its memory",
    ErrorCode.PROGRAM: (
        "a pass has no inputs, outputs or rows or too many for the array, or no pass is the last"
    ),
    ErrorCode.METADATA: "the weights of a pass stand at positions that their encoding excludes",
    ErrorCode.INPUT: (
        "a start in the middle of a load packet, or without the whole input vector of the first "
        "pass, loaded in ascending order since the run before"
    ),
    ErrorCode.START: "behind AXI: a start in the middle of a packet, or while `STATUS.ready` is 0",
    ErrorCode.EARLY_LAST: "behind AXI: a packet ends before the words that its header announces",
    ErrorCode.LATE_LAST: "behind AXI: a packet goes on behind the words that its header announces",
    ErrorCode.PARITY: (
        "with parity: a word of an SRAM was used whose parity is wrong; nothing is sent from then "
        "on in that run, and a packet under way ends with a word of 0"
    ),
    ErrorCode.TILE: (
        "streamed weights: a tile that is not one of the layer or the run, or another packet in "
        "front of a tile that a pass waits for"
    ),
}
"""Meaning of each error code."""

LOAD_HEADER = (
    Field("target", 0, TARGET_BITS, "memory to write"),
    Field("pe", 8, PE_BITS, "number of the PE; 0 for memories that no PE owns"),
    Field("address", 24, ADDRESS_BITS, "where the first data word goes"),
    Field("words", 44, ADDRESS_BITS, "data words that follow"),
)
"""Header of a load packet."""

RESULT_HEADER = (
    Field("kind", 0, 8, "what the packet carries"),
    Field("pass_index", 8, 16, "number of the pass, from 0"),
    Field("words", 44, ADDRESS_BITS, "data words that follow"),
)
"""Header of a result packet."""


def header_error(
    fields: Mapping[str, int], memories: Mapping[int, tuple[int, bool]], pe_count: int
) -> ErrorCode:
    """Return why a block refuses a load packet, or ``NONE``.

    Parameters
    ----------
    fields : mapping of str to int
        Fields of its `LOAD_HEADER`.
    memories : mapping of int to (int, bool)
        Words of the memory of each target, and whether each PE has one.
    pe_count : int
        Number of PEs.

    Returns
    -------
    ErrorCode
        The first that holds of ``TARGET``, ``PE`` and ``RANGE``; a packet without words is never
        refused.
    """
    if not fields["words"]:
        return ErrorCode.NONE
    if fields["target"] not in memories:
        return ErrorCode.TARGET
    words, per_pe = memories[fields["target"]]
    if fields["pe"] >= (pe_count if per_pe else 1):
        return ErrorCode.PE
    return ErrorCode.RANGE if fields["address"] + fields["words"] > words else ErrorCode.NONE


def load_packet(
    target: int, data: NDArray[np.uint64], *, pe: int = 0, address: int = 0
) -> NDArray[np.uint64]:
    """Return a load packet.

    Parameters
    ----------
    target : int
        Memory to write, by the engine's code of it.
    data : ndarray of uint64, shape (words,)
        Data words.
    pe : int
        PE number.
    address : int
        Address of the first word, in the target's own unit.

    Returns
    -------
    ndarray of uint64, shape (words + 1,)

    Raises
    ------
    InputError
        A header field does not fit.
    """
    header = pack(LOAD_HEADER, target=target, pe=pe, address=address, words=data.size)
    return np.concatenate((np.array([header], dtype=np.uint64), data.astype(np.uint64)))


@dataclass(frozen=True)
class ActivationFormat:
    """How activations stand in streams, in places of 16 bits, `LANES` to a word.

    Parameters
    ----------
    places : int
        Places of an activation, 1 or 2, the low half first.
    signed : bool
        Whether it is a two's complement number; otherwise a number from 0 on.
    """

    places: int
    signed: bool

    @property
    def dtype(self) -> np.dtype[np.integer[Any]]:
        """Type of an activation in memory."""
        kind = "i" if self.signed else "u"
        return np.dtype(f"<{kind}{self.places * ACTIVATION_BITS // 8}")


FIXED = ActivationFormat(places=1, signed=True)
"""Activations in fixed point."""


def pack_activations(
    activations: NDArray[np.int64], form: ActivationFormat = FIXED
) -> NDArray[np.uint64]:
    """Pack activations into words, the first lowest, the last word padded with 0."""
    per_word = LANES // form.places
    padded = np.zeros(-(-activations.size // per_word) * per_word, dtype=form.dtype)
    padded[: activations.size] = activations
    return padded.view("<u8")


def unpack_activations(
    words: NDArray[np.uint64], count: int, form: ActivationFormat = FIXED
) -> NDArray[np.int64]:
    """Return the first `count` activations of packed words."""
    return words.astype("<u8").view(form.dtype)[:count].astype(np.int64)


def unpack_counters(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return the counters of packed words, two a word, the first lowest."""
    return words.astype("<u8").view("<u4").astype(np.int64)
