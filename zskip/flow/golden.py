"""Golden vectors of a network from the golden model, for its drop of Verilog."""

from typing import Any

import numpy as np

from zskip.engines import engine_of
from zskip.files.drop.vectors import Vectors, changed_packets
from zskip.model.common.counters import LayerRun
from zskip.model.common.fixed import FloatArray
from zskip.model.common.network import Network
from zskip.verif.common.expected import result_words

COUNT = 4
"""Vectors that are drawn where no inputs are given."""

SEED = 1


def golden_vectors(network: Network[Any, Any], inputs: FloatArray | None) -> Vectors:
    """Run input vectors through the golden model.

    Parameters
    ----------
    network : Network
        A network that passes its `check` and fits its configuration.
    inputs : ndarray of float64, shape (n, inputs), or None
        As users give them; without them some are drawn at random, half of their values zero.

    Returns
    -------
    Vectors

    Raises
    ------
    InputError
        The inputs have the wrong length or are not finite.
    """
    engine = engine_of(network.config)
    real = _drawn(network) if inputs is None else inputs
    activations = network.quantize_inputs(real)
    model = engine.run(network, activations)
    layers = [
        LayerRun(outputs=layer.outputs, passes=passes)
        for layer, passes in zip(model.layers, engine.timing(network, model), strict=True)
    ]
    plain, traced = engine.plan(network), engine.plan(network, trace=True)
    load = plain.load_stream()
    vectors = network.select(activations)
    return Vectors(
        inputs=real,
        outputs=network.layers[-1].output_values(model.outputs),
        load=load,
        tiles=plain.tile_stream(),
        trace=changed_packets(load, traced.load_stream()),
        packets=np.stack([engine.input_words(network, vector) for vector in vectors]),
        results=result_words(plain, layers, engine.stream),
        traced=result_words(traced, layers, engine.stream),
        cycles=np.sum([entry["cycles"] for layer in layers for entry in layer.passes], axis=0),
        cycle_limit=int(np.sum(plain.cycle_limits)),
    )


def _drawn(network: Network[Any, Any]) -> FloatArray:
    """Return random inputs in the range that the network takes; floats are around 1."""
    rng = np.random.default_rng(SEED)
    first = network.layers[0]
    bound = 1.0 if first.number is not None else first.input_limits(network.config)[1]
    shape = (COUNT, network.inputs)
    values = rng.uniform(-bound, bound, shape) * rng.integers(0, 2, shape)
    return values / network.input_scale
