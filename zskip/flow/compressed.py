"""Result of a compression."""

from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from zskip.engines import engine_of
from zskip.files.network import save
from zskip.flow.report import Report, Row, cost_record, counted
from zskip.model.common.cost import Prediction
from zskip.model.common.engine import NetworkStorage, Storage
from zskip.model.common.fit import MemoryFit
from zskip.model.common.network import Network
from zskip.model.common.pattern import Pattern
from zskip.model.common.pattern_shares import PatternShares
from zskip.model.common.report import LayerReport


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """Part of the measured inputs whose class is their label, 0 to 1.

    Parameters
    ----------
    float_network, compressed : float
        Of the network as it was given, and after compression.
    """

    float_network: float
    compressed: float


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Compressed(Report):
    """A compressed network and a report of it.

    Parameters
    ----------
    path : pathlib.Path or None
        Its file, if one was written.
    file_bytes : int
        Size of the file, written or not.
    network : Network
        The network.
    layers : tuple of LayerReport
        One for each layer.
    calibration_inputs : int
        Inputs that the scales were chosen by.
    measured_inputs : int
        Those of them that measured errors and accuracy.
    calibration_accuracy : Accuracy or None
        On the measured inputs, where they have labels.
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
    scales : str
        Sums that the accumulators hold: ``"reached"`` or ``"safe"``.
    sum_shares : tuple of float or None
        Share of the accumulators' range that partial sums of the calibration inputs reach, one for
        each layer; None in floating point, and of an engine that tells no order of its additions.
    notes : tuple of str, optional
        What was taken off or assumed in reading the file of weights, and weights that became
        zero, a line each.
    pattern : Pattern or None, optional
        Pattern that the weights were pruned to.
    shares : tuple of PatternShares, optional
        What it keeps of the weights, one for each layer; empty without a pattern.
    """

    path: Path | None
    file_bytes: int
    network: Network[Any, Any]
    layers: tuple[LayerReport, ...]
    calibration_inputs: int
    measured_inputs: int
    calibration_accuracy: Accuracy | None
    fit: tuple[MemoryFit, ...]
    huffman: bool
    storage: NetworkStorage
    prediction: Prediction
    unpruned_cycles: tuple[float, ...] | None
    scales: str
    sum_shares: tuple[float, ...] | None
    notes: tuple[str, ...] = ()
    pattern: Pattern | None = None
    shares: tuple[PatternShares, ...] = ()

    @property
    def dense_bytes(self) -> int:
        """Bytes of all weights and biases as dense float32."""
        return sum(layer.dense_bytes for layer in self.layers)

    @property
    def chip_bytes(self) -> int:
        """Bytes of the network in the memories of the array."""
        return sum(layer.figures.chip_bytes for layer in self.layers)

    @property
    def chip_ratio(self) -> float:
        """How many times smaller than dense float32 the network is on chip."""
        return self.dense_bytes / self.chip_bytes

    @property
    def file_ratio(self) -> float:
        """How many times smaller than dense float32 the file is, with all that it holds."""
        return self.dense_bytes / self.file_bytes

    @property
    def packed(self) -> Storage:
        """Bytes of the network's parts in storage, coded as the file is, without its format."""
        total = self.storage.total
        return total.huffman if self.huffman else total.plain

    @property
    def headline(self) -> str:
        """Layers, hardware and size."""
        hits = ""
        if self.calibration_accuracy is not None:
            hits = f", accuracy {self.calibration_accuracy.compressed:.2%} on calibration inputs"
        return (
            f"{counted(len(self.layers), 'layer')} for {self.network.config.size}, "
            f"{self.chip_bytes:,} bytes on chip for {self.dense_bytes:,} as dense float32{hits}"
        )

    def to_dict(self) -> list[Row]:
        """Return a row for each layer: size, sharing, pattern, error and predicted cycles."""
        shown = engine_of(self.network.config).shown
        figures = [asdict(layer)["figures"] for layer in self.layers]
        return [
            {
                "name": layer.name,
                "inputs": layer.inputs,
                "outputs": layer.outputs,
                "density": layer.density,
                "shared_values": layer.shared_values,
                "weight_snr_db": layer.weight_snr_db,
                **{name: value for name, value in own.items() if not isinstance(value, dict)},
                "chip_bytes": layer.figures.chip_bytes,
                "max_error": layer.fidelity.max_error,
                "snr_db": layer.fidelity.snr_db,
                **cost_record(predicted.cost, shown),
                **share,
            }
            for layer, own, predicted, share in zip(
                self.layers, figures, self.prediction.layers, self.share_records(), strict=True
            )
        ]

    @property
    def share_kinds(self) -> tuple[str, ...]:
        """Shares worth telling: those of another order of the inputs only where they differ."""
        if all(share.unpermuted_l1 == share.kept_l1 for share in self.shares):
            return ("kept", "unstructured")
        return ("kept", "unpermuted", "unstructured")

    def share_records(self) -> list[dict[str, float]]:
        """Return for each layer what the pattern keeps, by name; nothing without a pattern."""
        return [asdict(share) for share in self.shares] or [{} for _ in self.layers]

    def save(self, path: str | PathLike[str]) -> None:
        """Write the network to a compressed network file, Huffman coded if `huffman` says so.

        Parameters
        ----------
        path : path
            The file; an old one is replaced.

        Raises
        ------
        InputError
            The file cannot be written.
        """
        save(self.network, Path(path), huffman=self.huffman)
