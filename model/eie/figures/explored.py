"""The array's own columns of an exploration, and counters of a layer that need not fit."""

from collections.abc import Sequence

import numpy as np

from zskip.model.common.counters import Counters, summed
from zskip.model.common.fixed import BoolArray, IntArray
from zskip.model.eie.config import Config
from zskip.model.eie.cycles import layer_timing
from zskip.model.eie.encoding import EncodedMatrix
from zskip.model.eie.figures.switches import switch_bits
from zskip.model.eie.figures.work import word_reads, work
from zskip.model.eie.network import Network
from zskip.model.eie.pe.sparse_matrix_read import SparseMatrixRead
from zskip.model.eie.places import column_places, placed
from zskip.model.eie.pointers import group_bits, pass_pointers, pointer_reads

WIDTHS = (32, 64, 128, 256, 512)
"""Bits of a sparse-matrix word that reads are counted for (figure 9 of the paper)."""


def layer_counters(network: Network, activations: IntArray) -> Counters:
    """Compute the counters of a network of one layer that its cost is of.

    They follow from the encoded matrix and the cycle model alone, so that the memories that hold
    the layer need not be such as can be built.

    Parameters
    ----------
    network : Network
        A network of one layer.
    activations : ndarray of int64, shape (n, inputs)
        Its inputs in the user's order.

    Returns
    -------
    Counters
        All but ``saturations`` and ``overflows``; those of single PEs that do not depend on timing
        are given of all PEs together.
    """
    layer, config = network.layers[0], network.config
    given = network.select(activations)
    passes = layer_timing(layer.matrix, given, config)
    done = work(layer.matrix, given)
    spmat, pointers = _reads(layer.matrix, (given != 0).T, config)
    counted = {
        "broadcasts": done.columns * len(passes),
        "entries": done.entries,
        "padding": done.padding,
        "spmat_reads": spmat,
        "pointer_reads": pointers,
    }
    return summed(passes) | Counters(central=counted)


def _reads(matrix: EncodedMatrix, active: BoolArray, config: Config) -> tuple[IntArray, IntArray]:
    """Count the words of the sparse matrix and of pointers that all PEs read."""
    reader = SparseMatrixRead(config, np.zeros(0, dtype=np.uint64))
    places = column_places(matrix.shape[1], config)
    spmat = pointer = np.zeros(active.shape[1], dtype=np.int64)
    for pointers in pass_pointers(placed(matrix, config)):
        for of_pe in pointers:
            spmat = spmat + reader.reads(of_pe[places], of_pe[places + 1], active)
        words = pointer_reads(active, group_bits(pointers, config), config)
        pointer = pointer + config.pe_count * words
    return spmat, pointer


def explored(
    network: Network, sources: Sequence[IntArray], counters: Counters
) -> dict[str, int | float]:
    """Return the array's own columns of a network.

    Parameters
    ----------
    network : Network
        The network.
    sources : sequence of ndarray of int64, shape (n, inputs)
        Inputs of each layer in the order of its columns.
    counters : Counters
        Counters of all layers together.

    Returns
    -------
    dict of str to int or float
        ``real_work``: share of the entries that are no padding; ``balance``: share of the cycles
        in which a PE adds an entry; ``reads_<bits>``: words of so many bits that would be read for
        an input vector; ``switch_bits``: storage bits of the ideas beyond the paper in a PE.
    """
    config = network.config
    cycles, entries, padding = (
        float(counters[name].mean()) for name in ("cycles", "entries", "padding")
    )
    macs = entries - padding
    added = macs if config.skips_padding else entries
    return {
        "real_work": macs / max(entries, 1),
        "balance": added / (cycles * config.pe_count),
        **{f"reads_{width}": _mean_reads(network, sources, width) for width in WIDTHS},
        "switch_bits": sum(switch_bits(config).values()),
    }


def _mean_reads(network: Network, sources: Sequence[IntArray], width: int) -> float:
    """Count the reads of words of a width, in the mean over the input vectors."""
    entries = max(1, width // network.config.entry_bits)
    layers = zip(network.layers, sources, strict=True)
    return float(sum(word_reads(layer.matrix, given, entries).mean() for layer, given in layers))
