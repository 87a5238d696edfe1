"""Stimulus of the bench of a whole block, from the models of any engine."""

from typing import Any

import numpy as np

from zskip.model.common.counters import LayerRun
from zskip.model.common.engine import Engine
from zskip.model.common.fixed import IntArray
from zskip.model.common.network import Network
from zskip.verif.common.block_stimulus import BadPacket, BlockStimulus, RefusedRun
from zskip.verif.common.expected import packet_cycles, result_words


def network_stimulus(
    engine: Engine[Any, Any],
    network: Network[Any, Any],
    activations: IntArray,
    *,
    bad: list[BadPacket],
    refused: list[RefusedRun],
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

    Returns
    -------
    BlockStimulus
    """
    program = engine.plan(network, trace=True)
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
    )
