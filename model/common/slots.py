"""Numbers of equal width side by side in wide words, which are held as stream words."""

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import IntArray
from zskip.model.common.stream import STREAM_BITS

Words = NDArray[np.uint64]


def pack_slots(slots: NDArray[np.uint64], bits: int, slices: int) -> Words:
    """Put numbers side by side, the first in the lowest bits.

    Parameters
    ----------
    slots : ndarray of uint64, shape (..., slots)
        From 0 to ``2**bits - 1``.
    bits : int
        Their width, at most 64.
    slices : int
        Stream words to make of each wide word; those behind the last number are 0.

    Returns
    -------
    ndarray of uint64, shape (..., slices)
        The lowest bits first.
    """
    words = np.zeros((*slots.shape[:-1], slices), dtype=np.uint64)
    for slot in range(slots.shape[-1]):
        index, bit = divmod(slot * bits, STREAM_BITS)
        words[..., index] |= slots[..., slot] << np.uint64(bit)
        if bit + bits > STREAM_BITS:
            words[..., index + 1] |= slots[..., slot] >> np.uint64(STREAM_BITS - bit)
    return words


def unpack_slots(words: Words, count: int, bits: int) -> IntArray:
    """Take the numbers out of wide words again.

    Parameters
    ----------
    words : ndarray of uint64, shape (..., slices)
        The lowest bits first.
    count : int
        Numbers in each wide word.
    bits : int
        Their width, at most 62.

    Returns
    -------
    ndarray of int64, shape (..., count)
    """
    index, bit = np.divmod(np.arange(count) * bits, STREAM_BITS)
    low = words[..., index] >> bit.astype(np.uint64)
    above = STREAM_BITS - bit
    crossing = above < bits
    high = words[..., np.where(crossing, index + 1, index)]
    # A number that crosses no border takes nothing from the word above.
    low |= np.where(crossing, high << np.where(crossing, above, 0).astype(np.uint64), 0)
    return (low & np.uint64((1 << bits) - 1)).astype(np.int64)
