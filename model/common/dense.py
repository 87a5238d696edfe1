"""A compressed network as dense layers in the order of its source: what the dense oracle takes."""

import numpy as np

from zskip.model.common.network import Network
from zskip.model.common.reference import DenseLayer


def dense_layers(network: Network) -> list[DenseLayer]:
    """Decode every layer and put its rows and columns back where they were in the source.

    Parameters
    ----------
    network : Network
        A network that passes its `check`.

    Returns
    -------
    list of DenseLayer
        Of the shapes of the source. Outputs that are never computed have neither weights nor bias
        here.
    """
    layers = []
    for index, layer in enumerate(network.layers):
        weights = np.zeros(layer.source_shape, dtype=np.int64)
        weights[np.ix_(layer.rows, network.columns(index))] = layer.weights()
        bias = np.zeros(layer.source_shape[0], dtype=np.int64)
        bias[layer.rows] = layer.bias
        layers.append(
            DenseLayer(weights=weights, bias=bias, shift=layer.scale.shift, relu=layer.relu)
        )
    return layers
