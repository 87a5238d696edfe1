"""Compress: trained weights to a compressed network file, with a report."""

from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from zskip.files.atomic import check_target, write_file
from zskip.files.inputs import Inputs, read_inputs
from zskip.files.network import to_bytes
from zskip.files.weights import read_weights
from zskip.model.common.errors import InputError
from zskip.model.common.metrics import accuracy
from zskip.model.eie import compress as model
from zskip.model.eie.compress import Compression, Density
from zskip.model.eie.config import PAPER, Config
from zskip.model.eie.network import Network
from zskip.model.eie.report import LayerReport
from zskip.model.eie.schedule import requirements


@dataclass(frozen=True, kw_only=True)
class Fit:
    """How much of a memory of the array a network takes.

    Parameters
    ----------
    needed : int
        The smallest value of the configuration's field that would do.
    available : int
        Its value.
    """

    needed: int
    available: int

    @property
    def share(self) -> float:
        """Part that is taken, 0 to 1."""
        return self.needed / self.available


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
    """A compressed network file and what became of the network.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    file_bytes : int
        Its size.
    network : Network
        What is in it.
    layers : tuple of LayerReport
        One for each layer.
    calibration_inputs : int
        Inputs that the scales were chosen by.
    measured_inputs : int
        Those of them that measured errors and accuracy.
    accuracy : Accuracy or None
        Where the inputs have labels.
    fit : dict of str to Fit
        By field of the configuration.
    """

    path: Path
    file_bytes: int
    network: Network
    layers: tuple[LayerReport, ...]
    calibration_inputs: int
    measured_inputs: int
    accuracy: Accuracy | None
    fit: dict[str, Fit]

    @property
    def dense_bytes(self) -> int:
        """Bytes of all weights and biases as dense float32."""
        return sum(layer.dense_bytes for layer in self.layers)

    @property
    def chip_bytes(self) -> int:
        """Bytes of the network in the memories of the array."""
        return sum(layer.chip.total for layer in self.layers)


def compress(
    weights: str | PathLike[str],
    output: str | PathLike[str],
    *,
    inputs: str | PathLike[str] | None,
    count: int | None = None,
    input_scale: float = 1.0,
    density: Density = None,
    config: Config = PAPER,
    on_progress: Callable[[int], None] | None = None,
) -> Compressed:
    """Compress the network of a file of weights and write a compressed network file.

    Parameters
    ----------
    weights : path
        File of float weights (`zskip.files.weights`).
    output : path
        The file to write.
    inputs : path
        File of typical inputs (`zskip.files.inputs`), to choose the fixed-point scales by.
    count : int, optional
        Use at most so many of them.
    input_scale : float, optional
        Factor from the inputs of files to those that the network was trained with.
    density : float or mapping of str to float, optional
        Share of the weights to keep, of every layer or by layer name.
    config : Config, optional
        The array.
    on_progress : callable, optional
        Called with 1 after each layer.

    Returns
    -------
    Compressed

    Raises
    ------
    InputError
        A file cannot be read or written, the network cannot be compressed, or it does not fit
        the configuration. Nothing is written then.
    """
    target = Path(output)
    check_target(target)
    for source in (weights, inputs):
        if source is not None and _same_file(target, Path(source)):
            raise InputError(f"{target} must not be written, it is read: choose another name")
    layers = read_weights(Path(weights))
    if inputs is None:
        raise InputError(
            "calibration inputs must be given, to choose the fixed-point scales by: add "
            "--inputs FILE, an .npy or .npz with some hundred typical inputs"
        )
    given = read_inputs(Path(inputs), count=count)
    result = model.compress(
        layers,
        config,
        calibration=given.values,
        density=density,
        input_scale=input_scale,
        on_progress=on_progress,
    )
    measured = _accuracy(result, given)
    data = to_bytes(result.network)
    write_file(target, data)
    return Compressed(
        path=target,
        file_bytes=len(data),
        network=result.network,
        layers=result.layers,
        calibration_inputs=len(given.values),
        measured_inputs=len(result.outputs),
        accuracy=measured,
        fit={
            name: Fit(needed=needed, available=getattr(config, name))
            for name, needed in requirements(result.network).items()
        },
    )


def _accuracy(result: Compression, given: Inputs) -> Accuracy | None:
    """Compare the largest outputs with the labels."""
    if given.labels is None:
        return None
    labels = given.labels[: len(result.outputs)]
    return Accuracy(
        float_network=accuracy(result.float_outputs, labels),
        compressed=accuracy(result.outputs, labels),
    )


def _same_file(left: Path, right: Path) -> bool:
    """Tell whether two paths lead to one file."""
    return left.exists() and right.exists() and left.samefile(right)
