"""Fit of a network: shares of the memories, and the smallest arrays that hold it."""

from dataclasses import dataclass
from fractions import Fraction

from zskip.model.common.fit import MemoryFit
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.stream import STREAM_BITS
from zskip.model.eie.compressor.recode import recode
from zskip.model.eie.config import PE_COUNTS, RANGES, Config
from zskip.model.eie.fit import HOLDS, requirements
from zskip.model.eie.needs import SourceOrder, lacking
from zskip.model.eie.network import Network
from zskip.model.eie.passes import pass_words


@dataclass(frozen=True, kw_only=True)
class Fit:
    """Fit of a network into its configuration, and the smallest arrays that would hold it.

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
        The fewest PEs on which the network fits with memories as they are (`smallest_pe_count`);
        None where no PE count does.
    """

    fits: bool
    memories: tuple[MemoryFit, ...]
    smallest: Config | None
    smallest_pe_count: int | None


def fit(network: Network) -> Fit:
    """Hold a network against the memories of its configuration.

    Parameters
    ----------
    network : Network
        A network that passes its `check`. It need not fit.

    Returns
    -------
    Fit
    """
    memories = memory_fits(network)
    return Fit(
        fits=all(memory.share <= 1 for memory in memories),
        memories=memories,
        smallest=smallest_configuration(network),
        smallest_pe_count=smallest_pe_count(network),
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


def smallest_pe_count(network: Network) -> int | None:
    """Return the fewest PEs, with memories as they are, on which a network fits.

    Every other PE count is tried as `zskip.model.eie.compressor.recode` encodes it: with rows
    balanced by their non-zeros, or in the order of the source. What fits so is what `compress` fits
    there with any calibration inputs.

    Parameters
    ----------
    network : Network
        A network that passes its `check`. It need not fit.

    Returns
    -------
    int or None
        A power of two from 1 to 256; None where no such array holds the network.
    """
    source = SourceOrder(network.layers)
    for pe_count in PE_COUNTS:
        if _holds(network.config.replace(pe_count=pe_count), network, source):
            return pe_count
    return None


def _holds(config: Config, network: Network, source: SourceOrder) -> bool:
    """Tell whether an array holds a network, which is encoded for it only in case of doubt."""
    limits = vars(config)
    if config == network.config:
        return not lacking(requirements(network), limits)
    if source.fits(config):
        return True
    if not config.balanced_rows or lacking(source.least(config), limits):
        return False
    return not lacking(requirements(recode(network, config)), limits)


def _memory(name: str, needed: int, config: Config) -> MemoryFit:
    """Hold one requirement against its limit."""
    available = getattr(config, name)
    bits = {
        "activation_depth": 2 * ACTIVATION_BITS,
        "spmat_depth": config.word_bits,
        "pointer_depth": Fraction(config.pointer_word_bits, config.pointer_columns),
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
