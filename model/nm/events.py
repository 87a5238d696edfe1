"""Events of a layer on the array that take energy."""

from zskip.model.common.counters import Counters
from zskip.model.common.events import ADD, MULTIPLY, Accesses, Events, Operations
from zskip.model.common.fixed import ACTIVATION_BITS, CODEBOOK_BITS
from zskip.model.nm.config import Config
from zskip.model.nm.images import BIASES, PROGRAM, WEIGHTS, memories, weights
from zskip.model.nm.passes import pass_words

ROW_BITS = 190
"""Flip-flops of a row beside what `register_bits` counts: accumulator, counters, write-back."""

CENTRAL_BITS = 620
"""Flip-flops of loader, emitter and control."""


def register_bits(config: Config) -> int:
    """Return the flip-flops of an array, within a few percent of what a synthesis finds."""
    product = config.value_bits + config.activation_bits
    # Each slot holds its weight, position and product; a tree of as many sums less one follows.
    row = config.slots * (config.value_bits + config.position_bits + 2 * product + 1)
    shared = config.codebook_size * CODEBOOK_BITS if config.shares_weights else 0
    vectors = config.window * config.activation_bits
    return CENTRAL_BITS + shared + vectors + config.pe_count * (row + ROW_BITS)


def layer_events(blocks: int, words: int, counters: Counters, config: Config) -> Events:
    """Return the events of a layer.

    All multipliers multiply in every beat, whether their factors are zero or not.

    Parameters
    ----------
    blocks : int
        Outputs of each row of the array.
    words : int
        Words of activations that are read, all blocks together.
    counters : Counters
        Counters of the layer.
    config : Config
        The array.

    Returns
    -------
    Events
    """
    rows, none = config.pe_count, counters["cycles"] * 0
    beats, program = counters["beats"] * rows, none + pass_words(config)
    reads = {BIASES: none + blocks * rows, PROGRAM: program}
    halves = Accesses(
        name="activations",
        depth=config.vector_depth // config.lanes,
        width=config.lanes * (ACTIVATION_BITS + config.parity),
        instances=2 * (1 + config.double_input),
        reads=none + words,
        writes=none + blocks,
    )
    loaded = beats if config.streamed else none
    filled = [
        Accesses(WEIGHTS, each.depth, each.stored_bits, rows * (1 + config.streamed), beats, loaded)
        for each in weights(config)
    ]
    for memory in memories(config):
        if memory.name in reads:
            count = rows if memory.per_pe else 1
            size = (memory.name, memory.depth, memory.stored_bits, count)
            filled.append(Accesses(*size, reads[memory.name], none))
    products = beats * config.slots
    bits = (config.value_bits * config.activation_bits) ** 0.5
    return Events(
        cycles=counters["cycles"],
        memories=(*filled, halves),
        operations=(
            Operations(MULTIPLY, bits, products),
            # The sums of a beat, and that of the beat with the accumulator.
            Operations(ADD, config.value_bits + config.activation_bits, products - beats),
            Operations(ADD, config.acc_bits, beats),
        ),
        register_bits=register_bits(config),
    )
