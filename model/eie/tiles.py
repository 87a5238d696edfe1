"""Tiles: the columns of a pass that stand in a half of the memories where weights are streamed.

A tile is a range of columns of a block. It has pointers and sparse-matrix words of its own, which
begin at address 0 of a half. Where weights stay on chip, a pass is one tile of all its columns.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.bitfields import pack
from zskip.model.common.fixed import IntArray
from zskip.model.common.stream import LANES, load_packet
from zskip.model.eie.config import LARGEST_GROUP, Config
from zskip.model.eie.encoding import EncodedMatrix
from zskip.model.eie.packets import POINTER_HALF_BITS, TILE, TILE_WORD, Target
from zskip.model.eie.pointers import address_count, group_bits, pass_pointers


@dataclass(frozen=True, eq=False, kw_only=True)
class Tile:
    """Contents of a half of the memories of every PE.

    Parameters
    ----------
    first, end : int
        Columns of the layer: the first one, and the one behind the last.
    group_bits : int
        Columns to an address of the pointers, as a power of two.
    last : bool
        Whether the pass ends with this tile.
    spmat : tuple of ndarray of uint64, one array of shape (words,) for each PE
        Sparse-matrix words.
    pointers : ndarray of int64, shape (pe_count, 2 * addresses)
        Column pointers, an address in two halves; they count entries from the start of `spmat`.
    """

    first: int
    end: int
    group_bits: int
    last: bool
    spmat: tuple[NDArray[np.uint64], ...]
    pointers: IntArray

    def words(self, config: Config) -> NDArray[np.uint64]:
        """Return the packets that load the tile, uint64; the last one ends it."""
        packets = []
        for pe, words in enumerate(self.spmat):
            packets += weight_packets(pe, self.pointers[pe], words)
        address = self.first >> self.group_bits
        end = pack(
            TILE_WORD,
            end=self.end,
            first=self.first // (LANES * config.pe_count),
            pointer_base=-address % (1 << config.pair_bits),
            last=self.last,
        )
        packets.append(load_packet(TILE, np.array([end], dtype=np.uint64)))
        return np.concatenate(packets)


def weight_packets(
    pe: int, pointers: IntArray, words: NDArray[np.uint64]
) -> list[NDArray[np.uint64]]:
    """Return the packets that load pointers and sparse-matrix words of a PE from address 0."""
    pairs = pointers.astype(np.uint64).reshape(-1, 2)
    both = pairs[:, 0] | pairs[:, 1] << np.uint64(POINTER_HALF_BITS)
    return [
        load_packet(Target.POINTERS, both, pe=pe),
        load_packet(Target.SPMAT, words, pe=pe),
    ]


def granule(config: Config) -> int:
    """Return the columns of which a tile has a multiple: a word of each PE, or a whole group."""
    return max(LANES * config.pe_count, 1 << LARGEST_GROUP)


def tile_edges(pointers: IntArray, config: Config) -> list[int]:
    """Cut the columns of a block into tiles, as long as a half of the memories holds them.

    Parameters
    ----------
    pointers : ndarray of int64, shape (pe_count, columns + 1)
        Pointers of the block.
    config : Config
        The array.

    Returns
    -------
    list of int
        First column of each tile, and the number of columns. A tile of `granule` columns that is
        too large stays as it is.
    """
    columns = pointers.shape[1] - 1
    if not config.streamed:
        return [0, columns]
    bits = group_bits(pointers, config)
    places = [*range(0, columns, granule(config)), columns]
    edges = [0]
    for end, behind in zip(places[1:], [*places[2:], None], strict=True):
        if behind is None or not _holds(pointers, edges[-1], behind, bits, config):
            edges.append(end)
    return edges


def smallest_tiles(matrix: EncodedMatrix, config: Config) -> tuple[IntArray, int]:
    """Return what the smallest tiles of a matrix need: the most entries in a PE, and addresses.

    Parameters
    ----------
    matrix : EncodedMatrix
        The encoded matrix.
    config : Config
        The array that it is encoded for.

    Returns
    -------
    entries : ndarray of int64, shape (1,)
    addresses : int
    """
    entries = addresses = 0
    for pointers in pass_pointers(matrix):
        bits = group_bits(pointers, config)
        places = [*range(0, matrix.shape[1], granule(config)), matrix.shape[1]]
        entries = max(entries, int(np.diff(pointers[:, places], axis=1).max()))
        addresses = max(addresses, address_count(places[1], bits, config))
    return np.array([entries]), addresses


def _holds(pointers: IntArray, first: int, end: int, bits: int, config: Config) -> bool:
    """Tell whether a half holds some columns."""
    entries = int(np.max(pointers[:, end] - pointers[:, first]))
    return (
        -(-entries // config.entries_per_word) <= config.spmat_depth
        and address_count(end - first, bits, config) <= config.pointer_words
    )
