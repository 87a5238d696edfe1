"""Inputs through a compressed network three ways: in floating point, by the model, by the RTL."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.engines import block
from zskip.files.formats.source import SourceLayers
from zskip.files.inputs import AnyInputs, Inputs, read_inputs
from zskip.files.weights import AnyWeights, read_weights
from zskip.flow.clipping import clipped_note
from zskip.flow.given import AnyNetwork, AnyPath, given_network
from zskip.flow.progress import Background, Progress
from zskip.model.common.counters import Run
from zskip.model.common.errors import InputError
from zskip.model.common.metrics import accuracy
from zskip.model.common.network import Network
from zskip.model.common.reference import FloatLayer, float_network
from zskip.verif.common.simulate import Block, Simulation, Timing
from zskip.verif.common.simulator import Simulator


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """Part of the input vectors whose class is the labeled one, from 0 to 1.

    Parameters
    ----------
    float_network : float or None
        Of the float network, where that is given.
    model, rtl : float
        Of the golden model and of the RTL.
    """

    float_network: float | None
    model: float
    rtl: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Sources:
    """A network, its inputs, and the float network.

    Parameters
    ----------
    network : Network
        The compressed network.
    given : Inputs
        Inputs as they stand in the file, and labels where they are known.
    floats : tuple of FloatLayer or None
        The float network, layer by layer of the shapes of the source, where it is given.
    notes : tuple of str, optional
        What was taken off the float network, and how many inputs are clipped, a line each.
    ending : str or None
        Operation behind the last layer, as the network records it or the float network has it.
    """

    network: Network[Any, Any]
    given: Inputs
    floats: tuple[FloatLayer, ...] | None
    notes: tuple[str, ...] = ()
    ending: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Runs:
    """Results of the inputs three ways.

    Parameters
    ----------
    block : Block
        The network's block.
    sources : Sources
        The network and its inputs.
    activations : ndarray of int64, shape (n, inputs)
        The inputs as activations, in the user's order.
    model : Run
        Of the golden model.
    timing : tuple of tuple of Counters
        Counters of every layer and pass, of golden model and cycle model.
    simulation : Simulation
        Of the RTL; whether it equals the model is for `check` to tell.
    reference : list of ndarray of float64, shape (n, outputs), or None
        Outputs of every layer of the float network in its own order, where it is given.
    waveform : str or None
        Where the waveform is, if one was asked for.
    """

    block: Block
    sources: Sources
    activations: NDArray[np.int64]
    model: Run
    timing: Timing
    simulation: Simulation
    reference: list[NDArray[np.float64]] | None
    waveform: str | None

    def check(self) -> None:
        """Check every output and counter of the RTL against the golden model.

        Raises
        ------
        RunFailure
            Names the first that departs.
        """
        self.block.check(self.sources.network, self.model, self.simulation, timing=self.timing)

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on the sources, and on how the program came into the memories."""
        words = self.simulation.preset_words
        if not words:
            return self.sources.notes
        return (
            *self.sources.notes,
            f"the memories began with the program: to load its {words:,} words takes a cycle each",
        )

    @property
    def rtl_outputs(self) -> NDArray[np.int64]:
        """Outputs of the network by the RTL in the user's order, shape (n, outputs)."""
        return self.sources.network.restore(self.simulation.layers[-1].outputs)

    def real(self, outputs: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the real numbers that outputs of the network stand for."""
        return self.sources.network.layers[-1].output_values(outputs)

    def accuracy(self) -> Accuracy | None:
        """Compare the largest outputs with the labels, if there are any."""
        labels = self.sources.given.labels
        if labels is None:
            return None
        return Accuracy(
            float_network=None if self.reference is None else accuracy(self.reference[-1], labels),
            model=accuracy(self.real(self.model.outputs), labels),
            rtl=accuracy(self.real(self.rtl_outputs), labels),
        )

    def equal_inputs(self) -> int:
        """Count the input vectors whose outputs are equal in every layer of model and RTL."""
        equal = [
            np.all(expected.outputs == actual.outputs, axis=1)
            for expected, actual in zip(self.model.layers, self.simulation.layers, strict=True)
        ]
        return int(np.count_nonzero(np.all(equal, axis=0)))


def read_sources(
    network: AnyNetwork,
    inputs: AnyInputs,
    *,
    count: int | None,
    labels: AnyInputs | None,
    float_weights: AnyWeights | None,
    engine: str | None = None,
) -> Sources:
    """Read what a run takes, from files or values.

    Parameters
    ----------
    network : path, Network or Compressed
        Compressed network.
    inputs : path or array_like
        Inputs, with labels or without.
    count : int or None
        Use only that many of the inputs.
    labels : path, array_like or None
        Labels, if they are not in the inputs' file.
    float_weights : path, values or None
        The float network.
    engine : str, optional
        The engine that the network must be for.

    Returns
    -------
    Sources

    Raises
    ------
    InputError
        One cannot be used, or they do not belong together.
    """
    compressed = given_network(network, engine)
    given = read_inputs(inputs, count=count, labels=labels)
    notes = clipped_note(compressed, given.values)
    if float_weights is None:
        own = compressed.ending
        return Sources(network=compressed, given=given, floats=None, notes=notes, ending=own)
    source = read_weights(float_weights)
    if not source.assumed:
        notes = (*source.notes, *notes)
    return Sources(
        network=compressed,
        given=given,
        floats=_matching(source, compressed),
        notes=notes,
        ending=compressed.ending or source.ending,
    )


def run_all(
    sources: Sources, *, simulator: Simulator, waves: AnyPath | None, progress: Progress
) -> Runs:
    """Run the inputs every way.

    Parameters
    ----------
    sources : Sources
        What to run.
    simulator : Simulator
        What to run the RTL in.
    waves : path or None
        Folder to leave the waveform and the log in.
    progress : Progress
        Makes the progress bars.

    Returns
    -------
    Runs

    Raises
    ------
    InputError
        The inputs do not fit the network, or the simulator was not found.
    RunFailure
        The simulation failed.
    """
    network, given = sources.network, sources.given
    folder = None if waves is None else Path(waves).resolve()
    activations = network.quantize_inputs(given.values)
    unit = block(network.config.ENGINE)
    with progress("building the simulator", None):
        compiled = unit.build(network.config, simulator, waves=folder is not None)
    expecting = Background()
    # The simulator is a process of its own, which leaves this one free for the models.
    with ThreadPoolExecutor(1) as executor, expecting:
        expected = executor.submit(_expect, unit, network, activations, expecting)
        with progress("simulating", len(activations)) as advance:
            simulation = unit.simulate(
                network, activations, compiled, folder=folder, on_progress=advance
            )
        steps = len(activations) * (1 + len(network.layers))
        with progress("computing the golden model", steps) as advance:
            expecting.show(advance)
            model, timing = expected.result()
    reference = None
    if sources.floats is not None:
        reference = float_network(sources.floats, given.values * network.input_scale)
    return Runs(
        block=unit,
        sources=sources,
        activations=activations,
        model=model,
        timing=timing,
        simulation=simulation,
        reference=reference,
        waveform=None if folder is None else str(compiled.waveform(folder)),
    )


def _expect(
    unit: Block, network: Network[Any, Any], activations: NDArray[np.int64], done: Background
) -> tuple[Run, Timing]:
    """Compute the golden model and the cycle model."""
    model = unit.engine.run(network, activations, on_progress=done)
    return model, unit.engine.timing(network, model, on_progress=done)


def _matching(floats: SourceLayers, network: Network[Any, Any]) -> tuple[FloatLayer, ...]:
    """Return a float network after a check that it has the shape of a compressed one.

    Where its file tells no activations, they are those of the compressed network.
    """
    given = [layer.weights.shape for layer in floats]
    expected = network.shapes
    if given != expected:
        raise InputError(
            f"the float network must have the compressed network's layer shapes {expected}, "
            f"not {given}: give the weights that the network was compressed from"
        )
    if not floats.assumed:
        return floats
    pairs = zip(floats, network.layers, strict=True)
    return tuple(replace(layer, relu=compressed.relu) for layer, compressed in pairs)
