"""Report of a simulation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.engines import engine as find_engine
from zskip.flow.report import Report, Row, cost_record, counted
from zskip.flow.runs import Accuracy
from zskip.model.common.cost import Cost
from zskip.model.common.ending import apply_ending


@dataclass(frozen=True, kw_only=True)
class LayerReport:
    """Cost of a layer, as means over the input vectors, its error, and its results.

    Parameters
    ----------
    name : str
        The layer's name in its source.
    inputs, outputs : int
        Its size in the source.
    cost : Cost
        Cycles, useful multiplications, utilization and the engine's counters.
    saturations, overflows : int
        Outputs clipped and additions that wrapped around, all input vectors together.
    max_error, snr_db : float or None
        Largest error and signal-to-noise ratio against the float network, where that is given.
    values : ndarray of float64, shape (n, outputs)
        Outputs of the RTL in the source's order; NaN at outputs that nothing reads, which the
        hardware does not compute.
    fixed : ndarray of int16, uint16 or uint32, shape (n, outputs)
        The same in units of ``2 ** -fraction``, or as words of a floating-point format; 0 at
        outputs that are not computed.
    fraction : int
        Fraction bits of `fixed`; it means nothing in floating point.
    counters : mapping of str to ndarray of int64, shape (n,)
        Every counter for each input vector, all PEs together.
    pe_counters : mapping of str to ndarray of int64, shape (n, PEs)
        Those that each processing element has.
    """

    name: str
    inputs: int
    outputs: int
    cost: Cost
    saturations: int
    overflows: int
    max_error: float | None
    snr_db: float | None
    values: NDArray[np.float64] = field(repr=False, compare=False)
    fixed: NDArray[np.integer[Any]] = field(repr=False, compare=False)
    fraction: int
    counters: Mapping[str, NDArray[np.int64]] = field(repr=False, compare=False)
    pe_counters: Mapping[str, NDArray[np.int64]] = field(repr=False, compare=False)


@dataclass(frozen=True, kw_only=True, repr=False)
class SimulationReport(Report):
    """Result of a simulation whose every output and counter equals the golden model's.

    Parameters
    ----------
    engine : str
        The engine.
    simulator : str
        The simulator that the RTL ran in.
    pe_count : int
        Processing elements.
    inputs : int
        Input vectors.
    equal_inputs : int
        Those of them whose outputs equal the golden model's in every layer: all of them.
    layers : tuple of LayerReport
        One for each layer.
    cycles_per_input : float
        Clock cycles of all layers, mean over the input vectors.
    accuracy : Accuracy or None
        Where labels are given.
    departs_from_float : str or None
        First layer below `DEPARTURE_DB` against the float network.
    simulated_cycles_per_second : float
        Speed of the simulation while the array computed.
    waveform : str or None
        Where the waveform is, if one was asked for.
    outputs_file : str or None
        Where the outputs are, if a file was asked for.
    notes : tuple of str, optional
        What was taken off the float network, and how many inputs are clipped, a line each.
    interval : float or None, optional
        Clock cycles from the end of an input to that of the next one, where inputs go back to back
        (`zskip.model.common.engine.Engine.intervals`), mean over the input vectors.
    ending : str or None, optional
        Operation that is applied to `outputs`, if that was asked for.
    """

    engine: str
    simulator: str
    pe_count: int
    inputs: int
    equal_inputs: int
    layers: tuple[LayerReport, ...]
    cycles_per_input: float
    accuracy: Accuracy | None
    departs_from_float: str | None
    simulated_cycles_per_second: float
    waveform: str | None
    outputs_file: str | None
    notes: tuple[str, ...] = ()
    interval: float | None = None
    ending: str | None = None

    @property
    def outputs(self) -> NDArray[Any]:
        """Outputs of the network by the RTL, shape (n, outputs), in the source's order.

        They are those of the last layer, or what the `ending` makes of them.
        """
        values = self.layers[-1].values
        return values if self.ending is None else apply_ending(self.ending, values)

    @property
    def fixed(self) -> NDArray[np.integer[Any]]:
        """Outputs of the last layer in units of ``2 ** -fraction`` of it, or as words."""
        return self.layers[-1].fixed

    @property
    def headline(self) -> str:
        """Inputs, hardware and cycles."""
        hits = "" if self.accuracy is None else f", accuracy {self.accuracy.rtl:.2%}"
        return (
            f"{counted(self.inputs, 'input')} on {counted(self.pe_count, 'PE')} in "
            f"{self.simulator}, RTL equal to the model, "
            f"{self.cycles_per_input:,.1f} cycles each{hits}"
        )

    def to_dict(self) -> list[Row]:
        """Return a row for each layer: means over the input vectors, errors, sums of clippings."""
        shown = find_engine(self.engine).shown
        names = ("name", "inputs", "outputs", "saturations", "overflows", "max_error", "snr_db")
        return [
            {
                **{name: getattr(layer, name) for name in names},
                **cost_record(layer.cost, shown),
            }
            for layer in self.layers
        ]
