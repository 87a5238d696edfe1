"""Layers whose inputs stand in an order that was chosen for them, at no cost at run time.

The first layer's order is that in which the user's inputs are gathered; the order of a later
layer's inputs is that in which the layer in front gives its outputs.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from zskip.model.common.config import EngineConfig
from zskip.model.common.engine import Engine
from zskip.model.common.fixed import FloatArray, IntArray
from zskip.model.common.fixed_layer import FixedLayer
from zskip.model.common.network import Network


def encode_ordered(
    engine: Engine[Any, Any],
    layers: Sequence[FixedLayer],
    config: EngineConfig,
    orders: Sequence[IntArray] | None,
    *,
    calibration: FloatArray,
    input_scale: float = 1.0,
) -> Network[Any, Any]:
    """Encode layers whose inputs stand in given orders; any engine can, and needs to know nothing.

    The engine gets the layers in these orders as its source. It may leave rows and columns out, or
    reorder them again; the network that comes back names the true inputs and outputs.

    Parameters
    ----------
    engine : Engine
        The kind of accelerator.
    layers : sequence of FixedLayer
        From input to output, in the order of their source.
    config : EngineConfig
        The hardware.
    orders : sequence of ndarray of int64, shape (inputs,), or None
        For each layer its input at each place, all of them; without it as they are.
    calibration : ndarray of float64, shape (n, inputs)
        Typical inputs as users give them.
    input_scale : float, optional
        Factor from the inputs that users give to the real inputs of the first layer.

    Returns
    -------
    Network
        Its `check` is still to be done.

    Raises
    ------
    InputError
        The layers cannot be held in the configuration's formats.
    """
    if orders is None:
        return engine.encode(layers, config, calibration=calibration, input_scale=input_scale)
    outputs = [*orders[1:], np.arange(layers[-1].shape[0])]
    ordered = [
        replace(layer, codes=layer.codes[np.ix_(rows, columns)], bias=layer.bias[rows])
        for layer, rows, columns in zip(layers, outputs, orders, strict=True)
    ]
    network = engine.encode(
        ordered, config, calibration=calibration[:, orders[0]], input_scale=input_scale
    )
    return replace(
        network,
        layers=tuple(
            replace(layer, rows=rows[layer.rows])
            for layer, rows in zip(network.layers, outputs, strict=True)
        ),
        gather=orders[0][network.gather],
    )
