"""Spread of a layer's entries over the PEs, for the array's PE count and for others.

More PEs own shorter slices of each column, which need less padding and are harder to balance
(EIE paper, figures 12 and 13).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import IntArray
from zskip.model.eie.compressor.balance import balance
from zskip.model.eie.config import PE_COUNTS, Config
from zskip.model.eie.encoding import EncodedMatrix
from zskip.model.eie.entries import count_entries, nonzero_positions
from zskip.model.eie.network import Network


@dataclass(frozen=True, kw_only=True)
class Spread:
    """A matrix, or several together, encoded for some number of PEs.

    Parameters
    ----------
    pe_count : int
        Processing elements.
    entries, padding : int
        Stored entries of all PEs, padding included, and those of them that are padding.
    padding_share : float
        Padding among the entries, 0 to 1; 0 without entries.
    balance : float
        Entries of the fullest PE against the mean of all PEs, 1 to `pe_count`; 1 without entries.
    """

    pe_count: int
    entries: int
    padding: int
    padding_share: float
    balance: float


@dataclass(frozen=True, kw_only=True)
class LayerDistribution:
    """Spread of a layer's entries over the PEs.

    Parameters
    ----------
    name : str
        Name of the layer.
    spreads : tuple of Spread
        One for each of `PE_COUNTS`.
    entries_per_pe, padding_per_pe : tuple of int, each of length pe_count
        Entries of each PE of the network's own array, padding included, and the padding.
    """

    name: str
    spreads: tuple[Spread, ...]
    entries_per_pe: tuple[int, ...]
    padding_per_pe: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """Spread of a network's entries over the PEs.

    Parameters
    ----------
    layers : tuple of LayerDistribution
        One for each layer.
    spreads : tuple of Spread
        Of all layers together, one for each of `PE_COUNTS`.
    """

    layers: tuple[LayerDistribution, ...]
    spreads: tuple[Spread, ...]


def distribution(
    network: Network, counts: Sequence[Sequence[IntArray]] | None = None
) -> Distribution:
    """Return the spread of a network's entries over the PEs.

    Parameters
    ----------
    network : Network
        A network that passes its `check`. It need not fit its configuration.
    counts : sequence of sequences of ndarray of int64, optional
        What `entries_by_pe_count` gives for each layer, where that is known already.

    Returns
    -------
    Distribution
    """
    matrices = [layer.matrix for layer in network.layers]
    counts = counts or [entries_by_pe_count(matrix, network.config) for matrix in matrices]
    layers = tuple(
        LayerDistribution(
            name=layer.name,
            spreads=_spreads(by_count, layer.matrix.nonzeros),
            entries_per_pe=tuple(layer.matrix.pointers[:, -1].tolist()),
            padding_per_pe=tuple(_padding_per_pe(layer.matrix).tolist()),
        )
        for layer, by_count in zip(network.layers, counts, strict=True)
    )
    together = [np.sum(of_layers, axis=0) for of_layers in zip(*counts, strict=True)]
    nonzeros = sum(matrix.nonzeros for matrix in matrices)
    return Distribution(layers=layers, spreads=_spreads(together, nonzeros))


def entries_by_pe_count(
    matrix: EncodedMatrix, config: Config, pe_counts: Sequence[int] = PE_COUNTS
) -> list[IntArray]:
    """Count the entries that the PEs of other arrays would hold, without encoding them.

    Parameters
    ----------
    matrix : EncodedMatrix
        The matrix, encoded for any number of PEs.
    config : Config
        The arrays, but for their number of PEs. With `Config.balanced_rows` the rows are balanced
        anew, by their non-zeros, for every number but that of the matrix.
    pe_counts : sequence of int, optional
        Numbers of PEs, powers of two from 1 to 256.

    Returns
    -------
    list of ndarray of int64, each of shape (pe_count,)
        Entries of each PE, padding included: the last pointers that
        `zskip.model.eie.encoding.encode` gives for so many PEs.
    """
    columns, rows = nonzero_positions(matrix)
    height = matrix.shape[0]
    counts = []
    for pe_count in pe_counts:
        other = config.replace(pe_count=pe_count)
        places = rows
        if config.balanced_rows and pe_count != matrix.pe_count:
            order = balance(np.bincount(rows, minlength=height), other)
            places = np.argsort(order)[rows]
        counts.append(count_entries(columns, places, height, other))
    return counts


def _spreads(counts: Sequence[IntArray], nonzeros: int) -> tuple[Spread, ...]:
    """Sum up the entries of each PE for several numbers of PEs."""
    spreads = []
    for by_pe in counts:
        entries = int(by_pe.sum())
        spreads.append(
            Spread(
                pe_count=by_pe.size,
                entries=entries,
                padding=entries - nonzeros,
                padding_share=(entries - nonzeros) / max(entries, 1),
                balance=int(by_pe.max()) * by_pe.size / entries if entries else 1.0,
            )
        )
    return tuple(spreads)


def _padding_per_pe(matrix: EncodedMatrix) -> NDArray[np.intp]:
    """Count the padding of each PE."""
    owners = np.repeat(np.arange(matrix.pe_count), matrix.pointers[:, -1])
    return np.bincount(owners[matrix.codes == 0], minlength=matrix.pe_count)
