"""Report of a comparison of several kinds of hardware."""

from dataclasses import dataclass
from pathlib import Path

from zskip.flow.gates import Gates
from zskip.flow.report import Report, Row, counted
from zskip.model.common.cost import Cost


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A network on one kind of hardware, as means over the input vectors.

    Parameters
    ----------
    name : str
        The name that the contender was chosen by.
    engine, config : str
        Its engine, and its configuration by name with the fields that differ.
    pattern : str or None
        Pattern that the weights were pruned to, such as ``2:4``.
    cost : Cost
        Cycles, useful multiplications and the engine's counters of all layers.
    chip_bytes : int
        Bytes of the network in the memories of the array.
    weights_kept : float
        Weights in the array that are not zero, as a share of all weights of the float network.
    activations_read : int
        Activations read from the memory of the inputs, all layers (`Engine.activations_read`).
    snr_db : float
        Signal-to-noise ratio of the outputs against those of the float network.
    accuracy : float or None
        Share of the inputs whose largest output is at their label, where labels are given.
    gates : Gates or None
        Generic gates, where they were counted.
    """

    name: str
    engine: str
    config: str
    pattern: str | None
    cost: Cost
    chip_bytes: int
    weights_kept: float
    activations_read: int
    snr_db: float
    accuracy: float | None
    gates: Gates | None


@dataclass(frozen=True, kw_only=True, repr=False)
class Comparison(Report):
    """A network on several kinds of hardware.

    Parameters
    ----------
    contenders : tuple of Measured
        In the order in which they were named.
    inputs : int
        Input vectors that the means are of.
    source : str
        Where cycles and outputs are from: ``"rtl"``, which equals the models, or ``"model"``.
    float_accuracy : float or None
        Accuracy of the float network, where labels are given.
    plot : pathlib.Path or None
        File of the plot, if one was asked for.
    notes : tuple of str
        What was taken off or assumed in reading the weights, inputs that are clipped, and gates
        that could not be counted, a line each.
    """

    contenders: tuple[Measured, ...]
    inputs: int
    source: str
    float_accuracy: float | None
    plot: Path | None
    notes: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """Contenders and their cycles."""
        cycles = ", ".join(f"{item.name} {item.cost.cycles:,.1f}" for item in self.contenders)
        return (
            f"cycles of {counted(self.inputs, 'input')} on {self.contenders[0].cost.multipliers} "
            f"multipliers: {cycles}"
        )

    def to_dict(self) -> list[Row]:
        """Return a row for each contender."""
        return [
            {
                "name": item.name,
                "engine": item.engine,
                "config": item.config,
                "pattern": item.pattern,
                "multipliers": item.cost.multipliers,
                "cycles": item.cost.cycles,
                "macs": item.cost.macs,
                "utilization": item.cost.utilization,
                "energy_nj": item.cost.energy.total,
                "pj_per_mac": item.cost.pj_per_mac,
                "chip_bytes": item.chip_bytes,
                "weights_kept": item.weights_kept,
                "activations_read": item.activations_read,
                "snr_db": item.snr_db,
                "accuracy": item.accuracy,
                "float_accuracy": self.float_accuracy,
                "gates": None if item.gates is None else item.gates.count,
                "flip_flops": None if item.gates is None else item.gates.flip_flops,
                "source": self.source,
            }
            for item in self.contenders
        ]
