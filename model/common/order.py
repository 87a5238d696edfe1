"""Orders of inputs and outputs as they are stored."""

import numpy as np

from zskip.model.common.fixed import IntArray


def order_type(count: int) -> np.dtype[np.generic]:
    """Return the smallest unsigned type that holds the numbers below `count`, little endian."""
    fitting = [kind for kind in ("<u1", "<u2", "<u4") if count - 1 <= np.iinfo(kind).max]
    return np.dtype(fitting[0])


def is_stored(order: IntArray, count: int) -> bool:
    """Tell whether an order is worth storing: whether it is not all of `count` as they are."""
    return order.size != count or bool(np.any(order != np.arange(count)))


def order_bytes(order: IntArray, count: int) -> int:
    """Return the bytes of an order of some of `count` inputs or outputs of the source."""
    return order.size * order_type(count).itemsize if is_stored(order, count) else 0
