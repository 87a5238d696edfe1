"""Cycles of inputs that come back to back, with two banks of inputs."""

from zskip.model.common.fixed import IntArray
from zskip.model.common.latencies import SRAM_READ
from zskip.model.common.stream import LANES
from zskip.model.eie.config import Config
from zskip.model.eie.latencies import readout_latency
from zskip.model.eie.passes import pass_words

BEGIN = 1
"""Cycles from the end of a run to the begin of the one that is kept."""

HAND_OVER = 3
"""From the begin of a run to the first word of the next input vector, whose header waits, and from
its last one to the start that may then count."""

EMITTER = 3
"""Cycles of the emitter in front of the first command to the PEs, and behind the last word."""


def load_cycles(inputs: int, passes: int, config: Config) -> int:
    """Return the cycles from the begin of a run to the start of the next one, without a pause.

    Parameters
    ----------
    inputs : int
        Length of the input vector.
    passes : int
        Passes that the run fetches meanwhile: `i` waits for each.
    config : Config
        The array.
    """
    words = -(-inputs // LANES) * (LANES // config.pes_per_beat)
    return HAND_OVER + words + SRAM_READ + passes * pass_words(config)


def send_cycles(outputs: int, config: Config) -> int:
    """Return the cycles from the end of a run to its `done`, if all is taken at once.

    Parameters
    ----------
    outputs : int
        Length of the output vector.
    config : Config
        The array.
    """
    return EMITTER + -(-outputs // config.pes_per_beat) + readout_latency(config)


def interval(cycles: IntArray) -> IntArray:
    """Return how many cycles apart runs end, where neither loading nor sending is longer.

    Parameters
    ----------
    cycles : ndarray of int64, shape (n,)
        Cycles of the runs, all passes together.
    """
    return cycles + BEGIN
