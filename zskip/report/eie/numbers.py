"""Numbers of a report that only EIE has."""

from collections.abc import Sequence
from dataclasses import dataclass

from zskip.model.common.reference import FloatLayer
from zskip.model.eie.figures.distribution import Distribution, distribution, entries_by_pe_count
from zskip.model.eie.figures.histograms import LayerHistogram, histogram
from zskip.model.eie.figures.smallest import Fit, fit
from zskip.model.eie.figures.storage import NetworkStorage, storage
from zskip.model.eie.network import Network


@dataclass(frozen=True, kw_only=True, eq=False)
class Numbers:
    """Numbers of a compressed network.

    Parameters
    ----------
    pe_count, weight_bits : int
        Of the array.
    fit : Fit
        The smallest arrays that hold the network.
    storage : NetworkStorage
        Bytes and bits in storage.
    distribution : Distribution
        Padding and load against the number of PEs.
    histograms : tuple of LayerHistogram
        Weights and codebook of each layer.
    """

    pe_count: int
    weight_bits: int
    fit: Fit
    storage: NetworkStorage
    distribution: Distribution
    histograms: tuple[LayerHistogram, ...]


def gather(network: Network, float_layers: Sequence[FloatLayer]) -> Numbers:
    """Count all numbers.

    Parameters
    ----------
    network : Network
        A network that passes its `check`.
    float_layers : sequence of FloatLayer
        The network that it was made of.

    Returns
    -------
    Numbers
    """
    counts = [entries_by_pe_count(layer.matrix, network.config) for layer in network.layers]
    return Numbers(
        pe_count=network.config.pe_count,
        weight_bits=network.config.weight_bits,
        fit=fit(network),
        storage=storage(network),
        distribution=distribution(network, counts),
        histograms=tuple(
            histogram(layer, source.weights)
            for layer, source in zip(network.layers, float_layers, strict=True)
        ),
    )
