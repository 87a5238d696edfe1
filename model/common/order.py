"""Orders of inputs and outputs as they are stored."""

import numpy as np
from numpy.typing import NDArray

from zskip.model.common import huffman
from zskip.model.common.fixed import IntArray
from zskip.model.common.stream import LANES

USED, RANK = "used", "rank"
"""Parts of a packed order: which of the source there are, a bit each; their order among them."""

RUN_LENGTHS, RUN_CODES, STRIDE = "runs.lengths", "runs.packed", "stride"
"""In place of `RANK` for an order that ascends in few runs: a Huffman code of which run each one is
in; and the stride of `word_places`, if not 1, for positions that are gone through by words.
"""

MAX_RUNS = 8
"""An order of more runs has ranks."""

MAX_STRIDE = 256
"""Largest stride that is tried, a power of two."""

BYTE_RANKS = 256
"""Up to so many ranks are a byte each, and stay ranks."""


def word_places(count: int, stride: int) -> IntArray:
    """Return the place of every position where words are gone through one after the other.

    Parameters
    ----------
    count : int
        Positions.
    stride : int
        From one position of a word of `zskip.model.common.stream.LANES` to the next one of it.

    Returns
    -------
    ndarray of int64, shape (count,)
        Distinct; with places in between that no position has where words are not full.
    """
    rows, columns = np.divmod(np.arange(count), stride)
    words, lanes = np.divmod(rows, LANES)
    return (words * stride + columns) * LANES + lanes


def order_type(count: int) -> np.dtype[np.generic]:
    """Return the smallest unsigned type that holds the numbers below `count`, little endian."""
    fitting = [kind for kind in ("<u1", "<u2", "<u4") if count - 1 <= np.iinfo(kind).max]
    return np.dtype(fitting[0])


def is_stored(order: IntArray, count: int) -> bool:
    """Tell whether an order is worth storing: whether it is not all of `count` as they are."""
    return order.size != count or bool(np.any(order != np.arange(count)))


def packed_order(order: IntArray, count: int) -> dict[str, NDArray[np.generic]]:
    """Return an order in few bytes.

    Parameters
    ----------
    order : ndarray of int64, shape (positions,)
        The source's input or output at each position, all distinct.
    count : int
        Inputs or outputs of the source.

    Returns
    -------
    dict of str to ndarray
        `USED`, a bit for each of `count`, the first in the highest bit, unless all are there.
        Unless they ascend `RANK`, at each position which of these it is. Or, where more than
        `BYTE_RANKS` positions ascend in at most `MAX_RUNS` runs, `RUN_LENGTHS`, `RUN_CODES` and
        `STRIDE`: for each of these how many runs behind that of the one in front its run is, modulo
        `MAX_RUNS`, as neighbours are often in the same one.
    """
    parts: dict[str, NDArray[np.generic]] = {}
    if order.size != count:
        used = np.zeros(count, dtype=bool)
        used[order] = True
        parts[USED] = np.packbits(used)
    rank = np.argsort(np.argsort(order))
    if not is_stored(rank, rank.size):
        return parts
    return {**parts, **(_in_runs(rank) or {RANK: rank.astype(order_type(rank.size))})}


def _in_runs(rank: IntArray) -> dict[str, NDArray[np.generic]] | None:
    """Return ranks as runs, by the stride that makes fewest of them; None where they are many."""
    if rank.size <= BYTE_RANKS:
        return None
    strides = [1 << power for power in range(MAX_STRIDE.bit_length())]
    gone = [rank[np.argsort(word_places(rank.size, stride))] for stride in strides]
    counts = [1 + int(np.count_nonzero(np.diff(ranks) < 0)) for ranks in gone]
    best = counts.index(min(counts))
    if counts[best] > MAX_RUNS:
        return None
    runs = np.zeros(rank.size, dtype=np.uint8)
    runs[gone[best]] = np.cumsum(np.diff(gone[best], prepend=-1) < 0)
    steps = np.diff(runs, prepend=np.uint8(0)) % MAX_RUNS
    parts: dict[str, NDArray[np.generic]] = dict(
        zip((RUN_LENGTHS, RUN_CODES), huffman.encode(steps), strict=True)
    )
    if best:
        parts[STRIDE] = np.array([strides[best]], dtype="<u2")
    return parts


def _from_runs(parts: dict[str, NDArray[np.generic]], count: int) -> IntArray:
    """Return the rank at each position, of `count`, that runs stand for."""
    lengths, codes = (parts[part].astype(np.uint8) for part in (RUN_LENGTHS, RUN_CODES))
    runs = np.cumsum(huffman.decode(lengths, codes, count).astype(np.int64)) % MAX_RUNS
    stride = int(parts[STRIDE].astype(np.int64)[0]) if STRIDE in parts else 1
    rank = np.empty(count, dtype=np.int64)
    rank[np.argsort(word_places(count, stride))] = np.argsort(runs, kind="stable")
    return rank


def unpacked_order(parts: dict[str, NDArray[np.generic]], count: int) -> IntArray:
    """Return the order that its parts stand for, of those that `packed_order` gives.

    Ranks must be below the number of positions, and the stride at least 1.

    Raises
    ------
    InputError
        The code of runs is damaged.
    """
    used = np.arange(count)
    if USED in parts:
        used = np.flatnonzero(np.unpackbits(parts[USED].astype(np.uint8), count=count))
    if RUN_CODES in parts:
        return used[_from_runs(parts, used.size)]
    return used[parts[RANK].astype(np.int64)] if RANK in parts else used


def order_bytes(order: IntArray, count: int, *, packed: bool = False) -> int:
    """Return the bytes of an order of some of `count` inputs or outputs of the source."""
    if packed and packs(order, count):
        return sum(part.nbytes for part in packed_order(order, count).values())
    return order.size * order_type(count).itemsize if is_stored(order, count) else 0


def packs(order: IntArray, count: int) -> bool:
    """Tell whether an order takes fewer bytes packed: not where few of many are there."""
    size = sum(part.nbytes for part in packed_order(order, count).values())
    return size < order.size * order_type(count).itemsize
