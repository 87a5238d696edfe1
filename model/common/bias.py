"""Biases that make up for the change of the mean outputs by weight sharing."""

from collections.abc import Sequence

import numpy as np

from zskip.model.common.fixed import FloatArray
from zskip.model.common.metrics import classes
from zskip.model.common.pruning import Weights
from zskip.model.common.reference import FloatLayer, float_layer, float_network


def corrected_biases(
    layers: Sequence[FloatLayer], weights: Sequence[Weights], inputs: FloatArray
) -> list[FloatArray]:
    """Choose the biases with which new weights give the mean outputs of the old ones.

    From input to output, each layer's outputs before ReLU are compared with those of the old
    weights, the layers in front of both computed with their own weights. The mean difference of
    each output goes into its bias (Nagel et al., "Data-free quantization through weight
    equalization and bias correction", ICCV 2019), less the part that the samples leave to chance:
    of a mean ``m`` of ``n`` differences with variance ``v``, ``1 - v / (n m^2)`` of it.

    It is for small changes of the weights. Pruning takes variance from the outputs, not the mean
    alone, and with their old means back fewer of them get through ReLU: accuracy falls.

    Parameters
    ----------
    layers : sequence of FloatLayer
        The network before weights were shared.
    weights : sequence of ndarray of any floating-point dtype, shape (outputs, inputs)
        New weights of every layer.
    inputs : ndarray of float64, shape (n, inputs)
        Samples of what the network gets.

    Returns
    -------
    list of ndarray of float64, shape (outputs,)
        Those of layers that compute the same as before are unchanged, and so are all of a single
        sample.
    """
    biases = []
    wanted = given = inputs
    for layer, matrix in zip(layers, weights, strict=True):
        # Values too large for a network overflow here; whoever chooses the scales refuses them.
        with np.errstate(over="ignore", invalid="ignore"):
            wanted = float_layer(layer.weights, wanted, layer.bias, relu=False)
            given = float_layer(matrix, given, layer.bias, relu=False)
            change = _certain_mean(wanted - given)
            given = given + change
        biases.append(layer.bias.astype(np.float64) + change)
        if layer.relu:
            wanted, given = np.maximum(wanted, 0), np.maximum(given, 0)
    return biases


def better_biases(
    layers: Sequence[FloatLayer], weights: Sequence[Weights], inputs: FloatArray
) -> list[FloatArray]:
    """Choose corrected biases where they keep the class of more inputs, and the old ones elsewhere.

    Parameters
    ----------
    layers, weights, inputs
        As `corrected_biases` takes them.

    Returns
    -------
    list of ndarray of float64, shape (outputs,)
        `corrected_biases`, or those of the layers where no more inputs keep the class
        (`zskip.model.common.metrics.classes`) that the old weights give them.
    """
    old = [layer.bias.astype(np.float64) for layer in layers]
    corrected = corrected_biases(layers, weights, inputs)
    wanted = classes(float_network(layers, inputs)[-1])
    kept = []
    for biases in (old, corrected):
        changed = [
            FloatLayer(weights=matrix, bias=bias, relu=layer.relu)
            for layer, matrix, bias in zip(layers, weights, biases, strict=True)
        ]
        kept.append(np.count_nonzero(classes(float_network(changed, inputs)[-1]) == wanted))
    return corrected if kept[1] > kept[0] else old


def _certain_mean(differences: FloatArray) -> FloatArray:
    """Return the mean of each column, less the part that may be chance; 0 if it is not finite."""
    count = len(differences)
    mean = differences.mean(axis=0)
    if count == 1:
        return np.zeros_like(mean)
    chance = differences.var(axis=0, ddof=1) / count
    square = np.square(mean)
    certain = np.divide(square - chance, square, out=np.zeros_like(mean), where=square > chance)
    return np.nan_to_num(mean * certain, nan=0.0, posinf=0.0, neginf=0.0)
