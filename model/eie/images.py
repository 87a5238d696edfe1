"""Memories of an EIE array that a program fills."""

from zskip.model.common.program import Memory
from zskip.model.common.stream import STREAM_BITS
from zskip.model.eie.config import Config
from zskip.model.eie.passes import pass_words


def memories(config: Config) -> list[Memory]:
    """Return the kinds of SRAM of an array that a program fills; tiles fill the others.

    Parameters
    ----------
    config : Config
        The array.

    Returns
    -------
    list of Memory
    """
    return [
        *([] if config.streamed else [*_spmat(config), *_pointers(config)]),
        Memory("bias", config.acc_bits, config.bias_depth, True, config.parity),
        Memory(
            "program", STREAM_BITS, pass_words(config) * config.pass_count, False, config.parity
        ),
    ]


def _spmat(config: Config) -> list[Memory]:
    """Return the memories of the sparse matrix: one, or an even and an odd bank."""
    names = ("spmat_even", "spmat_odd") if config.reads_in_banks else ("spmat",)
    return [
        Memory(name, config.word_bits, config.spmat_bank_depth, True, config.parity)
        for name in names
    ]


def _pointers(config: Config) -> list[Memory]:
    """Return the memories of the column pointers: of groups, or an even and an odd bank."""
    if config.grouped_pointers:
        return [
            Memory("pointers", config.pointer_word_bits, config.pointer_words, True, config.parity)
        ]
    return [
        Memory(f"pointers_{bank}", config.pointer_bits, config.pointer_words, True, config.parity)
        for bank in ("even", "odd")
    ]
