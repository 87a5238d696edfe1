"""Orders of inputs and outputs as they are stored."""

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import IntArray

USED, RANK = "used", "rank"
"""Parts of a packed order: which of the source there are, a bit each; their order among them."""


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
        `USED`, a bit for each of `count`, the first in the highest bit, unless all are there;
        `RANK`, at each position which of these it is, unless they ascend.
    """
    parts: dict[str, NDArray[np.generic]] = {}
    if order.size != count:
        used = np.zeros(count, dtype=bool)
        used[order] = True
        parts[USED] = np.packbits(used)
    rank = np.argsort(np.argsort(order))
    if is_stored(rank, rank.size):
        parts[RANK] = rank.astype(order_type(rank.size))
    return parts


def unpacked_order(parts: dict[str, NDArray[np.generic]], count: int) -> IntArray:
    """Return the order that its parts stand for; ranks must be below the number of positions."""
    used = np.arange(count)
    if USED in parts:
        used = np.flatnonzero(np.unpackbits(parts[USED].astype(np.uint8), count=count))
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
