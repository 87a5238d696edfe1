"""Sweeps over the design space of an engine, by its cycle model."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from zskip.engines import DEFAULT
from zskip.engines import engine as find_engine
from zskip.files.atomic import write_file
from zskip.flow.bench_plot import plot_sweep
from zskip.flow.choices import AnyConfig, given_config
from zskip.flow.given import AnyPath
from zskip.flow.parallel import in_parallel
from zskip.flow.plotting import checked_plot
from zskip.flow.progress import Progress, silent
from zskip.flow.report import Report, Row, counted
from zskip.model.common.benchmark import BenchmarkLayer, chosen_layers
from zskip.model.common.config import EngineConfig
from zskip.model.common.engine import Engine
from zskip.model.common.errors import InputError
from zskip.model.common.sweep import SweepKind, SweepPoint


@dataclass(frozen=True, kw_only=True, repr=False)
class Sweep(Report):
    """A sweep over all layers.

    Parameters
    ----------
    kind : str
        Its name.
    about : SweepKind
        Parameter and figure.
    points : tuple of SweepPoint
        Layer by layer, each in the order of the values.
    storage_bits : dict of str to int
        Storage bits that each value costs in a PE, for the switches.
    plot : pathlib.Path or None
        File of the plot, if one was asked for.
    """

    kind: str
    about: SweepKind
    points: tuple[SweepPoint, ...]
    storage_bits: dict[str, int]
    plot: Path | None

    @property
    def headline(self) -> str:
        """Parameter and points."""
        layers = len({point.layer for point in self.points})
        return (
            f"{self.about.figure} over {self.about.parameter}, {counted(layers, 'layer')}, "
            f"{counted(len(self.points), 'point')}"
        )

    def to_dict(self) -> list[Row]:
        """Return a row for each point: layer, configuration, value and figures."""
        stored = self.storage_bits
        return [
            {
                "sweep": self.kind,
                "layer": point.layer,
                "config": point.config,
                "pe_count": point.pe_count,
                "value": point.value,
                **point.figures,
                **({"storage_bits": stored[str(point.value)]} if stored else {}),
            }
            for point in self.points
        ]


def sweep(
    kind: str,
    *,
    engine: str | None = None,
    config: AnyConfig | None = None,
    layers: Sequence[str] = (),
    seed: int = 1,
    plot: AnyPath | None = None,
    jobs: int = 1,
    scale: float = 1.0,
    progress: Progress = silent,
) -> Sweep:
    """Measure the benchmark layers over a range of hardware.

    Parameters
    ----------
    kind : str
        One of the engine's sweeps; for EIE ``"queue"``, ``"pes"``, ``"width"``, ``"padding"``,
        ``"balance"`` or ``"switches"``.
    engine : str, optional
        The kind of accelerator; that of the configuration, or the default one, without it.
    config : EngineConfig or str, optional
        The hardware, or the name of it, that the sweep starts from; the engine's default without
        it.
    layers : sequence of str, optional
        Names of benchmark layers to measure; all by default.
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
    given = given_config(config, engine)
    swept = find_engine((engine or DEFAULT) if given is None else given.ENGINE)
    if kind not in swept.sweeps:
        raise InputError(
            f"a sweep must be one of {', '.join(swept.sweeps)}, not {kind!r}"
            if swept.sweeps
            else f"a sweep must be one of an engine that has some, but {swept.name} has none: "
            "measure layers with other configurations instead"
        )
    base = given or swept.default
    target = checked_plot(plot)
    chosen = chosen_layers(layers, scale)
    with progress("running the cycle model", len(chosen)) as advance:
        measure = partial(_measure, swept, kind, base, seed)
        parts = in_parallel(measure, chosen, jobs, advance)
    result = Sweep(
        kind=kind,
        about=swept.sweeps[kind],
        points=tuple(point for part in parts for point in part),
        storage_bits=swept.storage_bits(kind, base),
        plot=target,
    )
    if target is not None:
        write_file(target, plot_sweep(result.about, result.points))
    return result


def _measure(
    engine: Engine[Any, Any], kind: str, config: EngineConfig, seed: int, layer: BenchmarkLayer
) -> list[SweepPoint]:
    """Measure a layer at every value."""
    return engine.sweep(kind, layer, config, seed)
