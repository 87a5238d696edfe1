"""Whether a network fits the memories of an array, by how much, and what array would hold it."""

from collections.abc import Sequence
from dataclasses import dataclass

from zskip.model.common.errors import InputError
from zskip.model.common.fit import MemoryFit
from zskip.model.common.fixed import ACTIVATION_BITS, IntArray
from zskip.model.common.stream import STREAM_BITS
from zskip.model.eie.config import RANGES, Config
from zskip.model.eie.figures.distribution import PE_COUNTS, entries_by_pe_count
from zskip.model.eie.fit import HOLDS, needed_fields, requirements
from zskip.model.eie.network import Network
from zskip.model.eie.passes import pass_words


@dataclass(frozen=True, kw_only=True)
class Fit:
    """Whether a network fits its configuration, and what would hold it.

    Parameters
    ----------
    fits : bool
        Whether it does.
    memories : tuple of MemoryFit
        One for each field that limits a network.
    smallest : Config or None
        The configuration with the same PE count and each of these fields as small as it may be;
        None where a field would be out of range.
    smallest_pe_count : int or None
        The fewest PEs, with memories as they are, on which the network fits; None where no PE
        count does.
    """

    fits: bool
    memories: tuple[MemoryFit, ...]
    smallest: Config | None
    smallest_pe_count: int | None


def fit(network: Network, counts: Sequence[Sequence[IntArray]] | None = None) -> Fit:
    """Hold a network against the memories of its configuration.

    Parameters
    ----------
    network : Network
        A network that passes its `check`. It need not fit.
    counts : sequence of sequences of ndarray of int64, optional
        What `zskip.model.eie.figures.distribution.entries_by_pe_count` gives for each layer, where
        that is known already.

    Returns
    -------
    Fit
    """
    memories = memory_fits(network)
    return Fit(
        fits=all(memory.share <= 1 for memory in memories),
        memories=memories,
        smallest=smallest_configuration(network),
        smallest_pe_count=smallest_pe_count(network, counts),
    )


def memory_fits(network: Network) -> tuple[MemoryFit, ...]:
    """Return how much of each memory a network takes.

    Parameters
    ----------
    network : Network
        A network that passes its `check`. It need not fit.

    Returns
    -------
    tuple of MemoryFit
        Of one PE, or of the array for the passes.
    """
    needed = requirements(network)
    return tuple(_memory(name, value, network.config) for name, value in needed.items())


def smallest_configuration(network: Network) -> Config | None:
    """Return the configuration with the smallest memories that hold a network.

    Parameters
    ----------
    network : Network
        A network that passes its `check`. It need not fit.

    Returns
    -------
    Config or None
        With the network's own PE count and widths; None where a field would be out of range.
    """
    config = network.config
    fields = {name: max(value, RANGES[name][0]) for name, value in requirements(network).items()}
    if any(value > RANGES[name][1] for name, value in fields.items()):
        return None
    return config.replace(**fields)


def smallest_pe_count(
    network: Network, counts: Sequence[Sequence[IntArray]] | None = None
) -> int | None:
    """Return the fewest PEs, with memories as they are, on which a network fits.

    The entries are counted anew for each PE count, as the padding depends on it.

    Parameters
    ----------
    network : Network
        A network that passes its `check`. It need not fit.
    counts : sequence of sequences of ndarray of int64, optional
        What `zskip.model.eie.figures.distribution.entries_by_pe_count` gives for each layer, where
        that is known already.

    Returns
    -------
    int or None
        A power of two from 1 to 256; None where no such array holds the network.
    """
    counts = counts or [
        entries_by_pe_count(layer.matrix, network.config) for layer in network.layers
    ]
    for pe_count, entries in zip(PE_COUNTS, zip(*counts, strict=True), strict=True):
        try:
            config = network.config.replace(pe_count=pe_count)
        except InputError:
            continue
        needed = needed_fields(network.layers, entries, config)
        if all(value <= getattr(config, name) for name, value in needed.items()):
            return pe_count
    return None


def _memory(name: str, needed: int, config: Config) -> MemoryFit:
    """Hold one requirement against its limit."""
    available = getattr(config, name)
    bits = {
        "activation_depth": 2 * ACTIVATION_BITS,
        "spmat_depth": config.word_bits,
        "pointer_depth": config.pointer_bits,
        "bias_depth": config.acc_bits,
        "pass_count": pass_words(config) * STREAM_BITS,
    }[name]
    return MemoryFit(
        field=name,
        holds=HOLDS[name],
        needed=needed,
        available=available,
        needed_bytes=-(-needed * bits // 8),
        available_bytes=-(-available * bits // 8),
    )
