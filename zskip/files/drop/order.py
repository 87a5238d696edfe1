"""Order of the inputs and outputs of a network on the array, for a driver."""

import json
from typing import Any

from zskip.model.common.network import Network

ORDER = "order.json"
"""File of the order of a network's inputs and outputs."""


def order_json(network: Network[Any, Any]) -> str:
    """Return which inputs the array takes, and in which order it gives the outputs.

    Parameters
    ----------
    network : Network
        A network that passes its `check`.

    Returns
    -------
    str
        A JSON document: ``inputs`` is the network's input at each position of the input vector,
        ``outputs`` the network's output at each position of the output vector.
    """
    document = {
        "inputs": network.gather.tolist(),
        "outputs": network.layers[-1].rows.tolist(),
    }
    return json.dumps(document) + "\n"
