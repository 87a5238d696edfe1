"""From a compressed network to what the array holds: memory images and a table of passes."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.stream import load_packet
from zskip.model.eie.config import Config
from zskip.model.eie.encoding import EncodedMatrix
from zskip.model.eie.fit import check_fit
from zskip.model.eie.network import Network
from zskip.model.eie.packets import Target
from zskip.model.eie.passes import Pass, block_depths, local_depth, pass_words
from zskip.model.eie.places import placed
from zskip.model.eie.pointers import address_count, group_bits, halves, pass_pointers
from zskip.model.eie.tiles import Tile, tile_edges, weight_packets

COLUMN_CYCLES = 24
PASS_CYCLES = 64
"""More than a column takes beside its entries, from its scan through the tree to its last sum, and
more than a pass takes beside its columns, rows and program words."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Program:
    """Contents of every memory of the array.

    Parameters
    ----------
    config : Config
        The array.
    passes : tuple of Pass
        In the order in which they run.
    cycle_limits : tuple of int
        Cycles that each pass stays below, whatever its inputs are.
    spmat : tuple of ndarray of uint64, one array of shape (words,) for each PE
        Sparse-matrix words. A layer starts at a word boundary.
    pointers : ndarray of int64, shape (pe_count, 2 * addresses)
        Column pointers, an address in two halves (`zskip.model.eie.pointers`); they count entries
        from the start of the PE's sparse-matrix memory.
    bias : ndarray of int64, shape (pe_count, rows)
        Biases by local row.
    tiles : tuple of tuple of Tile
        Those of each pass, where weights are streamed; there are none in `spmat` and `pointers`
        then.
    """

    config: Config
    passes: tuple[Pass, ...]
    cycle_limits: tuple[int, ...]
    spmat: tuple[NDArray[np.uint64], ...]
    pointers: NDArray[np.int64]
    bias: NDArray[np.int64]
    tiles: tuple[tuple[Tile, ...], ...] = ()

    @property
    def pe_count(self) -> int:
        """Processing elements of the array."""
        return self.config.pe_count

    def contents(self, memory: str, pe: int = 0) -> NDArray[np.generic]:
        """Return the words of a memory from its first one on.

        Parameters
        ----------
        memory : str
            Name of one of `zskip.model.eie.images.memories`.
        pe : int
            PE number; 0 for memories that no PE owns.

        Returns
        -------
        ndarray of integers, shape (words,)
        """
        if memory == "pointers":
            first, counts = self.pointers[pe].reshape(-1, 2).T
            return first | counts << self.config.pointer_bits
        if memory == "program":
            return self.program_words()
        name, _, bank = memory.partition("_")
        words = {"spmat": self.spmat, "pointers": self.pointers, "bias": self.bias}[name][pe]
        return words[int(bank == "odd") :: 2] if bank else words

    def load_stream(self) -> NDArray[np.uint64]:
        """Return the packets that fill every memory of the array but those of tiles."""
        packets = []
        for pe in range(self.config.pe_count):
            if not self.config.streamed:
                packets += weight_packets(pe, self.pointers[pe], self.spmat[pe])
            packets.append(load_packet(Target.BIAS, self.bias[pe].view(np.uint64), pe=pe))
        packets.append(load_packet(Target.PROGRAM, self.program_words()))
        return np.concatenate(packets)

    def tile_stream(self) -> NDArray[np.uint64]:
        """Return the packets of all tiles in the order in which a run takes them."""
        tiles = [tile.words(self.config) for of_pass in self.tiles for tile in of_pass]
        return np.concatenate([np.zeros(0, dtype=np.uint64), *tiles])

    def pass_tiles(self, index: int) -> tuple[Tile, ...]:
        """Return the tiles of a pass; where weights stay on chip, one that has all of them."""
        if self.tiles:
            return self.tiles[index]
        entry = self.passes[index]
        whole = Tile(
            first=0,
            end=entry.inputs,
            group_bits=entry.group_bits,
            last=True,
            spmat=self.spmat,
            pointers=self.pointers,
        )
        return (whole,)

    def program_words(self) -> NDArray[np.uint64]:
        """Return the contents of the program memory, uint64."""
        return np.concatenate([entry.words() for entry in self.passes])


def plan(network: Network, *, trace: bool = False) -> Program:
    """Place a network in the memories of its array.

    Parameters
    ----------
    network : Network
        A network that passes its `check`.
    trace : bool
        Let every layer send out its outputs and every pass its counters, not only the last layer
        its outputs.

    Returns
    -------
    Program

    Raises
    ------
    InputError
        The network does not fit; the message names each limit and the configuration that holds it.
    """
    check_fit(network)
    config = network.config
    passes: list[Pass] = []
    limits: list[int] = []
    pointers: list[NDArray[np.int64]] = [np.zeros((config.pe_count, 0), dtype=np.int64)]
    tiles: list[tuple[Tile, ...]] = []
    images: list[list[NDArray[np.uint64]]] = [[] for _ in range(config.pe_count)]
    used_words = np.zeros(config.pe_count, dtype=np.int64)
    pointer_base = bias_base = 0
    for index, layer in enumerate(network.layers):
        last_layer = index == len(network.layers) - 1
        columns = layer.inputs
        matrix = placed(layer.matrix, config)
        offsets = used_words * config.entries_per_word
        depths = block_depths(layer.outputs, matrix.block_rows, config)
        for block, rows in enumerate(depths):
            ends_layer = block == len(depths) - 1
            of_block = pass_pointers(matrix)[block]
            size = group_bits(of_block, config)
            passes.append(
                Pass(
                    outputs=layer.outputs,
                    inputs=columns,
                    row_base=block * matrix.block_rows,
                    rows=rows,
                    pointer_base=pointer_base,
                    group_bits=size,
                    bias_base=bias_base,
                    shift=layer.scale.shift,
                    relu=layer.relu,
                    codebook=layer.codebook,
                    emit_outputs=ends_layer and (trace or last_layer),
                    emit_counters=trace,
                    swap=ends_layer,
                    last=ends_layer and last_layer,
                )
            )
            limits.append(_cycle_limit(of_block, rows, config))
            bias_base += rows
            if config.streamed:
                tiles.append(_tiles(matrix, of_block, size, config))
                continue
            pointers.append(halves(of_block + offsets[:, np.newaxis], size, config))
            pointer_base += address_count(columns, size, config)
        for pe in range(config.pe_count):
            where = slice(0, 0) if config.streamed else matrix.entry_range(pe)
            images[pe].append(spmat_words(matrix, where, config))
            used_words[pe] += images[pe][-1].size
    return Program(
        config=config,
        passes=tuple(passes),
        cycle_limits=tuple(limits),
        spmat=tuple(np.concatenate(image) for image in images),
        pointers=np.concatenate(pointers, axis=1),
        bias=np.concatenate([_by_pe(layer.bias, config) for layer in network.layers], axis=1),
        tiles=tuple(tiles),
    )


def _tiles(
    matrix: EncodedMatrix, pointers: NDArray[np.int64], size: int, config: Config
) -> tuple[Tile, ...]:
    """Cut a block of a matrix into tiles."""
    edges = tile_edges(pointers, config)
    starts = [matrix.entry_range(pe).start for pe in range(config.pe_count)]
    tiles = []
    for first, end in pairwise(edges):
        own = pointers[:, first : end + 1]
        places = own[:, [0, -1]] + np.array(starts)[:, np.newaxis]
        tiles.append(
            Tile(
                first=first,
                end=end,
                group_bits=size,
                last=end == edges[-1],
                spmat=tuple(spmat_words(matrix, slice(*place), config) for place in places),
                pointers=halves(own - own[:, :1], size, config),
            )
        )
    return tuple(tiles)


def spmat_words(matrix: EncodedMatrix, where: slice, config: Config) -> NDArray[np.uint64]:
    """Pack entries of one PE into sparse-matrix words, the last one filled up with 0.

    Parameters
    ----------
    matrix : EncodedMatrix
        The encoded matrix.
    where : slice
        The entries.
    config : Config
        Gives the entries per word.

    Returns
    -------
    ndarray of uint64, shape (words,)
    """
    entries = matrix.runs[where].astype(np.uint64) << np.uint64(config.weight_bits)
    entries |= matrix.codes[where]
    words = -(-entries.size // config.entries_per_word)
    slots = np.zeros((words, config.entries_per_word), dtype=np.uint64)
    slots.ravel()[: entries.size] = entries
    positions = np.arange(config.entries_per_word, dtype=np.uint64) * np.uint64(config.entry_bits)
    return np.bitwise_or.reduce(slots << positions, axis=1, initial=0)


def _cycle_limit(pointers: NDArray[np.int64], rows: int, config: Config) -> int:
    """Bound the cycles of a pass: its columns one after the other, with all units in a row."""
    fullest = np.diff(pointers, axis=1).max(axis=0)
    return int(np.sum(2 * fullest + COLUMN_CYCLES)) + rows + pass_words(config) + PASS_CYCLES


def _by_pe(bias: NDArray[np.int64], config: Config) -> NDArray[np.int64]:
    """Deal a vector out to the PEs by local row, filled up with 0."""
    dealt = np.zeros((local_depth(bias.size, config), config.pe_count), dtype=np.int64)
    dealt.ravel()[: bias.size] = bias
    return np.ascontiguousarray(dealt.T)
