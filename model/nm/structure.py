"""Structure of an N:M array: its memories, and the sizes that its logic grows with."""

from math import log2

from zskip.model.common.fixed import ACTIVATION_BITS, CODEBOOK_BITS
from zskip.model.common.structure import Sram, Structure, answer_queue
from zskip.model.nm.config import Config
from zskip.model.nm.images import memories, weights


def structure(config: Config) -> Structure:
    """Return what an array is made of.

    Parameters
    ----------
    config : Config
        The array.
    """
    rows, slots = config.pe_count, config.multipliers
    product = config.value_bits + config.activation_bits
    vectors = Sram(
        config.vector_depth // config.lanes,
        config.lanes * ACTIVATION_BITS,
        2 * (1 + config.double_input),
        config.lanes,
    )
    kinds = [*memories(config), *(2 * weights(config) if config.streamed else [])]
    filled = (Sram(m.depth, m.stored_bits, rows if m.per_pe else 1) for m in kinds)
    sizes = {
        "array": 1.0,
        "rows": rows,
        "registers of products": rows * _product_registers(config),
        "bits of products": slots * product,
        "bits of weights": slots * config.value_bits,
        "bits of positions": slots * config.position_bits,
        "bits of selectors": 0 if config.dense else slots * (config.m - 1) * config.activation_bits,
        "codebook": bool(config.shares_weights),
        "bits of codebooks": slots * CODEBOOK_BITS * config.shares_weights,
        "bits of activations": config.window * config.activation_bits,
        "bits of vector rows": config.lanes * ACTIVATION_BITS,
        # A block of outputs, one of each row, is part of a row of the vectors.
        "bits of places": log2(config.lanes / rows) * ACTIVATION_BITS,
        "bits of sums": rows * config.acc_bits,
    }
    return Structure(
        srams=(*filled, vectors.with_parity(config.parity)),
        files=(answer_queue(),),
        multipliers=slots,
        multiplier_bits=slots * config.value_bits * config.activation_bits,
        # Both factors and the product.
        multiplier_registers=2 * slots * product,
        sizes=sizes,
        path={"bits of a product": product},
    )


def _product_registers(config: Config) -> int:
    """Return the flip-flops of a row from its weights to the sum of a beat."""
    product = config.value_bits + config.activation_bits
    bits = config.slots * (config.value_bits + config.position_bits + product)
    addends = config.slots
    while addends > 1:
        addends = -(-addends // 2)
        product += 1
        bits += addends * product
    return bits
