"""Column pointers as the memory holds them: pairs in two banks, or groups of columns.

An address has two halves. Of a pair these are the pointers of an even column and of the odd one
behind it. Of a group of ``G = 2 ** group_bits`` columns they are the first entry of the group, and
`COUNT_BITS` of counts: the entries of each column in ``COUNT_BITS / G`` bits, the first column's in
the lowest.
"""

import numpy as np

from zskip.model.common.fixed import BoolArray, IntArray
from zskip.model.eie.config import COUNT_BITS, LARGEST_GROUP, Config
from zskip.model.eie.encoding import EncodedMatrix
from zskip.model.eie.places import column_places, place_count

PAIR = 1
"""Group bits of pairs of pointers."""


def group_bits(pointers: IntArray, config: Config) -> int:
    """Return how large the groups of a pass are, as a power of two: the largest that hold it.

    Parameters
    ----------
    pointers : ndarray of int64, shape (pe_count, columns + 1)
        Pointers of the pass.
    config : Config
        The array.

    Returns
    -------
    int
        `PAIR` where pointers stand in pairs.
    """
    return group_bits_of(int(np.diff(pointers, axis=1).max()), config)


def group_bits_of(entries: int, config: Config) -> int:
    """Return the same for columns of at most so many entries."""
    sizes = range(LARGEST_GROUP, PAIR, -1) if config.grouped_pointers else ()
    return next((bits for bits in sizes if entries >> (COUNT_BITS >> bits) == 0), PAIR)


def address_count(columns: int, bits: int, config: Config) -> int:
    """Return the addresses that a pass takes; pairs have one pointer more than columns."""
    columns = place_count(columns, config)
    if not config.grouped_pointers:
        return (columns + 2) // 2
    return -(-columns >> bits)


def layer_addresses(matrix: EncodedMatrix, config: Config) -> int:
    """Return the addresses that all passes of a layer take.

    Parameters
    ----------
    matrix : EncodedMatrix
        The encoded matrix.
    config : Config
        The array that it is encoded for.
    """
    return sum(
        address_count(matrix.shape[1], group_bits(pointers, config), config)
        for pointers in pass_pointers(matrix)
    )


def pass_pointers(matrix: EncodedMatrix) -> list[IntArray]:
    """Return the pointers of each block of a matrix, shape (pe_count, columns + 1)."""
    columns = matrix.shape[1]
    return [
        matrix.pointers[:, block * columns : (block + 1) * columns + 1]
        for block in range(matrix.blocks)
    ]


def pointer_reads(active: BoolArray, bits: int, config: Config) -> IntArray:
    """Return the words of pointers that a PE reads in a pass.

    Parameters
    ----------
    active : ndarray of bool, shape (columns, n)
        Which columns are broadcast.
    bits : int
        The pass's `group_bits`.
    config : Config
        The array.

    Returns
    -------
    ndarray of int64, shape (n,)
        For each input vector. A word that is held serves all columns of its group.
    """
    if not config.holds_pointers:
        return config.pointer_reads * np.count_nonzero(active, axis=0)
    places = column_places(len(active), config)
    order = np.argsort(places)
    begins = np.flatnonzero(np.diff(places[order] >> bits, prepend=-1))
    return np.count_nonzero(np.logical_or.reduceat(active[order], begins, axis=0), axis=0)


def halves(pointers: IntArray, bits: int, config: Config) -> IntArray:
    """Return the halves of every address of a pass, one behind the other.

    Parameters
    ----------
    pointers : ndarray of int64, shape (pe_count, columns + 1)
        Pointers of the pass.
    bits : int
        Its `group_bits`.
    config : Config
        The array.

    Returns
    -------
    ndarray of int64, shape (pe_count, 2 * addresses)
        A pair that is not full repeats its pointer; columns that a group lacks have no entries.
    """
    if not config.grouped_pointers:
        return np.pad(pointers, ((0, 0), (0, pointers.shape[1] % 2)), mode="edge")
    counts = np.diff(pointers, axis=1)
    missing = -counts.shape[1] % (1 << bits)
    grouped = np.pad(counts, ((0, 0), (0, missing))).reshape(len(counts), -1, 1 << bits)
    places = np.arange(1 << bits) * (COUNT_BITS >> bits)
    first = pointers[:, : -1 : 1 << bits]
    return np.stack((first, (grouped << places).sum(axis=-1)), axis=-1).reshape(len(counts), -1)
