"""Passes of an EIE array: the blocks of a layer, and the words that describe a pass.

A layer is one pass, or one for each block of rows where it has more of them than the PEs have
accumulators. In the program memory a pass takes two descriptor words (`PASS_WORD_0`,
`PASS_WORD_1`) and then its codebook, four 16-bit values to a word.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.bitfields import Field, pack
from zskip.model.common.stream import FIXED, ActivationFormat, pack_activations
from zskip.model.eie.config import Config

PASS_WORD_0 = (
    Field("outputs", 0, 24, "length of the layer's output vector"),
    Field("inputs", 24, 24, "length of the layer's input vector"),
    Field("shift", 48, 6, "bits by which write-back scales the accumulator down"),
    Field("relu", 56, 1, "negative outputs become 0"),
    Field("emit_outputs", 57, 1, "the pass sends the layer's outputs"),
    Field("emit_counters", 58, 1, "the pass sends its counters"),
    Field("swap", 59, 1, "the layer ends with this pass: its outputs are the next inputs"),
    Field("last", 60, 1, "the run ends with this pass"),
    Field("group_bits", 61, 3, "columns to an address of the pointers: 2 to this power"),
)
"""First descriptor word."""

GROUP_BITS = next(field.bits for field in PASS_WORD_0 if field.name == "group_bits")
"""Width of the size of groups of pointers."""

SHIFT_BITS = next(field.bits for field in PASS_WORD_0 if field.name == "shift")
"""Width of the write-back shift."""

PASS_WORD_1 = (
    Field("pointer_base", 0, 18, "address of the first pointers, in every PE"),
    Field("bias_base", 18, 18, "address of the first bias, in every PE"),
    Field("row_base", 36, 14, "row of the first output, in every PE"),
    Field("rows", 50, 13, "rows of outputs in every PE"),
)
"""Second descriptor word."""

DESCRIPTOR_WORDS = 2
"""Program words in front of a pass's codebook."""


def pass_words(config: Config) -> int:
    """Return the program words that one pass takes."""
    return DESCRIPTOR_WORDS + config.codebook_words


@dataclass(frozen=True, eq=False, kw_only=True)
class Pass:
    """One entry of the pass table.

    Parameters
    ----------
    outputs, inputs : int
        Lengths of the layer's output and input vector.
    row_base, rows : int
        First output row of the pass and number of its rows, in every PE.
    pointer_base : int
        Address of the pass's first pointers in every PE.
    group_bits : int
        Columns to an address of the pointers, as a power of two.
    bias_base : int
        Address of the pass's first bias in every PE.
    shift : int
        Write-back shift.
    relu : bool
        Whether negative outputs become 0.
    codebook : ndarray of int64, shape (2 ** weight_bits,)
        Shared weights.
    emit_outputs, emit_counters : bool
        Whether the pass sends the layer's outputs and its own counters out.
    swap : bool
        Whether the layer ends with this pass.
    last : bool
        Whether the run ends with this pass.
    form : ActivationFormat
        How activations stand in streams: in fixed point.
    """

    outputs: int
    inputs: int
    row_base: int
    rows: int
    pointer_base: int
    group_bits: int
    bias_base: int
    shift: int
    relu: bool
    codebook: NDArray[np.int64]
    emit_outputs: bool
    emit_counters: bool
    swap: bool
    last: bool
    form: ActivationFormat = FIXED

    @property
    def hands_on(self) -> bool:
        """Whether the outputs of the pass are the inputs of the next one."""
        return self.swap and not self.last

    def words(self) -> NDArray[np.uint64]:
        """Return the program words of the pass, uint64."""
        descriptor = [
            pack(
                PASS_WORD_0,
                outputs=self.outputs,
                inputs=self.inputs,
                shift=self.shift,
                relu=self.relu,
                emit_outputs=self.emit_outputs,
                emit_counters=self.emit_counters,
                swap=self.swap,
                last=self.last,
                group_bits=self.group_bits,
            ),
            pack(
                PASS_WORD_1,
                pointer_base=self.pointer_base,
                bias_base=self.bias_base,
                row_base=self.row_base,
                rows=self.rows,
            ),
        ]
        return np.concatenate(
            (np.array(descriptor, dtype=np.uint64), pack_activations(self.codebook))
        )


def local_depth(length: int, config: Config) -> int:
    """Return the rows that a vector of `length` takes in each PE."""
    return -(-length // config.pe_count)


def block_depths(rows: int, block_rows: int, config: Config) -> list[int]:
    """Return the local rows of each block of a matrix."""
    depth = local_depth(rows, config)
    return [min(block_rows, depth - first) for first in range(0, depth, block_rows)]
