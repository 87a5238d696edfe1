"""Memories of a Bitlet array that a program fills."""

from zskip.model.bitlet.config import Config
from zskip.model.bitlet.passes import PASS_WORDS
from zskip.model.common.program import Memory
from zskip.model.common.stream import STREAM_BITS

WEIGHTS = "weights"
BIASES = "biases"
PROGRAM = "program"
"""Names of the memories; weights and biases of an engine stand in ``weights_0``, ``biases_0`` and
so on."""


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
        Each 64 bits of a beat of weights have a memory of their own, the last of which may be
        narrower, and so have the biases of each row side by side.
    """
    biases = [
        Memory(f"{BIASES}_{row}", config.bias_bits, config.bias_depth, True, config.parity)
        for row in range(config.segments)
    ]
    return [
        *([] if config.streamed else weights(config)),
        *biases,
        Memory(PROGRAM, STREAM_BITS, PASS_WORDS * config.pass_count, False, config.parity),
    ]
