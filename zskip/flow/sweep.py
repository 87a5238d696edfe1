"""Sweeps over the design space of the array, by the cycle model: the EIE paper's figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np

from zskip.files.atomic import write_file
from zskip.flow.bench import checked_plot, chosen_layers, configuration_name
from zskip.flow.bench_plot import plot_sweep
from zskip.flow.parallel import in_parallel
from zskip.flow.progress import Progress, silent
from zskip.model.common.benchmark import BenchmarkLayer, Drawn, draw, make
from zskip.model.common.errors import InputError
from zskip.model.eie.compressor.recode import with_accumulators, with_memories
from zskip.model.eie.config import PAPER, Config
from zskip.model.eie.cycles import layer_timing
from zskip.model.eie.figures.switches import switch_bits, variants
from zskip.model.eie.figures.work import word_reads, work
from zskip.model.eie.network import Network

DEPTHS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""Queue depths of a sweep (figure 8 of the paper)."""

PE_COUNTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""PE counts of a sweep (figures 11 to 13)."""

WIDTHS = (32, 64, 128, 256, 512)
"""Bits of a sparse-matrix word in a sweep (figure 9)."""


class Kind(NamedTuple):
    """A kind of sweep.

    Parameters
    ----------
    parameter : str
        What is swept.
    figure : str
        The figure that tables and plots show.
    meaning : str
        What it means.
    field : str
        Field of the configuration that the sweep sets, if it is one.
    logarithmic : bool
        Whether the axis of the figure is.
    """

    parameter: str
    figure: str
    meaning: str
    field: str = ""
    logarithmic: bool = False


BALANCE = "load balance: share of the cycles in which a PE adds an entry"

KINDS = {
    "queue": Kind("queue depth", "balance", BALANCE, "queue_depth"),
    "pes": Kind("PEs", "speedup", "speed-up over 1 PE", "pe_count", logarithmic=True),
    "width": Kind("word bits", "reads", "sparse-matrix SRAM reads", "entries_per_word"),
    "padding": Kind("PEs", "real_work", "real work / total work", "pe_count"),
    "balance": Kind("PEs", "balance", BALANCE, "pe_count"),
    "switches": Kind("switches on", "gain", "speed-up over none"),
}
"""Sweeps by name."""


@dataclass(frozen=True, kw_only=True)
class SweepPoint:
    """A layer at one value of what is swept.

    Parameters
    ----------
    layer : str
        Name of the layer.
    config : str
        The configuration by name, with the fields that differ.
    pes : int
        Processing elements.
    value : int or str
        Value of what is swept.
    figures : dict of str to int or float
        What came out: ``cycles`` and whatever the kind of sweep is about.
    """

    layer: str
    config: str
    pes: int
    value: int | str
    figures: dict[str, int | float]


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """A sweep over all layers.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    parameter, figure, meaning, field : str
        As there.
    logarithmic : bool
        Whether the axis of the figure is.
    points : tuple of SweepPoint
        Layer by layer, each in the order of the values.
    storage_bits : dict of str to int
        Storage bits that each value costs in a PE, for the switches.
    plot : pathlib.Path or None
        File of the plot, if one was asked for.
    """

    kind: str
    parameter: str
    figure: str
    meaning: str
    field: str
    logarithmic: bool
    points: tuple[SweepPoint, ...]
    storage_bits: dict[str, int]
    plot: Path | None


def sweep(
    kind: str,
    *,
    config: Config = PAPER,
    layers: Sequence[str] = (),
    seed: int = 1,
    plot: str | PathLike[str] | None = None,
    jobs: int = 1,
    scale: float = 1.0,
    progress: Progress = silent,
) -> Sweep:
    """Measure the nine layers of the EIE paper over a range of arrays.

    The cycle model does not ask whether the memories that hold the layers can be built: an array
    of few PEs has larger ones, and as many accumulators in all as the paper's.

    Parameters
    ----------
    kind : str
        One of `KINDS`: ``"queue"``, ``"pes"``, ``"width"``, ``"padding"``, ``"balance"`` or
        ``"switches"``.
    config : Config, optional
        The array that the sweep starts from.
    layers : sequence of str, optional
        Names of the paper's layers to measure; all by default.
    seed : int, optional
        Seed of the layers.
    plot : path, optional
        File to write a plot to (SVG); needs matplotlib.
    jobs : int, optional
        Processes that measure layers at the same time.
    scale : float, optional
        Factor on both sides of the layers, for a quick look.
    progress : Progress, optional
        Makes the progress bar.

    Returns
    -------
    Sweep

    Raises
    ------
    InputError
        The kind or a layer is unknown, or the plot cannot be drawn.
    """
    if kind not in KINDS:
        raise InputError(f"a sweep must be one of {', '.join(KINDS)}, not {kind!r}")
    target = checked_plot(plot)
    chosen = chosen_layers(layers, scale)
    with progress("running the cycle model", len(chosen)) as advance:
        parts = in_parallel(
            partial(_sweep_layer, kind=kind, config=config, seed=seed), chosen, jobs, advance
        )
    result = Sweep(
        kind=kind,
        **KINDS[kind]._asdict(),
        points=tuple(point for part in parts for point in part),
        storage_bits=_storage_bits(config) if kind == "switches" else {},
        plot=target,
    )
    if target is not None:
        write_file(target, plot_sweep(result))
    return result


def _storage_bits(config: Config) -> dict[str, int]:
    """Return the storage bits of each variant, in a PE."""
    return {name: sum(switch_bits(other).values()) for name, other in variants(config).items()}


def _sweep_layer(
    layer: BenchmarkLayer, *, kind: str, config: Config, seed: int
) -> list[SweepPoint]:
    """Measure a layer at every value."""
    drawn = draw(layer, seed, config.codebook_size)
    if kind == "queue":
        arrays = {depth: config.replace(queue_depth=depth) for depth in DEPTHS}
    elif kind == "switches":
        arrays = variants(config)
    elif kind == "width":
        return _width_points(layer, drawn, config, seed)
    else:
        arrays = {count: config.replace(pe_count=count) for count in PE_COUNTS}
    points = []
    network = None
    for value, array in arrays.items():
        network = _network(layer, drawn, array, seed, network)
        points.append(_point(value, array, network, drawn))
    return _compared(points)


def _network(
    layer: BenchmarkLayer, drawn: Drawn, config: Config, seed: int, before: Network | None
) -> Network:
    """Return a layer for an array, encoded anew only where the encoding differs."""
    wide = with_accumulators(config, layer.outputs)
    same = ("pe_count", "register_depth", "balanced_rows")
    if before is None or any(getattr(before.config, name) != getattr(wide, name) for name in same):
        before = make(layer, wide, seed, drawn)
    grown = with_memories(Network(config=wide, layers=before.layers))
    # The accumulators decide about the encoding, and are large enough already.
    config = grown.replace(register_depth=wide.register_depth)
    return Network(config=config, layers=before.layers)


def _point(value: int | str, config: Config, network: Network, drawn: Drawn) -> SweepPoint:
    """Measure a layer on an array."""
    layer, pes = network.layers[0], network.config.pe_count
    given = network.select(drawn.activations)
    timing = layer_timing(layer.matrix, given, network.config)
    done = work(layer.matrix, given)
    cycles, entries, macs = (
        int(values[0]) for values in (timing.central["cycles"], done.entries, done.macs)
    )
    added = macs if config.free_padding else entries
    return SweepPoint(
        layer=layer.name,
        config=configuration_name(config),
        pes=pes,
        value=value,
        figures={
            "cycles": cycles,
            "macs": macs,
            "padding": entries - macs,
            "stalls_full_queue": int(timing.central["stalls"][0]),
            "real_work": macs / max(entries, 1),
            "balance": added / (cycles * pes),
            "utilisation": macs / (cycles * pes),
        },
    )


def _compared(points: list[SweepPoint]) -> list[SweepPoint]:
    """Set the cycles of every point against those of the first."""
    first = points[0].figures["cycles"]
    name = "gain" if isinstance(points[0].value, str) else "speedup"
    for point in points:
        point.figures[name] = first / point.figures["cycles"]
    return points


def _width_points(
    layer: BenchmarkLayer, drawn: Drawn, config: Config, seed: int
) -> list[SweepPoint]:
    """Count the reads of a layer for every width of a word; cycles need no word that wide."""
    wide = with_accumulators(config, layer.outputs)
    network = make(layer, wide, seed, drawn)
    matrix, given = network.layers[0].matrix, network.select(drawn.activations)
    points = []
    for width in WIDTHS:
        entries = max(1, width // config.entry_bits)
        reads = word_reads(matrix, given, entries)
        points.append(
            SweepPoint(
                layer=layer.name,
                config=configuration_name(config),
                pes=config.pe_count,
                value=width,
                figures={"reads": reads, "bits_read": reads * width},
            )
        )
    return points


def geometric_mean(values: Sequence[float]) -> float:
    """Return the geometric mean of positive numbers."""
    return float(np.exp(np.mean(np.log(values))))
