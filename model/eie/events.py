"""Events of a layer on the array that take energy."""

from zskip.model.common.counters import Counters
from zskip.model.common.events import ADD, MULTIPLY, Accesses, Events, Operations
from zskip.model.common.fixed import ACTIVATION_BITS, CODEBOOK_BITS, IntArray
from zskip.model.common.stream import LANES, STREAM_BITS
from zskip.model.eie.config import Config
from zskip.model.eie.figures.switches import switch_bits
from zskip.model.eie.lnzd import FAN_IN
from zskip.model.eie.passes import pass_words

PIPELINE_BITS = 1150
"""Flip-flops of a PE beside what `register_bits` counts: stages, counters, control."""

CENTRAL_BITS = 860
"""Flip-flops of loader, emitter and central control unit."""

TREE_NODE_BITS = 20
"""Flip-flops of a PE's share of the LNZD tree, about, for broadcasts of one activation, of which a
node holds two for four PEs."""


def register_bits(config: Config) -> int:
    """Return the flip-flops of an array, within a few percent of what a synthesis finds."""
    pe = (
        PIPELINE_BITS
        + config.register_depth * (config.acc_bits + 1)
        + config.queue_depth * (ACTIVATION_BITS + config.index_bits)
        + config.codebook_size * CODEBOOK_BITS
        + sum(switch_bits(config).values())
    )
    tree = TREE_NODE_BITS + 2 * config.others_bits // FAN_IN if config.pe_count > 1 else 0
    return CENTRAL_BITS + config.pe_count * (pe + tree)


def layer_events(
    rows: int, words_read: int, passes: int, counters: Counters, config: Config
) -> Events:
    """Return the events of a layer.

    Every real entry is a multiplication and an addition, every row of a PE one more addition, in
    which it is rounded, and another one for its bias where there are several lanes. A bias is read
    once; a row that is hit again before its first sum is
    written reads it again, which is not counted.

    Parameters
    ----------
    rows : int
        Rows of outputs in every PE, all passes together.
    words_read : int
        Words of four activations that all PEs scan, all passes together.
    passes : int
        Passes of the layer.
    counters : Counters
        Counters of the layer, all passes together.
    config : Config
        The array.

    Returns
    -------
    Events
    """
    none = counters["cycles"] * 0
    outputs = rows * config.pe_count
    macs = counters["entries"] - counters["padding"]

    def memory(
        name: str, depth: int, width: int, reads: IntArray, count: int = 1, writes: int = 0
    ) -> Accesses:
        return Accesses(name, depth, width + config.parity, count, reads, none + writes)

    pes = config.pe_count
    pointer_bits = config.pointer_word_bits // config.pointer_reads
    program_depth = pass_words(config) * config.pass_count
    lines, word = 2 * config.activation_depth // LANES, LANES * ACTIVATION_BITS
    scanned = none + words_read
    return Events(
        cycles=counters["cycles"],
        memories=(
            memory(
                "sparse matrix",
                config.spmat_bank_depth,
                config.word_bits,
                counters["spmat_reads"],
                pes * (1 + config.reads_in_banks),
            ),
            memory(
                "pointers",
                config.pointer_words,
                pointer_bits,
                counters["pointer_reads"],
                config.pointer_reads * pes,
            ),
            memory("biases", config.bias_depth, config.acc_bits, none + outputs, pes),
            memory("activations", lines, word + (LANES - 1) * config.parity, scanned, pes, outputs),
            # Which layer reads the banks is not known here: all reads count for the halves.
            *(memory("input banks", lines // 2, word, none, 2 * pes),) * config.double_input,
            memory("program", program_depth, STREAM_BITS, none + passes * pass_words(config)),
        ),
        operations=(
            Operations(MULTIPLY, ACTIVATION_BITS, macs),
            Operations(ADD, config.acc_bits, macs + outputs * (1 if config.lanes == 1 else 2)),
        ),
        register_bits=register_bits(config),
    )
