"""Structure of a Bitlet array: its memories, and the sizes that its logic grows with."""

from zskip.model.bitlet.config import Config
from zskip.model.bitlet.images import memories, weights
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.structure import RegisterFile, Sram, Structure, answer_queue


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
        2 * (1 + config.double_input),
        config.vector_lanes,
    )
    kinds = [*memories(config), *(2 * weights(config) if config.streamed else [])]
    filled = (Sram(m.depth, m.stored_bits, engines if m.per_pe else 1) for m in kinds)
    shown = config.load_pairs * config.places * ACTIVATION_BITS
    queued = (RegisterFile(config.beats * config.skew, shown, engines),) * config.decoupled
    seen = pairs * config.run_ahead
    groups = config.run_ahead + config.banks - 1
    term = activation + (pairs.bit_length() if config.invert else 1)
    added = lanes + 2 * config.segments * activation
    aligned = config.load_pairs * lanes * lanes.bit_length()
    products = pairs * (config.significand_bits + activation)
    sizes = {
        "array": 1.0,
        "engines": engines,
        "bits of groups": engines * groups * pairs * (lanes + activation + config.segments),
        "bits of selectors": engines * lanes * seen * (activation + 1),
        # A whole column has a tree over its pairs, behind the registers and what writes them.
        "bits of finders": engines * lanes * seen * (not config.window) * (pairs.bit_length() + 1),
        "bits of windows": engines * lanes * seen * config.window,
        "bits of group sums": engines * config.invert * config.load_pairs * added,
        "bits of terms": engines * lanes * 2 * term,
        "bits of trees": engines * _tree_bits(config, term),
        "bits of sums": engines * config.segments * config.bias_bits,
        "bits of floats": engines * bool(config.significand_bits) * (aligned + products),
        "bits of vector rows": config.vector_lanes * ACTIVATION_BITS,
    }
    return Structure(
        srams=(*filled, vectors.with_parity(config.parity)),
        files=(*queued, answer_queue()),
        multipliers=0,
        multiplier_bits=0,
        multiplier_registers=0,
        sizes=sizes,
        path=_path(config),
    )


def _path(config: Config) -> dict[str, bool]:
    """Return what the longest path grows with: common exponents, or the sums of groups, if any."""
    floats = bool(config.significand_bits)
    sums = bool(config.invert) and not floats
    return {
        "floats": floats,
        "sums of groups": sums,
        # Without a queue in front of the engine the path begins in the memory of weights.
        "sums of groups that are read": sums and not config.decoupled,
        "windows": bool(config.window),
    }


def _tree_bits(config: Config, term: int) -> int:
    """Return the bits of the adders from the terms to the sums of one engine, which are registers.

    Parameters
    ----------
    config : Config
        The array.
    term : int
        Bits of a term.
    """
    rows, row_lanes = config.segments, config.row_lanes
    bits = rows * _adder_bits(row_lanes, term, 1)
    if rows == 1:
        return bits
    total = term + row_lanes
    levels = (rows - 1).bit_length()
    return bits + _adder_bits(rows, total, row_lanes) + levels * rows * total


def _adder_bits(addends: int, bits: int, step: int) -> int:
    """Return the bits of a tree of adders, each addend `step` places above the one before it."""
    spans = [step] * addends
    whole = 0
    while len(spans) > 1:
        spans = [sum(spans[place : place + 2]) for place in range(0, len(spans), 2)]
        whole += sum(bits + span for span in spans)
    return whole
