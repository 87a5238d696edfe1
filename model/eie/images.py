"""Memories of an EIE array that a program fills."""

from zskip.model.common.program import Memory
from zskip.model.common.stream import STREAM_BITS
from zskip.model.eie.config import Config
from zskip.model.eie.passes import pass_words


def memories(config: Config) -> list[Memory]:
    """Return the kinds of SRAM of an array that a program fills.

    Parameters
    ----------
    config : Config
        The array.

    Returns
    -------
    list of Memory
    """
    return [
        Memory("spmat", config.word_bits, config.spmat_depth, True),
        Memory("pointers_even", config.pointer_bits, config.pointer_depth // 2, True),
        Memory("pointers_odd", config.pointer_bits, config.pointer_depth // 2, True),
        Memory("bias", config.acc_bits, config.bias_depth, True),
        Memory("program", STREAM_BITS, pass_words(config) * config.pass_count, False),
    ]
