"""Streams of prefix codes: written and searched for codes by array operations.

Where a code begins in a stream depends on all codes before it, which a loop over symbols follows
and an array operation cannot. So the stream is cut into lanes of some bits. For every bit that a
code might begin at, a table gives the length of that code; from the last bit of the lanes to the
first it then follows by how many bits the chain of codes from there reaches into the next lane.
Only the step from lane to lane is a loop. With the lanes' first codes known, the others are marked,
again in all lanes at once.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import BoolArray, IntArray

LANE_BITS = 256
LANES = 2**14
"""Lanes of a round; with their bits this bounds the memory to some megabytes."""

MAX_LENGTH = 16
"""Longest code, and so the number of places in the next lane where the next code may begin."""


def write_codes(
    packed: NDArray[np.uint8], position: int, codes: IntArray, lengths: NDArray[np.uint8]
) -> int:
    """Write codes into a stream, one behind the other.

    Parameters
    ----------
    packed : ndarray of uint8, shape (n,)
        The stream, most significant bits first, 0 from `position` on; it is changed.
    position : int
        Where the first code begins, in bits.
    codes : ndarray of int64, shape (m,)
        At least one code.
    lengths : ndarray of uint8, shape (m,)
        Bits of each code, 1 to 16.

    Returns
    -------
    int
        Position of the bit behind the last code.

    Notes
    -----
    A code reaches into at most three bytes, and no bit is set twice, so that sums of the parts
    that fall into the same byte put the byte together.
    """
    ends = position + np.cumsum(lengths, dtype=np.int64)
    starts = ends - lengths
    words = codes << (24 - lengths - (starts & 7))
    first, end = position >> 3, -(-int(ends[-1]) // 8)
    places = (starts >> 3) - first
    total = np.zeros(end - first + 2)
    for byte in range(3):
        part = words >> (16 - 8 * byte) & 255
        total += np.bincount(places + byte, weights=part, minlength=total.size)
    packed[first:end] += total[: end - first].astype(np.uint8)
    return int(ends[-1])


def find_codes(
    packed: NDArray[np.uint8], table: NDArray[np.uint8], count: int
) -> Iterator[IntArray]:
    """Find the codes of a stream, one behind the other from its first bit on.

    Parameters
    ----------
    packed : ndarray of uint8, shape (n,)
        The stream, most significant bits first. It ends in imagined zeros.
    table : ndarray of uint8, shape (2**width,)
        For every window of 0 to 16 bits the length of the code it begins with, 1 to 16.
    count : int
        Number of codes to look for.

    Yields
    ------
    ndarray of int64, shape (m,)
        For each of the next codes the `width` bits from its first bit on. The codes are fewer than
        `count` in total where the stream ends; the last one may reach beyond the end.
    """
    width = table.size.bit_length() - 1
    round_bytes = LANES * LANE_BITS // 8
    entry = 0
    for begin in range(0, packed.size, round_bytes):
        if count == 0:
            return
        words = _words(packed[begin : begin + round_bytes + 2], round_bytes)
        lengths = _lengths(words, table, width)
        starts = np.flatnonzero(_mark(lengths, _entries(lengths, entry))[:LANE_BITS].T)
        entry = int(starts[-1] + lengths[starts[-1] % LANE_BITS, -1]) - 8 * words.size
        starts = starts[: min(count, int(np.searchsorted(starts, 8 * (packed.size - begin))))]
        count -= starts.size
        yield _windows(words[starts >> 3], starts & 7, width)


def _words(stream: NDArray[np.uint8], round_bytes: int) -> IntArray:
    """Give the 24 bits from every byte on, for a whole number of lanes and at most a round."""
    size = -(-8 * min(stream.size, round_bytes) // LANE_BITS) * (LANE_BITS // 8)
    padded = np.zeros(size + 2, dtype=np.int64)
    padded[: stream.size] = stream[: size + 2]
    return padded[:-2] << 16 | padded[1:-1] << 8 | padded[2:]


def _windows(words: IntArray, shift: IntArray | int, width: int) -> IntArray:
    """Give `width` bits from a bit of words of 24 bits, bit 0 being the most significant one."""
    return words >> (24 - width - shift) & ((1 << width) - 1)


def _lengths(words: IntArray, table: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """Look up the code length at every bit: element ``[bit, lane]`` of shape (256, lanes)."""
    lengths = np.empty((words.size, 8), dtype=np.uint8)
    for bit in range(8):
        lengths[:, bit] = table[_windows(words, bit, width)]
    return np.ascontiguousarray(lengths.reshape(-1, LANE_BITS).T)


def _entries(lengths: NDArray[np.uint8], entry: int) -> IntArray:
    """Give the bit at which the first code of every lane begins, `entry` for the first lane."""
    lanes = lengths.shape[1]
    exits = np.empty((LANE_BITS + MAX_LENGTH, lanes), dtype=np.uint8)
    exits[LANE_BITS:] = np.arange(MAX_LENGTH)[:, None]
    flat = exits.ravel()
    place = np.arange(lanes) + LANE_BITS * lanes
    for bit in reversed(range(LANE_BITS)):
        place -= lanes
        exits[bit] = flat[place + lengths[bit].astype(np.int64) * lanes]
    entries: list[int] = []
    for lane_exits in exits[:MAX_LENGTH].T.tolist():
        entries.append(entry)
        entry = lane_exits[entry]
    return np.array(entries)


def _mark(lengths: NDArray[np.uint8], entries: IntArray) -> BoolArray:
    """Mark the bits where codes begin, of shape (256 + 16, lanes)."""
    lanes = entries.size
    marks = np.zeros((LANE_BITS + MAX_LENGTH, lanes), dtype=np.bool_)
    marks[entries, np.arange(lanes)] = True
    flat = marks.ravel()
    for bit in range(LANE_BITS):
        found = np.flatnonzero(marks[bit])
        flat[found + (bit + lengths[bit, found].astype(np.int64)) * lanes] = True
    return marks
