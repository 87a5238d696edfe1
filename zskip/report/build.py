"""Everything that a report says, in numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.flow.compress import Accuracy, Compressed
from zskip.model.common.cost import Prediction, predict
from zskip.model.common.errors import InputError
from zskip.model.common.reference import FloatLayer
from zskip.model.eie.config import Config
from zskip.model.eie.figures.distribution import Distribution, distribution, entries_by_pe_count
from zskip.model.eie.figures.histograms import LayerHistogram, histogram
from zskip.model.eie.figures.report import LayerReport
from zskip.model.eie.figures.smallest import Fit, fit
from zskip.model.eie.figures.storage import NetworkStorage, storage


@dataclass(frozen=True, kw_only=True, eq=False)
class Report:
    """What compression made of a network.

    Parameters
    ----------
    name : str
        Name of the compressed network file, without its folder.
    config : Config
        The array.
    file_bytes : int
        Size of the file.
    dense_bytes, chip_bytes : int
        The network as dense float32, and in the memories of the array.
    calibration_inputs, measured_inputs : int
        Inputs that the scales were chosen by, and those of them that measured the errors.
    accuracy : Accuracy or None
        Where the inputs have labels.
    layers : tuple of LayerReport
        What became of each layer.
    storage : NetworkStorage
        Bytes in storage, with and without Huffman coding.
    prediction : Prediction
        Cycles on the inputs given.
    fit : Fit
        How much of each memory is taken.
    distribution : Distribution
        Padding and load against the number of PEs.
    histograms : tuple of LayerHistogram
        Weights and codebook of each layer.
    """

    name: str
    config: Config
    file_bytes: int
    dense_bytes: int
    chip_bytes: int
    calibration_inputs: int
    measured_inputs: int
    accuracy: Accuracy | None
    layers: tuple[LayerReport, ...]
    storage: NetworkStorage
    prediction: Prediction
    fit: Fit
    distribution: Distribution
    histograms: tuple[LayerHistogram, ...]


def build_report(
    compressed: Compressed,
    float_layers: Sequence[FloatLayer],
    inputs: NDArray[np.float64],
    *,
    on_progress: Callable[[int], None] | None = None,
) -> Report:
    """Gather what there is to say about a compressed network.

    Parameters
    ----------
    compressed : Compressed
        What `zskip.flow.compress.compress` returned.
    float_layers : sequence of FloatLayer
        The network that it was made of.
    inputs : ndarray of float64, shape (n, inputs)
        Inputs as users give them, at least one; the first
        `zskip.model.common.cost.MAX_INPUTS` predict the cycles.
    on_progress : callable, optional
        Called with 1 after each layer and input that was timed.

    Returns
    -------
    Report

    Raises
    ------
    InputError
        The float network or the inputs do not match the compressed network.
    """
    network = compressed.network
    given = [layer.weights.shape for layer in float_layers]
    expected = network.shapes
    if given != expected:
        raise InputError(
            f"the float network must have the compressed network's layer shapes {expected}, "
            f"not {given}: give the weights that the network was compressed from"
        )
    counts = [entries_by_pe_count(layer.matrix, network.config) for layer in network.layers]
    return Report(
        name=compressed.path.name,
        config=network.config,
        file_bytes=compressed.file_bytes,
        dense_bytes=compressed.dense_bytes,
        chip_bytes=compressed.chip_bytes,
        calibration_inputs=compressed.calibration_inputs,
        measured_inputs=compressed.measured_inputs,
        accuracy=compressed.accuracy,
        layers=compressed.layers,
        storage=storage(network),
        prediction=predict(network, network.quantize_inputs(inputs), on_progress=on_progress),
        fit=fit(network),
        distribution=distribution(network, counts),
        histograms=tuple(
            histogram(layer, source.weights)
            for layer, source in zip(network.layers, float_layers, strict=True)
        ),
    )
