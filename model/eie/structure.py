"""Structure of an EIE array: its memories, and the sizes that its logic grows with."""

from math import log2

from zskip.model.common.fixed import ACTIVATION_BITS, CODEBOOK_BITS
from zskip.model.common.stream import LANES, STREAM_BITS
from zskip.model.common.structure import RegisterFile, Sram, Structure, answer_queue
from zskip.model.eie.config import Config
from zskip.model.eie.figures.switches import PRODUCT_BITS, switch_bits
from zskip.model.eie.latencies import BLOCK_QUEUE_DEPTH, readout_latency
from zskip.model.eie.passes import pass_words


def structure(config: Config) -> Structure:
    """Return what an array is made of.

    Parameters
    ----------
    config : Config
        The array.
    """
    pes, columns = config.pe_count, config.column_queue_depth
    several = config.lanes > 1
    banks = pes * config.accumulator_banks * several
    halves = 2 * config.activation_depth // LANES
    weights = pes * (1 + config.streamed)
    bank = Sram(halves // 2, LANES * ACTIVATION_BITS, 2 * pes, lanes=LANES)
    inputs = (bank,) * config.double_input
    srams = (
        Sram(config.spmat_bank_depth, config.word_bits, weights * (1 + config.reads_in_banks)),
        Sram(
            config.pointer_words,
            config.pointer_word_bits // config.pointer_reads,
            config.pointer_reads * weights,
        ),
        Sram(config.bias_depth, config.acc_bits, pes),
        Sram(halves, LANES * ACTIVATION_BITS, pes, lanes=LANES),
        *inputs,
        Sram(pass_words(config) * config.pass_count, STREAM_BITS, 1),
    )
    files = (
        answer_queue(readout_latency(config)),
        RegisterFile(
            config.queue_depth, ACTIVATION_BITS + config.index_bits + config.others_bits, pes
        ),
        RegisterFile(config.bank_depth, config.acc_bits, banks)
        if several
        else RegisterFile(config.register_depth, config.acc_bits, pes),
        RegisterFile(config.codebook_words, STREAM_BITS, pes, readers=config.lanes),
    )
    if several:
        size = config.entries_per_word
        block = ACTIVATION_BITS + size * (config.weight_bits + config.row_bits) + size.bit_length()
        files = (*files, RegisterFile(BLOCK_QUEUE_DEPTH, block, pes))
    if columns:
        column = ACTIVATION_BITS + 2 * config.pointer_bits - config.spared_bits
        files = (*files, RegisterFile(columns, column, pes))
    multipliers = config.multipliers * (1 + config.split_products)
    sizes = {
        "array": 1.0,
        "PEs": pes,
        "bits of sums": pes * config.acc_bits,
        "flags of accumulators": pes * config.register_depth,
        "bits of words": pes * config.word_bits,
        "entries of words": pes * config.entries_per_word,
        "bits of pointers": pes * config.pointer_bits,
        "column queues": pes * bool(columns),
        "free padding": pes * config.skips_padding,
        "grouped pointers": pes * config.grouped_pointers,
        "several lanes": pes * several,
        "bits of lanes": pes * switch_bits(config)["lanes"],
        "bits of banks": banks * config.acc_bits,
        "choices of banks": banks * config.lanes * PRODUCT_BITS,
    }
    return Structure(
        srams=tuple(sram.with_parity(config.parity) for sram in srams),
        files=files,
        multipliers=multipliers,
        multiplier_bits=config.multipliers * ACTIVATION_BITS * CODEBOOK_BITS,
        multiplier_registers=multipliers * PRODUCT_BITS,
        sizes=sizes,
        path={
            "doublings of lanes": log2(config.lanes),
            "grouped pointers": config.grouped_pointers,
        },
    )
