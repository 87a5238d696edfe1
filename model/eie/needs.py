"""Memory that layers need: the smallest value of each configuration field that holds them."""

from collections.abc import Sequence

import numpy as np

from zskip.model.common.fixed import IntArray
from zskip.model.common.stream import LANES
from zskip.model.eie.config import LARGEST_GROUP, Config
from zskip.model.eie.encoding import block_rows
from zskip.model.eie.entries import count_entries, nonzero_positions
from zskip.model.eie.network import Layer
from zskip.model.eie.passes import local_depth
from zskip.model.eie.pointers import address_count, group_bits_of, layer_addresses
from zskip.model.eie.tiles import granule, smallest_tiles


def needed_fields(
    layers: Sequence[Layer],
    entries: Sequence[IntArray],
    addresses: Sequence[int],
    config: Config,
) -> dict[str, int]:
    """Return the smallest value of each configuration field that holds some layers.

    Parameters
    ----------
    layers : sequence of Layer
        The layers, encoded for any number of PEs.
    entries : sequence of ndarray of int64, each of shape (pe_count,)
        Entries of each PE of the configuration, for each layer, or its largest tile where weights
        are streamed.
    addresses : sequence of int
        Addresses of each layer's pointers, or its largest tile's.
    config : Config
        Gives the PE count, their accumulators and the entries per word.

    Returns
    -------
    dict of str to int
        By field name of `Config`.
    """
    longest = max(max(layer.inputs, layer.outputs) for layer in layers)
    words = [int(np.max(-(-counts // config.entries_per_word))) for counts in entries]
    if not config.streamed:
        words = [int(np.max(sum(-(-counts // config.entries_per_word) for counts in entries)))]
    depths = [local_depth(layer.outputs, config) for layer in layers]
    passes = [-(-depth // config.register_depth) for depth in depths]
    return {
        "activation_depth": max(LANES, 1 << (local_depth(longest, config) - 1).bit_length()),
        "spmat_depth": max(words),
        "pointer_depth": config.pointer_columns
        * (max(addresses) if config.streamed else sum(addresses)),
        "bias_depth": sum(depths),
        "pass_count": sum(passes),
    }


def encoded_fields(layers: Sequence[Layer], config: Config) -> dict[str, int]:
    """Return the smallest value of each configuration field that holds layers as they are encoded.

    Parameters
    ----------
    layers : sequence of Layer
        The layers, encoded for the configuration.
    config : Config
        The array.

    Returns
    -------
    dict of str to int
        By field name of `Config`.
    """
    if config.streamed:
        tiles = [smallest_tiles(layer.matrix, config) for layer in layers]
        return needed_fields(layers, [t[0] for t in tiles], [t[1] for t in tiles], config)
    entries = [layer.matrix.pointers[:, -1] for layer in layers]
    addresses = [layer_addresses(layer.matrix, config) for layer in layers]
    return needed_fields(layers, entries, addresses, config)


def lacking(needed: dict[str, int], limits: dict[str, int]) -> dict[str, int]:
    """Return those needs that are above their limits."""
    return {name: value for name, value in needed.items() if value > limits[name]}


class SourceOrder:
    """Layers with their rows in the order of the source, counted for any array.

    An array that holds them in this order holds them whether rows are balanced or not: balancing
    gives way to it where nothing else fits (`zskip.model.eie.compressor.assemble`).

    Parameters
    ----------
    layers : sequence of Layer
        At least one layer, encoded for any array.
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = layers
        self._places: list[tuple[IntArray, IntArray]] = []
        for layer in layers:
            columns, rows = nonzero_positions(layer.matrix)
            self._places.append((columns, np.argsort(np.argsort(layer.rows))[rows]))

    def least(self, config: Config) -> dict[str, int]:
        """Return what every order of the rows needs at least; words and pointers may be more."""
        entries = [np.zeros(1, dtype=np.int64)] * len(self.layers)
        nonzeros = sum(rows.size for _, rows in self._places)
        words = -(-nonzeros // (config.pe_count * config.entries_per_word))
        if config.streamed:
            words = 1
        addresses = self._addresses(config, LARGEST_GROUP)
        return needed_fields(self.layers, entries, addresses, config) | {"spmat_depth": words}

    def needed(self, config: Config) -> dict[str, int]:
        """Return a value of each field of an array that holds the layers.

        Each is the smallest, but of grouped pointers, whose groups are taken for as small as they
        could be.
        """
        entries = [
            self._tile(layer, config)
            if config.streamed
            else count_entries(columns, rows, layer.outputs, config)
            for layer, (columns, rows) in zip(self.layers, self._places, strict=True)
        ]
        return needed_fields(self.layers, entries, self._addresses(config), config)

    def _tile(self, layer: Layer, config: Config) -> IntArray:
        """Return the entries of a tile that has every weight and is as small as it may be."""
        columns = min(granule(config), layer.inputs)
        return np.array([columns * block_rows(layer.outputs, config)])

    def _addresses(self, config: Config, bits: int | None = None) -> list[int]:
        """Return the addresses of each layer's pointers, in groups of a size or the smallest."""
        counts = []
        for layer in self.layers:
            rows = block_rows(layer.outputs, config)
            size = group_bits_of(rows, config) if bits is None else bits
            blocks = -(-local_depth(layer.outputs, config) // rows)
            columns = min(granule(config), layer.inputs) if config.streamed else layer.inputs
            counts.append((1 if config.streamed else blocks) * address_count(columns, size, config))
        return counts

    def fits(self, config: Config) -> bool:
        """Return whether an array holds the layers."""
        limits = vars(config)
        return not (lacking(self.least(config), limits) or lacking(self.needed(config), limits))
