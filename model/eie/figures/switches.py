"""The ideas beyond the paper, each a switch of the configuration, and what they cost in storage."""

from zskip.model.common.fixed import ACTIVATION_BITS, CODEBOOK_BITS
from zskip.model.eie.config import WIDE, Config
from zskip.model.eie.latencies import BLOCK_QUEUE_DEPTH

SWITCHES = {
    "column_queue_depth": 0,
    "free_padding": 0,
    "balanced_rows": 0,
    "lanes": 1,
    "spmat_banks": 1,
    "broadcast_rounds": 0,
}
"""Fields of `Config` that turn an idea on, with the value that is off."""

PRODUCT_BITS = ACTIVATION_BITS + CODEBOOK_BITS
"""Bits of an exact product."""

OTHER_COLUMN = 57
"""Flip-flops of each column of a group but the first in the grouped pointer read."""

GAPS = 9
"""Registers as wide as a number of padding entries: five of a column's start, the place expected
next, the padding skipped, and what two events of the counters are wider."""

EMPTY_MARKS = 5
"""Marks of an empty column in the stages of the sparse matrix read, which a column queue saves."""

PAGES = 3
"""Pages that stand beside a column queue that holds one bit of each."""

ONE_LANE = 424
"""Flip-flops of the word buffer and the stages of the arithmetic of one lane."""

BLOCKS = 3 + BLOCK_QUEUE_DEPTH
"""Places that hold a block of entries: two where blocks are built, the queue, the window."""


def switched(config: Config, on: frozenset[str] | set[str]) -> Config:
    """Return a configuration with some of the `SWITCHES` on and the others off.

    Parameters
    ----------
    config : Config
        The array; where it has a switch on, with that value.
    on : set of str
        Names of those that are to be on.

    Returns
    -------
    Config
    """
    values = dict(SWITCHES)
    for name in on:
        given = getattr(config, name)
        values[name] = given if given != SWITCHES[name] else getattr(WIDE, name)
    return config.replace(**values)


def variants(config: Config) -> dict[str, Config]:
    """Return a configuration with every combination of switches that tells them apart.

    Parameters
    ----------
    config : Config
        The array.

    Returns
    -------
    dict of str to Config
        By what is on: none, each alone, all, and all but each.
    """
    everything = frozenset(SWITCHES)
    sets = {"none": frozenset[str]()}
    sets |= {f"{name} alone": frozenset((name,)) for name in SWITCHES}
    sets |= {"all": everything}
    sets |= {f"all but {name}": everything - {name} for name in SWITCHES}
    return {name: switched(config, on) for name, on in sets.items()}


def switch_bits(config: Config) -> dict[str, int]:
    """Return the bits of storage that each of the `SWITCHES`, and groups, add to a PE.

    Parameters
    ----------
    config : Config
        The array.

    Returns
    -------
    dict of str to int
        0 where a switch is off. As many flip-flops as a synthesis of the PE finds. Balanced rows
        are the compressor's work alone.
    """
    return {
        "column_queue_depth": _column_queue_bits(config) if config.column_queue_depth else 0,
        "free_padding": _free_padding_bits(config) if config.free_padding else 0,
        "balanced_rows": 0,
        "lanes": _lane_bits(config) if config.lanes > 1 else 0,
        "spmat_banks": _bank_bits(config) if config.reads_in_banks else 0,
        "broadcast_rounds": _round_bits(config) if config.in_rounds else 0,
        "broadcast_groups": _group_bits(config) if config.in_groups else 0,
    }


def _column_queue_bits(config: Config) -> int:
    """Count the queue's entries, its two positions, its level and the pages beside it."""
    depth = config.column_queue_depth
    entry = ACTIVATION_BITS + config.start_bits + config.row_bits - config.spared_bits
    pages = PAGES * config.queues_by_page * (config.start_bits - config.page_bits)
    positions = 2 * (depth - 1).bit_length() + depth.bit_length()
    return depth * entry + positions + pages - EMPTY_MARKS


def _free_padding_bits(config: Config) -> int:
    """Count the places in the memory that go along with words and entries."""
    # Those of four stages are whole words, whose low bits are 0.
    return GAPS * config.gap_bits + 4 * max(0, config.gap_bits - config.slot_bits)


def _bank_bits(config: Config) -> int:
    """Count the words of both banks, what these show, and the stage that turns them."""
    stage = ACTIVATION_BITS + config.slot_bits + 3
    return 2 * (config.word_bits + config.word_address_bits + 1) + stage


def _round_bits(config: Config) -> int:
    """Count two rounds, and the address of the pointers that are held."""
    return 2 + config.holds_pointers * (config.pair_bits + 1)


def _group_bits(config: Config) -> int:
    """Count the other activations in the queue and their columns, less the register of an offer."""
    size = config.broadcast_size
    # A word is offered from where it is held, without an activation's register and its rounds.
    offer = ACTIVATION_BITS + config.index_bits + 3
    return config.queue_depth * config.others_bits + (size - 1) * OTHER_COLUMN + size - offer


def _lane_bits(config: Config) -> int:
    """Count what the lanes, their buffer and the banks have more than one lane has."""
    size, row_bits = config.entries_per_word, config.row_bits
    entry = config.weight_bits + row_bits
    block = ACTIVATION_BITS + size * entry + size.bit_length()
    summed = ACTIVATION_BITS + size * (entry + 2) + row_bits + 2
    positions = 2 * (BLOCK_QUEUE_DEPTH - 1).bit_length() + BLOCK_QUEUE_DEPTH.bit_length()
    buffer = summed + BLOCKS * block + positions + 4
    # Weight, two half products, two rows and two marks.
    lanes = ACTIVATION_BITS + config.lanes * (2 * row_bits + 2 + 4 * CODEBOOK_BITS)
    place = max(1, (config.bank_depth - 1).bit_length())
    bank = config.bank_depth * (config.acc_bits + 1) + PRODUCT_BITS + place + 3
    given = 3 * config.acc_bits + 2 + 6 * (row_bits + 1)
    one = config.register_depth * (config.acc_bits + 1) + ONE_LANE
    return buffer + lanes + config.accumulator_banks * bank + given - one
