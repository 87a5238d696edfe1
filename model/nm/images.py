"""Memories of an N:M array that a program fills."""

from zskip.model.common.program import Memory
from zskip.model.common.stream import STREAM_BITS
from zskip.model.nm.config import Config
from zskip.model.nm.passes import pass_words

WEIGHTS = "weights"
BIASES = "biases"
PROGRAM = "program"
"""Names of the memories; the weights of a PE stand in ``weights_0``, ``weights_1`` and so on."""


def weights(config: Config) -> list[Memory]:
    """Return the kinds of SRAM that hold weights; with streamed weights there are two of each."""
    return [
        Memory(
            f"{WEIGHTS}_{index}",
            min(STREAM_BITS, config.word_bits - index * STREAM_BITS),
            config.weight_depth,
            True,
            config.parity,
        )
        for index in range(config.memory_slices)
    ]


def memories(config: Config) -> list[Memory]:
    """Return the kinds of SRAM of an array that a program fills; tiles fill the others.

    Parameters
    ----------
    config : Config
        The array.

    Returns
    -------
    list of Memory
        Each 64 bits of a beat of weights have a memory of their own; the last one may be narrower.
    """
    return [
        *([] if config.streamed else weights(config)),
        Memory(BIASES, config.acc_bits, config.bias_depth, True, config.parity),
        Memory(PROGRAM, STREAM_BITS, pass_words(config) * config.pass_count, False, config.parity),
    ]
