"""Events of a layer on the array that take energy."""

from zskip.model.bitlet.config import Config
from zskip.model.bitlet.images import BIASES, PROGRAM, WEIGHTS, memories, weights
from zskip.model.bitlet.passes import PASS_WORDS
from zskip.model.bitlet.shape import LayerShape
from zskip.model.common.counters import Counters
from zskip.model.common.events import ADD, Accesses, Events, Operations
from zskip.model.common.fixed import ACTIVATION_BITS

ENGINE_BITS = 450
"""Flip-flops of an engine beside what `register_bits` counts: counters, write-back, control."""

FLOAT_BITS = 29
"""Further ones for each bit of a significand: packing, exponents, and what goes with sums."""

EXPONENT_BITS = 9
"""Bits of the exponent of a product of the widest format."""

CENTRAL_BITS = 770
"""Flip-flops of loader, emitter and control."""


def register_bits(config: Config) -> int:
    """Return the flip-flops of an array, within 5 % of what a synthesis finds."""
    significand, pairs = config.significand_bits, config.pairs
    activation = max(ACTIVATION_BITS, significand + 1)
    term = activation + config.invert * pairs.bit_length()
    groups = config.run_ahead + config.banks - 1
    # Columns, activations and signs of each group; terms and the tree over them.
    engine = groups * pairs * (config.lanes + activation + config.segments)
    engine += config.lanes * (2 * term + config.row_lanes // 2)
    engine += config.segments * 5 * config.bias_bits + ENGINE_BITS
    if significand:
        engine += pairs * (significand + EXPONENT_BITS + activation)
        engine += FLOAT_BITS * significand
    queued = config.skew * pairs * config.places * ACTIVATION_BITS
    shown = config.load_pairs * config.places * ACTIVATION_BITS
    return CENTRAL_BITS + shown + config.pe_count * (engine + queued)


def layer_events(shape: LayerShape, counters: Counters, config: Config) -> Events:
    """Return the events of a layer.

    A pick is an addition; a lane without a pick adds 0, which counts as nothing. Alignment and
    packing of floating-point numbers are left out.

    Parameters
    ----------
    shape : LayerShape
        That of the layer on the array.
    counters : Counters
        Counters of the layer.
    config : Config
        The array.

    Returns
    -------
    Events
    """
    engines, none = config.pe_count, counters["cycles"] * 0
    beats = none + shape.steps * config.beats
    rounds = none + shape.rounds
    named = {BIASES: rounds * engines, PROGRAM: none + PASS_WORDS}
    halves = Accesses(
        name="activations",
        depth=config.vector_depth // config.vector_lanes,
        width=config.vector_lanes * (ACTIVATION_BITS + config.parity),
        instances=2 * (1 + config.double_input),
        reads=beats,
        writes=rounds * shape.rows,
    )
    read = beats * engines
    loaded = read if config.streamed else none
    filled = [
        Accesses(
            WEIGHTS, each.depth, each.stored_bits, engines * (1 + config.streamed), read, loaded
        )
        for each in weights(config)
    ]
    for memory in memories(config):
        kind = memory.name.partition("_")[0]
        if kind in named:
            size = (kind, memory.depth, memory.stored_bits, engines if memory.per_pe else 1)
            filled.append(Accesses(*size, named[kind], none))
    activation = max(ACTIVATION_BITS, config.significand_bits + 1)
    summed = none + config.invert * shape.steps * shape.rows * config.pairs * engines
    accumulated = counters["cycles"] * engines * shape.rows
    return Events(
        cycles=counters["cycles"],
        memories=(*filled, halves),
        operations=(
            Operations(ADD, activation, counters["picks"] + summed),
            Operations(ADD, config.acc_bits, accumulated),
        ),
        register_bits=register_bits(config),
    )
