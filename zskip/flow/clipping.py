"""Inputs that a network cannot represent: how many, and why that may be."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.network import Network

OTHER_SCALE = 4.0
"""Times the range of a network from which on inputs are taken to be of another scale."""


def clipped_note(network: Network[Any, Any], inputs: NDArray[np.float64]) -> tuple[str, ...]:
    """Return a line on the inputs that are outside the range of the network's activations.

    Parameters
    ----------
    network : Network
        A network that passes its `check`.
    inputs : ndarray of float64, shape (n, inputs)
        As users give them, before `input_scale`.

    Returns
    -------
    tuple of str
        How many are clipped, the range, and what to do; nothing where none is.

    Raises
    ------
    InputError
        The inputs have the wrong length or are not finite.
    """
    clipped = network.clipped_inputs(inputs)
    if not clipped.any():
        return ()
    limits = network.layers[0].input_limits(network.config)
    low, high = (limit / network.input_scale for limit in limits)
    outside = inputs[clipped]
    advice = "compress with calibration inputs such as these"
    peak = float(np.abs(outside).max())
    if peak >= OTHER_SCALE * high:
        # Calibration leaves the largest sample between a quarter and a half of the range.
        least, most = high / 4 / peak, high / 2 / peak
        advice = f"they seem to be of another scale: multiply them by {least:.2g} to {most:.2g}"
    return (
        f"{outside.size:,} of {inputs.size:,} input values, {outside.min():.6g} to "
        f"{outside.max():.6g}, are clipped to the network's range from {low:.6g} to {high:.6g}: "
        f"{advice}",
    )
