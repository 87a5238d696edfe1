"""Structure of an EIE array: its memories, and the sizes that its logic grows with."""

from zskip.model.common.fixed import ACTIVATION_BITS, CODEBOOK_BITS
from zskip.model.common.stream import LANES, STREAM_BITS
from zskip.model.common.structure import RegisterFile, Sram, Structure
from zskip.model.eie.config import Config
from zskip.model.eie.passes import pass_words


def structure(config: Config) -> Structure:
    """Return what an array is made of.

    Parameters
    ----------
    config : Config
        The array.
    """
    pes, columns = config.pe_count, config.column_queue_depth
    halves = 2 * config.activation_depth // LANES
    srams = (
        Sram(config.spmat_depth, config.word_bits, pes),
        Sram(config.pointer_depth // 2, config.pointer_bits, 2 * pes),
        Sram(config.bias_depth, config.acc_bits, pes),
        Sram(halves, LANES * ACTIVATION_BITS, pes, lanes=LANES),
        Sram(pass_words(config) * config.pass_count, STREAM_BITS, 1),
    )
    files = (
        RegisterFile(config.queue_depth, ACTIVATION_BITS + config.index_bits, pes),
        RegisterFile(config.register_depth, config.acc_bits, pes),
    )
    if columns:
        column = ACTIVATION_BITS + 2 * config.pointer_bits
        files = (*files, RegisterFile(columns, column, pes))
    sizes = {
        "array": 1.0,
        "PEs": pes,
        "wires to PEs": pes * config.pe_bits,
        "bits of sums": pes * config.acc_bits,
        "flags of accumulators": pes * config.register_depth,
        "bits of words": pes * config.word_bits,
        "entries of words": pes * config.entries_per_word,
        "bits of codebooks": pes * config.codebook_size * CODEBOOK_BITS,
        "bits of pointers": pes * config.pointer_bits,
        "column queues": pes * bool(columns),
        "free padding": pes * config.free_padding,
    }
    return Structure(
        srams=srams,
        files=files,
        multipliers=pes,
        multiplier_bits=pes * ACTIVATION_BITS * CODEBOOK_BITS,
        sizes=sizes,
    )
