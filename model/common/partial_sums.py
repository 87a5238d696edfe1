"""Largest partial sums that sample inputs reach while an accumulator adds up a layer's products.

They tell how many bits of an accumulator a network takes, which is far less than the sum of all
magnitudes where products of both signs alternate. They depend on the order of the additions.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import FloatArray, IntArray
from zskip.model.common.network import row_blocks
from zskip.model.common.reference import FloatLayer, float_layer

SAMPLES_PER_CHUNK = 512
SUMS = 2**25
"""About so many partial sums of a layer are looked at one by one; beyond it some together."""


class SumOrder(NamedTuple):
    """Order in which an accumulator takes the products of a layer.

    Attributes
    ----------
    inputs : ndarray of int64, shape (inputs,)
        The input at each place of the order, all of them.
    together : int
        Inputs whose products come at a time, in no order of their own; at least 1.
    """

    inputs: IntArray
    together: int

    def of_source(self, columns: IntArray, inputs: int) -> "SumOrder":
        """Return the order in a layer's source, of which these are the columns that are encoded.

        Parameters
        ----------
        columns : ndarray of int64
            The source's input at each column.
        inputs : int
            Inputs of the source; those that are left out come last.

        Returns
        -------
        SumOrder
        """
        others = np.setdiff1d(np.arange(inputs), columns)
        return SumOrder(np.concatenate((columns[self.inputs], others)), self.together)


def partial_sum_peaks(
    layers: Sequence[FloatLayer], inputs: NDArray[np.floating], orders: Sequence[SumOrder]
) -> list[float]:
    """Compute a network on samples, and give the largest magnitude of each layer's partial sums.

    A sum starts from the bias. Of products that come together the most counts that any order of
    them could reach. In large layers more products than these are treated so, which makes the
    result larger than what is reached, and never smaller.

    Parameters
    ----------
    layers : sequence of FloatLayer
        The network from input to output.
    inputs : ndarray of any floating-point dtype, shape (n, inputs)
        Samples of the first layer's inputs.
    orders : sequence of SumOrder
        One for each layer, of all its inputs.

    Returns
    -------
    list of float
        One for each layer, in real numbers.
    """
    peaks = [0.0] * len(layers)
    for start in range(0, inputs.shape[0], SAMPLES_PER_CHUNK):
        activations = inputs[start : start + SAMPLES_PER_CHUNK].astype(np.float64)
        for index, (layer, order) in enumerate(zip(layers, orders, strict=True)):
            outputs = np.empty((activations.shape[0], layer.weights.shape[0]))
            step = _step(layer.weights.shape, len(inputs), order.together)
            for rows in row_blocks(layer.weights.shape):
                weights = layer.weights[rows].astype(np.float64)
                bias = layer.bias[rows].astype(np.float64)
                outputs[:, rows] = float_layer(weights, activations, bias, layer.relu)
                peak = _peak(weights, activations, bias, order.inputs, step)
                peaks[index] = max(peaks[index], peak)
            activations = outputs
    return peaks


def _step(shape: tuple[int, ...], samples: int, together: int) -> int:
    """Return how many inputs count together, a multiple of what is added up at a time."""
    rows, columns = shape
    steps = max(1, SUMS // (rows * samples))
    return together * -(-columns // (together * steps))


def _peak(
    weights: FloatArray, activations: FloatArray, bias: FloatArray, order: IntArray, step: int
) -> float:
    """Return the largest magnitude of the partial sums of some rows."""
    sums = np.tile(bias, (len(activations), 1))
    peak = float(np.abs(sums).max())
    for start in range(0, order.size, step):
        some = order[start : start + step]
        factors, others = activations[:, some], weights[:, some].T
        products = factors @ others
        # Products of one sign add up to half of the sum of magnitudes and of the sum.
        both = np.abs(factors) @ np.abs(others) if step > 1 else np.abs(products)
        above, below = sums + (both + products) / 2, sums - (both - products) / 2
        peak = max(peak, float(above.max()), -float(below.min()))
        sums += products
    return peak
