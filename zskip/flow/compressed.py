"""Result of a compression."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zskip.model.common.cost import Prediction
from zskip.model.common.engine import NetworkStorage
from zskip.model.common.fit import MemoryFit
from zskip.model.common.network import Network
from zskip.model.common.report import LayerReport


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """Part of the measured inputs whose largest output is at their label, 0 to 1.

    Parameters
    ----------
    float_network, compressed : float
        Of the network as it was given, and after compression.
    """

    float_network: float
    compressed: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Compressed:
    """A compressed network file and a report of the network.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    file_bytes : int
        Its size.
    network : Network
        The network in it.
    layers : tuple of LayerReport
        One for each layer.
    calibration_inputs : int
        Inputs that the scales were chosen by.
    measured_inputs : int
        Those of them that measured errors and accuracy.
    accuracy : Accuracy or None
        Where the inputs have labels.
    fit : tuple of MemoryFit
        One for each memory.
    huffman : bool
        Whether the file is Huffman coded.
    storage : NetworkStorage
        Bytes of the parts of the network in storage, with and without Huffman coding.
    prediction : Prediction
        Cycles on some of the inputs, exact.
    unpruned_cycles : tuple of float or None
        Cycles of each layer with the weights as they were given, on the same activations, where
        some were pruned.
    notes : tuple of str, optional
        What was taken off or assumed in reading the file of weights, a line each.
    """

    path: Path
    file_bytes: int
    network: Network[Any, Any]
    layers: tuple[LayerReport, ...]
    calibration_inputs: int
    measured_inputs: int
    accuracy: Accuracy | None
    fit: tuple[MemoryFit, ...]
    huffman: bool
    storage: NetworkStorage
    prediction: Prediction
    unpruned_cycles: tuple[float, ...] | None
    notes: tuple[str, ...] = ()

    @property
    def dense_bytes(self) -> int:
        """Bytes of all weights and biases as dense float32."""
        return sum(layer.dense_bytes for layer in self.layers)

    @property
    def chip_bytes(self) -> int:
        """Bytes of the network in the memories of the array."""
        return sum(layer.figures.chip_bytes for layer in self.layers)
