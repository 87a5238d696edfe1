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
    spmat = Memory("spmat", config.word_bits, config.spmat_depth, True, config.parity)
    return [
        *([] if config.streamed else [spmat, *_pointers(config)]),
        Memory("bias", config.acc_bits, config.bias_depth, True, config.parity),
        Memory(
            "program", STREAM_BITS, pass_words(config) * config.pass_count, False, config.parity
        ),
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
