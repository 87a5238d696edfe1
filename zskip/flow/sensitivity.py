"""Sensitivity: how far each layer of a float network can be pruned, as a table and a plot."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zskip.files.atomic import write_file
from zskip.files.formats.activations import Activations
from zskip.files.inputs import AnyInputs, read_inputs
from zskip.files.weights import AnyWeights, read_weights
from zskip.flow.given import AnyPath
from zskip.flow.plotting import checked_plot
from zskip.flow.progress import Progress, silent
from zskip.flow.report import Report, Row, counted
from zskip.flow.sensitivity_plot import plot as draw_plot
from zskip.model.common.errors import InputError
from zskip.model.common.float_network import check_float_network
from zskip.model.common.metrics import signal_to_noise
from zskip.model.common.reference import FloatLayer, float_network
from zskip.model.common.sensitivity import Evaluate, Sensitivity, accuracy_of, scan

DENSITIES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
"""Densities of the scan unless others are asked for."""

ACCURACY = "accuracy"
SNR = "SNR in dB"


@dataclass(frozen=True, kw_only=True, repr=False)
class SensitivityReport(Report):
    """Scores of a network with one layer pruned at a time.

    Parameters
    ----------
    score : str
        What is measured: `ACCURACY`, 0 to 1, where there are labels, otherwise `SNR`, the
        signal-to-noise ratio of the outputs against those of the network as it was given.
    inputs : int
        Inputs that it was measured on.
    unpruned : float
        Score of the network as it was given; infinite for `SNR`.
    densities : tuple of float
        Densities of the scan, ascending.
    rows : tuple of Sensitivity
        For each layer a row for every density.
    plot : pathlib.Path or None
        File of the plot, if one was asked for.
    notes : tuple of str, optional
        What was taken off or assumed in reading the file of weights, a line each.
    """

    score: str
    inputs: int
    unpruned: float
    densities: tuple[float, ...]
    rows: tuple[Sensitivity, ...]
    plot: Path | None
    notes: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """What is measured, on what."""
        layers = len({row.layer for row in self.rows})
        return (
            f"{self.score} of {counted(layers, 'layer')} pruned alone to "
            f"{len(self.densities)} densities, {counted(self.inputs, 'input')}"
        )

    def to_dict(self) -> list[Row]:
        """Return a row for each layer and density."""
        return [
            {"layer": row.layer, "density": row.density, self.score: row.score} for row in self.rows
        ]


def sensitivity(
    weights: AnyWeights,
    inputs: AnyInputs,
    *,
    labels: AnyInputs | None = None,
    count: int | None = None,
    densities: Sequence[float] = DENSITIES,
    input_scale: float = 1.0,
    activations: Activations | None = None,
    plot: AnyPath | None = None,
    progress: Progress = silent,
) -> SensitivityReport:
    """Prune each layer alone to each density, and measure the network.

    Parameters
    ----------
    weights : path or values
        The float network, as `zskip.compress` takes it.
    inputs : path or array_like
        Inputs, or their ``.npy`` or ``.npz`` file, with labels or without.
    labels : path or array_like, optional
        Labels, or their file, if they are not in the inputs' file.
    count : int, optional
        Use only that many of the inputs.
    densities : sequence of float, optional
        Shares of a layer's weights to keep, above 0 and at most 1.
    input_scale : float, optional
        Factor from the inputs of files to those that the network was trained with.
    activations : str, sequence of str or mapping of str to str, optional
        As for `zskip.compress`.
    plot : path, optional
        File to write the plot to; needs matplotlib.
    progress : Progress, optional
        Makes the progress bar.

    Returns
    -------
    SensitivityReport

    Raises
    ------
    InputError
        A file cannot be read or written, what they hold does not belong together, or matplotlib
        is missing. Nothing is written then.
    """
    target = checked_plot(plot, weights, inputs, labels)
    with progress("reading", None):
        layers = read_weights(weights, activations)
        check_float_network(layers)
        given = read_inputs(inputs, count=count, labels=labels)
    values = _scaled(given.values, input_scale, layers)
    score = SNR if given.labels is None else ACCURACY
    ascending = tuple(sorted(set(densities)))
    with progress("computing the network as it is", None):
        if given.labels is None:
            evaluate = snr_against(layers, values)
        else:
            evaluate = accuracy_of(values, given.labels)
        unpruned = evaluate(layers)
    with progress("pruning each layer alone", len(layers) * len(ascending)) as advance:

        def advancing(network: tuple[FloatLayer, ...]) -> float:
            result = evaluate(network)
            advance(1)
            return result

        rows = scan(layers, advancing, ascending)
    report = SensitivityReport(
        score=score,
        inputs=len(values),
        unpruned=unpruned,
        densities=ascending,
        rows=rows,
        plot=target,
        notes=layers.notes,
    )
    if target is not None:
        write_file(target, draw_plot(rows, score, unpruned))
    return report


def snr_against(layers: tuple[FloatLayer, ...], inputs: NDArray[np.float64]) -> Evaluate:
    """Make an evaluation that gives the signal-to-noise ratio of the outputs against a network's.

    Parameters
    ----------
    layers : tuple of FloatLayer
        The network whose outputs are right.
    inputs : ndarray of float64, shape (n, inputs)
        Samples, one row each.

    Returns
    -------
    callable
        Takes a network and gives the ratio in dB, infinite where the outputs are equal.
    """
    truth = float_network(layers, inputs)[-1]

    def evaluate(network: tuple[FloatLayer, ...]) -> float:
        return signal_to_noise(truth, float_network(network, inputs)[-1])

    return evaluate


def _scaled(
    values: NDArray[np.float64], input_scale: float, layers: tuple[FloatLayer, ...]
) -> NDArray[np.float64]:
    """Check the inputs against the network and scale them."""
    if not (np.isfinite(input_scale) and input_scale > 0):
        raise InputError(
            f"the input scale must be positive and finite, not {input_scale}: give the factor "
            "from these inputs to those of training, such as 0.0039"
        )
    width = layers[0].weights.shape[1]
    if values.shape[1] != width:
        raise InputError(
            f"inputs must have {width} values each, one for each input of the first layer, not "
            f"{values.shape[1]}: give the inputs of this network"
        )
    return values * input_scale
