"""Measurement of a point: a configuration on a workload, as columns."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from zskip.engines import engine_of
from zskip.exploration.points import Point
from zskip.exploration.workload import Workload
from zskip.model.common.config import EngineConfig
from zskip.model.common.cost import Cost, layer_cost, total_cost
from zskip.model.common.counters import Counters, summed
from zskip.model.common.engine import Engine
from zskip.model.common.errors import InputError
from zskip.model.common.events import Events
from zskip.model.common.fixed import IntArray
from zskip.model.common.metrics import accuracy
from zskip.model.common.network import Network
from zskip.synth.formulas.estimate import chip_um2, fitted

Figures = dict[str, int | float | bool | str]
"""Columns of a point by name."""

ERROR = "error"
"""The one column of a point that cannot be measured: why."""


class Measured(NamedTuple):
    """A workload on a configuration, from which columns are taken.

    Parameters
    ----------
    engine : Engine
        The engine.
    network : Network
        The network, on a configuration with every memory large enough that may grow.
    sources : sequence of ndarray of int64, shape (n, inputs)
        Inputs of each layer in the order of its columns.
    counters : sequence of Counters
        Counters of each layer.
    outputs : ndarray of int64, shape (n, outputs), or None
        Outputs in the user's order, of a workload with labels.
    labels : ndarray of int64, shape (n,), or None
        Labels of the workload.
    """

    engine: Engine[Any, Any]
    network: Network[Any, Any]
    sources: Sequence[IntArray]
    counters: Sequence[Counters]
    outputs: IntArray | None
    labels: IntArray | None

    @property
    def config(self) -> EngineConfig:
        """The configuration that holds the network."""
        return self.network.config

    @property
    def cost(self) -> Cost:
        """Cost of all layers together."""
        return total_cost(
            [
                layer_cost(self.engine, layer, source, counted, self.config)
                for layer, source, counted in self._layers()
            ]
        )

    @property
    def events(self) -> Events:
        """Events of the first layer; the hardware that they list is that of all."""
        layer, source, counted = next(iter(self._layers()))
        return self.engine.events(layer, source, counted, self.config)

    def _layers(self) -> "zip[tuple[Any, IntArray, Counters]]":
        """Return each layer with its inputs and counters."""
        return zip(self.network.layers, self.sources, self.counters, strict=True)


def _cycles(done: Measured) -> Figures:
    """Return cycles, useful work, energy, and the counters that the engine shows."""
    cost = done.cost
    shown = {name: cost.counters[name] for name in done.engine.shown if name in cost.counters}
    return {
        "cycles": _plain(cost.cycles),
        "macs": _plain(cost.macs),
        "utilization": cost.utilization,
        "energy_nj": cost.energy.total,
        **{name: _plain(value) for name, value in shown.items()},
    }


def _memories(done: Measured) -> Figures:
    """Return the bytes of the network on chip, and those of the hardware that holds it."""
    events = done.events
    srams = sum(memory.instances * memory.depth * memory.width for memory in events.memories)
    chip = [done.engine.figures(layer, done.config).chip_bytes for layer in done.network.layers]
    return {
        "chip_bytes": sum(chip),
        "memory_bytes": -(-(srams + events.register_bits) // 8),
        "fits": all(memory.share <= 1 for memory in done.engine.fit(done.network)),
    }


def _area(done: Measured) -> Figures:
    """Return the area by formulas, where the engine has some."""
    config = done.config
    return {"area_um2": chip_um2(config)} if fitted(config.ENGINE) else {}


def _accuracy(done: Measured) -> Figures:
    """Return the accuracy, where there are labels."""
    if done.labels is None or done.outputs is None:
        return {}
    return {"accuracy": accuracy(done.outputs, done.labels)}


def _own(done: Measured) -> Figures:
    """Return the engine's own columns."""
    return {**done.engine.explored(done.network, done.sources, summed(done.counters))}


COLUMNS: tuple[Callable[[Measured], Figures], ...] = (_cycles, _memories, _area, _accuracy, _own)
"""All that is measured of a point; a further figure is one more function here."""


def measure(point: Point, workload: Workload) -> Figures:
    """Measure a configuration on a workload.

    Memories that are too small are enlarged, but for the fields that the point sets. A benchmark
    layer is measured even where no memory can be made large enough; ``fits`` tells.

    Parameters
    ----------
    point : Point
        The configuration.
    workload : Workload
        The workload.

    Returns
    -------
    dict of str to int, float, bool or str
        Columns by name; only `ERROR` where the configuration cannot take the workload.
    """
    try:
        done = _measured(point, workload)
        return {name: value for column in COLUMNS for name, value in column(done).items()}
    except InputError as error:
        return {ERROR: str(error)}


def _measured(point: Point, workload: Workload) -> Measured:
    """Place a workload on a configuration and count what it does."""
    engine = engine_of(point.config)
    network, activations = workload.placed(point.config, point.keep)
    network = engine.recode(network, engine.enlarged(network, point.keep))
    if len(network.layers) == 1 and workload.labels is None:
        sources = [network.select(activations)]
        counters = [engine.layer_counters(network, activations)]
        return Measured(engine, network, sources, counters, None, None)
    run = engine.run(network, activations)
    counters = [summed(passes) for passes in engine.timing(network, run)]
    return Measured(engine, network, run.sources, counters, run.outputs, workload.labels)


def _plain(value: float) -> int | float:
    """Return a whole number as such."""
    return int(value) if value.is_integer() else value
