"""Needs of a network of the memories of a Bitlet array."""

from zskip.model.bitlet.config import RANGES
from zskip.model.bitlet.network import Network
from zskip.model.bitlet.passes import PASS_WORDS
from zskip.model.common.fit import Need
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.stream import STREAM_BITS


def needs(network: Network) -> tuple[Need, ...]:
    """Return what a network needs of each memory.

    Parameters
    ----------
    network : Network
        A network that passes its `check`. It need not fit.

    Returns
    -------
    tuple of Need
        Of one engine, or of the array for vectors and passes.
    """
    config = network.config
    shapes = [layer.cut(config) for layer in network.layers]
    longest = max(
        layer.form.places * max(shape.outputs, shape.groups * shape.pairs)
        for layer, shape in zip(network.layers, shapes, strict=True)
    )
    high = {name: limit for name, (_, limit) in RANGES.items()}
    return (
        Need(
            field="weight_depth",
            holds="beats of weights",
            needed=1 if config.streamed else sum(shape.steps for shape in shapes) * config.beats,
            bits=config.word_bits * (1 + config.streamed),
            largest=high["weight_depth"] // config.slices,
            dealt=True,
        ),
        Need(
            field="vector_depth",
            holds="places in a half of the vector memory",
            needed=config.whole_blocks(longest),
            bits=2 * ACTIVATION_BITS,
            largest=high["vector_depth"],
            dealt=False,
        ),
        Need(
            field="bias_depth",
            holds="rounds of biases",
            needed=sum(shape.rounds for shape in shapes),
            bits=config.segments * config.bias_bits,
            largest=high["bias_depth"],
            dealt=True,
        ),
        Need(
            field="pass_count",
            holds="passes",
            needed=len(shapes),
            bits=PASS_WORDS * STREAM_BITS,
            largest=high["pass_count"],
            dealt=False,
        ),
    )
