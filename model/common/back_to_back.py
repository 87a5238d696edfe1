"""Cycles of inputs that come back to back, with two banks of inputs."""

import numpy as np

from zskip.model.common.fixed import IntArray
from zskip.model.common.stream import LANES

BEGIN = 1
"""Cycles from the end of a run to the begin of the one that is kept."""

HAND_OVER = 3
"""From the begin of a run to the first word of the next input vector, whose header waits, and from
its last one to the start that may then count."""

EMITTER = 3
"""Cycles of the emitter in front of the first command to the units, and behind the last word."""

READOUT = 1
"""From the request for outputs of a vector memory to them."""


def load_cycles(inputs: int) -> int:
    """Return the cycles from the begin of a run to the start of the next one, without a pause.

    The header comes in the cycle behind the start of the run, or has come during the one before.

    Parameters
    ----------
    inputs : int
        Places of 16 bits of the input vector, which are taken a stream word a cycle.
    """
    return 1 + HAND_OVER + -(-inputs // LANES)


def send_cycles(outputs: int, lanes: int, readout: int = READOUT) -> int:
    """Return the cycles from the end of a run to its `done`, if all is taken at once.

    Parameters
    ----------
    outputs : int
        Places of 16 bits of the output vector.
    lanes : int
        Places that are read together.
    readout : int, optional
        Cycles from the request for them to the word.
    """
    return EMITTER + -(-outputs // lanes) + readout


def interval(cycles: IntArray, sending: int = 0) -> IntArray:
    """Return how many cycles apart runs end, where loading is not longer.

    Parameters
    ----------
    cycles : ndarray of int64, shape (passes, n)
        Cycles of the passes.
    sending : int, optional
        Cycles of sending the outputs of the run before; what the first pass does not take of them
        is waited for behind it.
    """
    return cycles.sum(axis=0) + BEGIN + np.maximum(sending - cycles[0], 0)
