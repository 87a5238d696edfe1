"""Fit of a network into the memories of an N:M array: needs, limits, and the refusal."""

from collections.abc import Collection, Mapping
from functools import reduce

from zskip.model.common.errors import InputError
from zskip.model.common.fit import MemoryFit
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.stream import STREAM_BITS
from zskip.model.nm.config import RANGES, Config
from zskip.model.nm.network import Layer, Network
from zskip.model.nm.passes import pass_words

HOLDS = {
    "weight_depth": "beats of weights",
    "vector_depth": "activations in a half of the vector memory",
    "bias_depth": "biases",
    "pass_count": "passes",
}
"""Meaning of each configuration field that limits a network."""


def beat_shape(layer: Layer, config: Config) -> tuple[int, int, int]:
    """Return a layer's blocks of rows, words of activations, and beats of each word."""
    words = -(-layer.inputs // config.window)
    return -(-layer.outputs // config.pe_count), words, layer.matrix.beats


def layer_beats(layer: Layer, config: Config) -> int:
    """Return the beats of weights of a layer in every PE."""
    blocks, words, beats = beat_shape(layer, config)
    return blocks * words * beats


def requirements(network: Network) -> dict[str, int]:
    """Return the smallest value of each configuration field that holds a network.

    Parameters
    ----------
    network : Network
        A network that passes its `check`.

    Returns
    -------
    dict of str to int
        By field name of `Config`.
    """
    config, layers = network.config, network.layers
    longest = max(max(layer.shape) for layer in layers)
    return {
        "weight_depth": sum(layer_beats(layer, config) for layer in layers),
        "vector_depth": config.whole_rows(longest),
        "bias_depth": sum(beat_shape(layer, config)[0] for layer in layers),
        "pass_count": len(layers),
    }


def memory_fits(network: Network) -> tuple[MemoryFit, ...]:
    """Return how much of each memory a network takes.

    Parameters
    ----------
    network : Network
        A network that passes its `check`. It need not fit.

    Returns
    -------
    tuple of MemoryFit
        Of one PE, or of the array for vectors and passes.
    """
    config = network.config
    bits = {
        "weight_depth": config.word_bits,
        "vector_depth": 2 * ACTIVATION_BITS,
        "bias_depth": config.acc_bits,
        "pass_count": pass_words(config) * STREAM_BITS,
    }
    return tuple(
        MemoryFit(
            field=name,
            holds=HOLDS[name],
            needed=needed,
            available=getattr(config, name),
            needed_bytes=-(-needed * bits[name] // 8),
            available_bytes=-(-getattr(config, name) * bits[name] // 8),
        )
        for name, needed in requirements(network).items()
    )


def check_fit(network: Network) -> None:
    """Check that a network fits its configuration.

    Parameters
    ----------
    network : Network
        A network that passes its `check`.

    Raises
    ------
    InputError
        Names each limit, what the network needs, and the settings that would fit.
    """
    missing = [memory for memory in memory_fits(network) if memory.share > 1]
    if not missing:
        return
    lacks = ", ".join(f"{m.needed:,} {m.holds} of {m.available:,}" for m in missing)
    cures = " ".join(f"--set {m.field}={m.needed}" for m in missing)
    beyond = {m.field: m.needed for m in missing if m.needed > _largest(m.field, network.config)}
    advice = f"add {cures}"
    if beyond:
        advice = f"{' and '.join(beyond)} cannot be that large: {_cure(beyond, network.config)}"
    raise InputError(
        f"the network must fit the memories of its array of {network.config.size}, but needs "
        f"{lacks}: {advice}"
    )


def _cure(beyond: Mapping[str, int], config: Config) -> str:
    """Tell what helps where memories cannot be large enough: only what PEs hold is dealt out."""
    times = max(-(-needed // _largest(name, config)) for name, needed in beyond.items())
    pe_count = config.pe_count << (times - 1).bit_length()
    if beyond.keys() <= {"weight_depth", "bias_depth"} and pe_count <= RANGES["pe_count"][1]:
        return f"add --pes {pe_count}"
    return "compress a smaller part of the network"


def enlarged(network: Network, keep: Collection[str]) -> Config:
    """Return a network's configuration with every memory large enough for it.

    Parameters
    ----------
    network : Network
        A network that passes its `check` but need not fit.
    keep : collection of str
        Fields that stay as they are.

    Returns
    -------
    Config
        No field is smaller than before, or larger than a configuration may have it: what needs
        more than that still does not fit.
    """
    config = network.config

    def grown(config: Config, need: tuple[str, int]) -> Config:
        name, needed = need
        value = min(needed, _largest(name, config))
        larger = name not in keep and value > getattr(config, name)
        return config.replace(**{name: value}) if larger else config

    return reduce(grown, requirements(network).items(), config)


def _largest(name: str, config: Config) -> int:
    """Return the largest value of a field that the others allow."""
    high = RANGES[name][1]
    return high // config.slices if name == "weight_depth" else high
