"""Structure of a Bitlet array: its memories, and the sizes that its logic grows with."""

from zskip.model.bitlet.config import Config
from zskip.model.bitlet.images import memories
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.structure import RegisterFile, Sram, Structure


def structure(config: Config) -> Structure:
    """Return what an array is made of.

    Parameters
    ----------
    config : Config
        The array.
    """
    engines, pairs, lanes = config.pe_count, config.pairs, config.lanes
    activation = max(ACTIVATION_BITS, config.significand_bits + 1)
    vectors = Sram(
        config.vector_depth // config.vector_lanes,
        config.vector_lanes * ACTIVATION_BITS,
        2,
        config.vector_lanes,
    )
    filled = (Sram(m.depth, m.stored_bits, engines if m.per_pe else 1) for m in memories(config))
    shown = config.load_pairs * config.places * ACTIVATION_BITS
    queued = (RegisterFile(config.beats * config.skew, shown, engines),) * config.decoupled
    seen = pairs * config.run_ahead
    groups = config.run_ahead + config.banks - 1
    term = activation + config.invert * pairs.bit_length()
    significand = config.significand_bits
    sizes = {
        "array": 1.0,
        "engines": engines,
        "bits of groups": engines * groups * pairs * (lanes + activation + config.segments),
        "bits of selectors": engines * lanes * seen * activation,
        "bits of finders": engines * lanes * seen,
        "bits of group finders": engines * lanes * seen * (config.run_ahead > 1),
        "bits of windows": engines * lanes * seen * bool(config.window),
        "bits of inversion": engines * config.invert * seen * (lanes + activation),
        "bits of terms": engines * lanes * (2 * term + config.row_lanes // 2),
        "bits of sums": engines * config.segments * config.bias_bits,
        "bits of alignment": engines * bool(significand) * pairs * (significand + activation),
        "bits of significands": engines * significand,
        "bits of vector rows": config.vector_lanes * ACTIVATION_BITS,
        "bits of beats": shown,
    }
    return Structure(
        srams=(*filled, vectors.with_parity(config.parity)),
        files=queued,
        multipliers=0,
        multiplier_bits=0,
        sizes=sizes,
    )
