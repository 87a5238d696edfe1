"""Numbers of a report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zskip.engines import engine_of, page
from zskip.flow.compressed import Accuracy, Compressed
from zskip.model.common.config import EngineConfig
from zskip.model.common.cost import Prediction
from zskip.model.common.engine import NetworkStorage, Storage
from zskip.model.common.errors import InputError
from zskip.model.common.fit import MemoryFit
from zskip.model.common.reference import FloatLayer
from zskip.model.common.report import LayerReport


@dataclass(frozen=True, kw_only=True, eq=False)
class Report:
    """Numbers of a compressed network.

    Parameters
    ----------
    name : str
        Name of the compressed network file, without its folder.
    config : EngineConfig
        The hardware.
    file_bytes : int
        Size of the file.
    dense_bytes, chip_bytes : int
        The network as dense float32, and in the memories of the array.
    calibration_inputs, measured_inputs : int
        Inputs that the scales were chosen by, and those of them that measured the errors.
    accuracy : Accuracy or None
        Where the inputs have labels.
    layers : tuple of LayerReport
        One for each layer.
    storage : NetworkStorage
        Bytes in storage, with and without Huffman coding.
    packed : Storage
        Those of the network that are coded as the file is.
    huffman : bool
        Whether it is Huffman coded.
    prediction : Prediction
        Cycles, exact.
    fit : tuple of MemoryFit
        How much of each memory is taken.
    shown : mapping of str to str
        Counters that are shown, by name with their headings.
    own : object
        The engine's own numbers.
    pattern : str
        Pattern that the weights were pruned to; empty without one.
    shares : dict of str to tuple of float
        What it keeps of each layer, by heading.
    """

    name: str
    config: EngineConfig
    file_bytes: int
    dense_bytes: int
    chip_bytes: int
    calibration_inputs: int
    measured_inputs: int
    accuracy: Accuracy | None
    layers: tuple[LayerReport, ...]
    storage: NetworkStorage
    packed: Storage
    huffman: bool
    prediction: Prediction
    fit: tuple[MemoryFit, ...]
    shown: Mapping[str, str]
    own: Any
    pattern: str
    shares: Mapping[str, tuple[float, ...]]


def build_report(compressed: Compressed, float_layers: Sequence[FloatLayer]) -> Report:
    """Gather the numbers of a compressed network.

    Parameters
    ----------
    compressed : Compressed
        Result of `zskip.flow.compress.compress`.
    float_layers : sequence of FloatLayer
        The network that it was made of.

    Returns
    -------
    Report

    Raises
    ------
    InputError
        The float network does not match the compressed network.
    """
    network = compressed.network
    given = [layer.weights.shape for layer in float_layers]
    expected = network.shapes
    if given != expected:
        raise InputError(
            f"the float network must have the compressed network's layer shapes {expected}, "
            f"not {given}: give the weights that the network was compressed from"
        )
    return Report(
        name=compressed.path.name if compressed.path else "network",
        config=network.config,
        file_bytes=compressed.file_bytes,
        dense_bytes=compressed.dense_bytes,
        chip_bytes=compressed.chip_bytes,
        calibration_inputs=compressed.calibration_inputs,
        measured_inputs=compressed.measured_inputs,
        accuracy=compressed.calibration_accuracy,
        layers=compressed.layers,
        storage=compressed.storage,
        packed=compressed.packed,
        huffman=compressed.huffman,
        prediction=compressed.prediction,
        fit=compressed.fit,
        shown=engine_of(network.config).shown,
        own=page(network.config.ENGINE).numbers(network, float_layers),
        pattern=str(compressed.pattern or ""),
        shares=_shares(compressed) if compressed.pattern else {},
    )


def _shares(compressed: Compressed) -> dict[str, tuple[float, ...]]:
    """Return the shares that the pattern keeps of magnitude (L1) and squares (L2), by heading."""
    records = compressed.share_records()
    return {
        f"{kind} L{power}": tuple(record[f"{kind}_l{power}"] for record in records)
        for kind in compressed.share_kinds
        for power in (1, 2)
    }
