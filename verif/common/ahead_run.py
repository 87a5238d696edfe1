"""Runs of a network whose inputs go back to back."""

from typing import Any, NamedTuple

import numpy as np

from zskip.model.common.back_to_back import send_cycles
from zskip.model.common.engine import Engine
from zskip.model.common.fixed import IntArray
from zskip.model.common.network import Network
from zskip.model.common.stream import LANES
from zskip.verif.common.block_stimulus import BlockStimulus


class Times(NamedTuple):
    """Cycles of runs of the same input vector, one behind the other.

    Parameters
    ----------
    interval : int
        From the end of one to that of the next.
    latency : int
        From the start of one alone to its `done`.
    """

    interval: int
    latency: int


class AheadBlock(NamedTuple):
    """An array whose runs go back to back.

    Parameters
    ----------
    config : EngineConfig
        The array.
    stimulus : BlockStimulus
        What to send to it and what to expect.
    times : Times
        Cycles of runs of its first input vector.
    """

    config: Any
    stimulus: BlockStimulus
    times: Times


def vector_times(
    engine: Engine[Any, Any], network: Network[Any, Any], activations: IntArray
) -> Times:
    """Return the cycles of an array whose units share a vector memory, by its models.

    Parameters
    ----------
    engine : Engine
        The network's engine.
    network : Network
        A network of an array with double input.
    activations : ndarray of int64, shape (n, inputs)
        Its input vectors, of which the first counts.
    """
    run = engine.run(network, activations[:1])
    passes = [entry for layer in engine.timing(network, run) for entry in layer]
    cycles = np.stack([entry["cycles"] for entry in passes])
    apart = engine.intervals(network, cycles)
    assert apart is not None
    last = engine.plan(network).passes[-1]
    outputs = last.outputs * last.form.places
    sent = send_cycles(outputs, min(LANES, network.config.pe_count))
    return Times(interval=int(apart[0]), latency=int(cycles.sum()) + sent)
