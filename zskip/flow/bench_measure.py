"""What a network takes on an array: through the RTL, checked, or by the cycle model."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.eie.accelerator import run
from zskip.model.eie.cycles import layer_timing
from zskip.model.eie.figures.work import Work, work
from zskip.model.eie.network import Network
from zskip.verif.common.simulator import Build
from zskip.verif.eie.compare import check_simulation
from zskip.verif.eie.simulate import Simulation, simulate_network

Number = int | float

RTL, MODEL = "rtl", "model"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Size and densities of a layer.

    Parameters
    ----------
    outputs, inputs : int
        Size of the matrix.
    weights, activations : float
        Share of the weights, and of the inputs that are read, that are not zero, 0 to 1.
    """

    outputs: int
    inputs: int
    weights: float
    activations: float


@dataclass(frozen=True, kw_only=True)
class BenchResult:
    """What a layer took; of several input vectors the mean.

    Parameters
    ----------
    layer : str
        Name of the layer.
    config : str
        The configuration by name, with the fields that differ.
    pes : int
        Processing elements.
    cycles : int or float
        Clock cycles.
    macs : int or float
        Useful multiplications: non-zero weights with non-zero inputs.
    padding : int or float
        Padding entries of the active columns.
    stalls_full_queue : int or float
        Cycles in which a broadcast waited because a queue was full.
    limit_cycles : float
        What no array with as many multipliers can beat: the larger of active columns and of
        ``macs / pes``.
    paper_theoretical_cycles, paper_actual_cycles : int or None
        The paper's times on 64 PEs, for its layers.
    utilisation : float
        ``macs / (cycles * pes)``, 0 to 1.
    source : str
        `RTL` or `MODEL`.
    shape : Shape
        Size and densities.
    """

    layer: str
    config: str
    pes: int
    cycles: Number
    macs: Number
    padding: Number
    stalls_full_queue: Number
    limit_cycles: float
    paper_theoretical_cycles: int | None
    paper_actual_cycles: int | None
    utilisation: float
    source: str
    shape: Shape


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """A network to measure.

    Parameters
    ----------
    network : Network
        The network.
    activations : ndarray of int64, shape (n, inputs)
        Its input vectors.
    compiled : Build or None
        The array to run it on; none for the cycle model.
    config : str
        Name of the configuration.
    """

    network: Network
    activations: NDArray[np.int64]
    compiled: Build | None
    config: str


def measure(task: Task) -> list[BenchResult]:
    """Measure every layer of a network.

    Parameters
    ----------
    task : Task
        What to measure, and on what.

    Returns
    -------
    list of BenchResult
        One for each layer.

    Raises
    ------
    RunFailure
        The simulation failed, or the RTL departs from the models.
    """
    network, activations, simulation = task.network, task.activations, None
    sources = [network.select(activations)]
    # The work of a single layer can be counted without computing it.
    if task.compiled is not None or len(network.layers) > 1:
        golden = run(network, activations)
        sources += [layer.outputs for layer in golden.layers[:-1]]
        if task.compiled is not None:
            simulation = simulate_network(network, activations, task.compiled, images=True)
            check_simulation(network, activations, golden, simulation)
    return [_result(task, index, given, simulation) for index, given in enumerate(sources)]


def _result(
    task: Task, index: int, activations: NDArray[np.int64], simulation: Simulation | None
) -> BenchResult:
    """Gather the figures of a layer."""
    network = task.network
    layer, pes = network.layers[index], network.config.pe_count
    if simulation is None:
        done = work(layer.matrix, activations)
        timing = layer_timing(
            layer.matrix,
            activations,
            network.config,
            first=index == 0,
            last=index == len(network.layers) - 1,
        )
        central = timing.central
    else:
        done, central = _counted(simulation, index, activations), simulation.layers[index].central
    cycles, macs = _mean(central["cycles"]), _mean(done.macs)
    outputs, inputs = layer.source_shape
    return BenchResult(
        layer=layer.name,
        config=task.config,
        pes=pes,
        cycles=cycles,
        macs=macs,
        padding=_mean(done.padding),
        stalls_full_queue=_mean(central["stalls"]),
        limit_cycles=float(np.mean(done.limit(pes))),
        paper_theoretical_cycles=None,
        paper_actual_cycles=None,
        utilisation=macs / (cycles * pes),
        source=MODEL if simulation is None else RTL,
        shape=Shape(
            outputs=outputs,
            inputs=inputs,
            weights=layer.matrix.nonzeros / (outputs * inputs),
            activations=float(np.mean(activations != 0)),
        ),
    )


def _counted(simulation: Simulation, index: int, activations: NDArray[np.int64]) -> Work:
    """Return the work that the RTL counted."""
    counters = simulation.layers[index].per_pe
    return Work(
        columns=np.count_nonzero(activations, axis=1),
        entries=counters["entries"].sum(axis=1),
        padding=counters["padding"].sum(axis=1),
    )


def _mean(values: NDArray[np.int64]) -> Number:
    """Return the mean of counters, whole where it is."""
    total = int(values.sum())
    return total // len(values) if total % len(values) == 0 else total / len(values)
