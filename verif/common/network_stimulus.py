"""Stimulus of the bench of a whole block, from the models of any engine."""

from typing import Any

import numpy as np

from zskip.model.common.counters import LayerRun
from zskip.model.common.engine import Engine
from zskip.model.common.fixed import IntArray, limits
from zskip.model.common.network import Network
from zskip.verif.common.block_stimulus import BadPacket, BlockStimulus, RefusedRun
from zskip.verif.common.expected import packet_cycles, result_words

CANDIDATES = 200
"""Input vectors from which those that overflow are taken."""


def network_stimulus(
    engine: Engine[Any, Any],
    network: Network[Any, Any],
    activations: IntArray,
    *,
    bad: list[BadPacket],
    refused: list[RefusedRun],
    trace: bool = True,
) -> BlockStimulus:
    """Return what the bench of a block needs to run a network, every layer and counter checked.

    Parameters
    ----------
    engine : Engine
        The network's engine.
    network : Network
        The network.
    activations : ndarray of int64, shape (n, inputs)
        Its input vectors.
    bad, refused : list
        Packets and programs that are refused, as in `BlockStimulus`.
    trace : bool
        Let every layer and counter be sent, not only the outputs of the last layer.

    Returns
    -------
    BlockStimulus
    """
    program = engine.plan(network, trace=trace)
    model = engine.run(network, activations)
    layers = [
        LayerRun(outputs=layer.outputs, passes=passes)
        for layer, passes in zip(model.layers, engine.timing(network, model), strict=True)
    ]
    overflows = sum(layer.counters["overflows"] for layer in layers)
    return BlockStimulus(
        load=program.load_stream().tolist(),
        inputs=[
            engine.input_words(network, vector).tolist() for vector in network.select(activations)
        ],
        results=result_words(program, layers, engine.stream).tolist(),
        cycles=packet_cycles(program, layers).tolist(),
        overflow=np.greater(overflows, 0).tolist(),
        bad=bad,
        refused=refused,
        tiles=program.tile_stream().tolist(),
        ahead=network.config.keeps_starts,
    )


def overflowing_inputs(
    engine: Engine[Any, Any], network: Network[Any, Any], bits: int, seed: int
) -> IntArray:
    """Return four input vectors; with two of them as few PEs as possible count overflows.

    Where there is such a candidate, it is the first PE alone, and then the last one alone.

    Parameters
    ----------
    engine : Engine
        The network's engine.
    network : Network
        The network.
    bits : int
        Bits of an activation.
    seed : int
        Seed of the candidates.

    Returns
    -------
    ndarray of int64, shape (4, inputs)
    """
    scales = np.geomspace(2, limits(bits)[1], CANDIDATES)
    values = np.random.default_rng(seed).uniform(-1, 1, (CANDIDATES, network.inputs))
    values = (values * scales[:, np.newaxis]).astype(np.int64)
    layers = engine.run(network, values).layers
    pes = np.any([layer.counters.per_pe["overflows"] > 0 for layer in layers], axis=0)
    count = np.count_nonzero(pes, axis=1)
    loud = [np.argmin(np.where(count, count - 0.5 * pes[:, pe], np.inf)) for pe in (0, -1)]
    quiet = np.flatnonzero(count == 0)[-2:]
    return values[[quiet[0], loud[0], quiet[1], loud[1]]]
