"""Needs of a network of the memories of an N:M array."""

from zskip.model.common.fit import Need
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.stream import STREAM_BITS
from zskip.model.nm.config import RANGES, Config
from zskip.model.nm.network import Layer, Network
from zskip.model.nm.passes import pass_words


def beat_shape(layer: Layer, config: Config) -> tuple[int, int, int]:
    """Return a layer's blocks of rows, words of activations, and beats of each word."""
    words = -(-layer.inputs // config.window)
    return -(-layer.outputs // config.pe_count), words, layer.matrix.beats


def layer_beats(layer: Layer, config: Config) -> int:
    """Return the beats of weights of a layer in every PE."""
    blocks, words, beats = beat_shape(layer, config)
    return blocks * words * beats


def needs(network: Network) -> tuple[Need, ...]:
    """Return what a network needs of each memory.

    Parameters
    ----------
    network : Network
        A network that passes its `check`. It need not fit.

    Returns
    -------
    tuple of Need
        Of one PE, or of the array for vectors and passes.
    """
    config, layers = network.config, network.layers
    longest = max(max(layer.shape) for layer in layers)
    high = {name: limit for name, (_, limit) in RANGES.items()}
    return (
        Need(
            field="weight_depth",
            holds="beats of weights",
            needed=1 if config.streamed else sum(layer_beats(layer, config) for layer in layers),
            bits=config.word_bits * (1 + config.streamed),
            largest=high["weight_depth"] // config.slices,
            dealt=True,
        ),
        Need(
            field="vector_depth",
            holds="activations in a half of the vector memory",
            needed=config.whole_rows(longest),
            bits=2 * ACTIVATION_BITS,
            largest=high["vector_depth"],
            dealt=False,
        ),
        Need(
            field="bias_depth",
            holds="biases",
            needed=sum(beat_shape(layer, config)[0] for layer in layers),
            bits=config.acc_bits,
            largest=high["bias_depth"],
            dealt=True,
        ),
        Need(
            field="pass_count",
            holds="passes",
            needed=len(layers),
            bits=pass_words(config) * STREAM_BITS,
            largest=high["pass_count"],
            dealt=False,
        ),
    )
