"""The pair of arrays that PyTorch keeps of a 2:4 matrix, as its CUTLASS backend lays it out.

Values are the kept weights of every row. Metadata tells where they stood, in nibbles: of a group of
four, the place of the first kept weight in the lower two bits and of the second one in the upper
two. Group 0 of a row is in the lowest bits of its first word; words have 16 bits, or 32 with
weights of 8 bits, and their order in memory is the one that `reorder_metadata` gives them. Of
float32 one weight of each pair is kept, with the code of two halves.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.errors import InputError
from zskip.model.common.fixed import IntArray

CODES = (14, 8, 9, 4, 14, 8, 9, -1, 14, 12, 13, -1, 14, -1, -1, -1)
"""Code of a group by which of its weights are not zero (bit 0 the first); -1 with too many."""

PAIR_CODES = (14, 4, 14, -1)
"""The same of a pair of float32."""

LEGAL = (4, 8, 9, 12, 13, 14)
"""Codes whose second place is above the first."""

Matrix = NDArray[np.generic]
Words = NDArray[np.generic]

WORD_TYPES = {"float16": np.int16, "float32": np.int16, "int8": np.int32}
"""Type of the metadata words by that of the weights."""


class SemiStructured(NamedTuple):
    """A 2:4 matrix as PyTorch keeps it.

    Parameters
    ----------
    values : ndarray, shape (outputs, inputs / 2)
        Kept weights.
    metadata : ndarray of int16 or int32, shape (outputs, words)
        Their places, in the order of `reorder_metadata`.
    """

    values: Matrix
    metadata: Words


def from_dense(weights: Matrix) -> SemiStructured:
    """Take a matrix of the pattern apart, as ``torch.sparse.to_sparse_semi_structured`` does.

    Parameters
    ----------
    weights : ndarray of float16, int8 or float32, shape (outputs, inputs)
        At most two weights of each four are not zero, of float32 one of each two. Outputs and
        inputs are multiples of 32 and 32, 16 and 64, or 32 and 16.

    Returns
    -------
    SemiStructured
        Where a group has fewer weights, zeros at the places that PyTorch 2.13 chooses are kept.

    Raises
    ------
    InputError
        The matrix is of another type or shape, or a group has too many weights.
    """
    if weights.ndim != 2 or weights.dtype.name not in WORD_TYPES:
        raise InputError(
            f"a semi-structured matrix must be made of a matrix of {', '.join(WORD_TYPES)}, not of "
            f"{weights.dtype} of shape {weights.shape}: convert it"
        )
    word = np.dtype(WORD_TYPES[weights.dtype.name])
    codes, size = (PAIR_CODES, 2) if weights.dtype == np.float32 else (CODES, 4)
    _check_shape(weights.shape, word, size)
    groups = weights.reshape(len(weights), -1, size)
    nibbles = np.array(codes)[(groups != 0) @ (1 << np.arange(size))]
    if (nibbles < 0).any():
        row, group = np.argwhere(nibbles < 0)[0].tolist()
        raise InputError(
            f"a group of {size} weights must have at most {size // 2} that are not zero, not "
            f"{np.count_nonzero(groups[row, group])} as inputs {group * size} to "
            f"{group * size + size - 1} of output {row}: prune to the pattern"
        )
    places = np.stack([nibbles & 3, nibbles >> 2], axis=2) if size > 2 else nibbles[..., None] >> 3
    values = np.take_along_axis(groups, places, axis=2).reshape(len(weights), -1)
    return SemiStructured(values, reorder_metadata(_packed(nibbles, word)))


def to_dense(values: Matrix, metadata: Words) -> Matrix:
    """Put a matrix together again; the inverse of `from_dense`.

    Parameters
    ----------
    values : ndarray of any type, shape (outputs, inputs / 2)
        Kept weights. Their number for each word tells whether they are of groups or of pairs.
    metadata : ndarray of int16 or int32, shape (outputs, words)
        Their places.

    Returns
    -------
    ndarray of the type of `values`, shape (outputs, inputs)

    Raises
    ------
    InputError
        The shapes or types do not belong together, or a code is illegal.
    """
    if metadata.dtype not in (np.int16, np.int32) or metadata.ndim != 2 or values.ndim != 2:
        raise InputError(
            "values and metadata must be matrices, the metadata of int16 or int32, not of shapes "
            f"{values.shape} and {metadata.shape} and of {metadata.dtype}: write them again"
        )
    nibbles = 2 * metadata.dtype.itemsize
    size = 4 if values.shape[1] != nibbles * metadata.shape[1] else 2
    if values.shape != (metadata.shape[0], metadata.shape[1] * nibbles * size // 2):
        raise InputError(
            f"metadata must have a nibble for each group of {len(values)} rows of "
            f"{values.shape[1]} values, not shape {metadata.shape} of {metadata.dtype}: write "
            "both again"
        )
    _check_shape((len(values), 2 * values.shape[1]), metadata.dtype, size)
    codes = _unpacked(restore_metadata(metadata))
    _check_codes(codes, LEGAL if size > 2 else PAIR_CODES[:2])
    places = np.stack([codes & 3, codes >> 2], axis=2) if size > 2 else codes[..., None] >> 3
    dense = np.zeros((*codes.shape, size), dtype=values.dtype)
    np.put_along_axis(dense, places, values.reshape(*codes.shape, -1), axis=2)
    return dense.reshape(len(values), -1)


def reorder_metadata(words: Words) -> Words:
    """Bring words from the order of their rows and columns to that of CUTLASS.

    Parameters
    ----------
    words : ndarray of int16 or int32, shape (rows, columns)
        Rows are a multiple of 32, or of 16 with words of 32 bits; columns are even.

    Returns
    -------
    ndarray of the same type and shape
        The same words elsewhere.
    """
    reordered = np.empty_like(words)
    reordered.reshape(-1)[_offsets(words)] = words
    return reordered


def restore_metadata(words: Words) -> Words:
    """Bring words back to the order of their rows and columns; inverse of `reorder_metadata`."""
    return words.reshape(-1)[_offsets(words)]


def _offsets(words: Words) -> IntArray:
    """Return the place in memory of each word: `reorder_meta` of CUTLASS's host_reorder.h."""
    group, interleave = (32, 4) if words.dtype.itemsize == 2 else (16, 2)
    rows, columns = np.indices(words.shape)
    rows = rows // group * group + rows % 8 * interleave + rows % group // 8
    # In each block of 2 x 2 the words of one diagonal change places.
    change = (columns % 2) * (rows % 2 == 0) - (rows % 2) * (columns % 2 == 0)
    rows, columns = rows + change, columns - change
    # Column-major, with two columns interleaved.
    return columns // 2 * (2 * len(words)) + 2 * rows + columns % 2


def _check_shape(shape: tuple[int, ...], word: np.dtype[np.generic], size: int) -> None:
    """Check that whole tiles of words hold a matrix of this shape."""
    outputs, inputs = 64 // word.itemsize, 4 * word.itemsize * size
    if not (shape[0] and shape[1]) or shape[0] % outputs or shape[1] % inputs:
        raise InputError(
            f"a semi-structured matrix of this type must have a multiple of {outputs} outputs and "
            f"of {inputs} inputs, not {shape[0]} x {shape[1]}: fill it with zeros"
        )


def _packed(nibbles: IntArray, word: np.dtype[np.generic]) -> Words:
    """Pack nibbles into words, the first in the lowest bits."""
    pairs = nibbles.astype(np.uint8).reshape(len(nibbles), -1, 2)
    octets = np.ascontiguousarray(pairs[..., 0] | pairs[..., 1] << 4)
    return octets.view(word.newbyteorder("<")).astype(word)


def _unpacked(words: Words) -> IntArray:
    """Return the nibbles of words, the lowest first."""
    octets = np.ascontiguousarray(words.astype(words.dtype.newbyteorder("<"))).view(np.uint8)
    return np.stack([octets & 15, octets >> 4], axis=2).reshape(len(words), -1).astype(np.int64)


def _check_codes(codes: IntArray, legal: tuple[int, ...]) -> None:
    """Check that every code names places in ascending order."""
    wrong = np.argwhere(~np.isin(codes, legal))
    if len(wrong):
        row, group = wrong[0].tolist()
        raise InputError(
            f"a code of the metadata must be one of {', '.join(f'{code:04b}' for code in legal)}, "
            f"not {int(codes[row, group]):04b} of group {group} of output {row}: write it again"
        )
