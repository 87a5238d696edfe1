"""Report of a verification."""

from dataclasses import dataclass

from zskip.flow.report import Report, Row, counted
from zskip.flow.runs import Accuracy


@dataclass(frozen=True, kw_only=True)
class Error:
    """How far the outputs of a fixed-point layer are from others, of those that are computed.

    Parameters
    ----------
    max_error : float
        Largest absolute error.
    input, output : int
        Where it is: number of the input vector and of the output in the source.
    snr_db : float
        Signal-to-noise ratio in dB.
    """

    max_error: float
    input: int
    output: int
    snr_db: float


@dataclass(frozen=True, kw_only=True)
class LayerVerification:
    """A layer three ways.

    Parameters
    ----------
    name : str
        The layer's name in its source.
    inputs, outputs : int
        Its size in the source.
    total : Error
        Against the float network, with the errors of all layers in front.
    own : Error
        Against the float layer when it is fed with the fixed-point inputs of this layer: what the
        layer itself adds. Inputs that this layer never reads are those of the float network.
    saturations, overflows : int
        Outputs clipped and additions that wrapped around, all input vectors together.
    rtl_differences : int
        Outputs of the RTL that differ from the model's, all input vectors together.
    """

    name: str
    inputs: int
    outputs: int
    total: Error
    own: Error
    saturations: int
    overflows: int
    rtl_differences: int


@dataclass(frozen=True, kw_only=True, repr=False)
class Verification(Report):
    """A network three ways.

    Parameters
    ----------
    simulator : str
        The simulator that the RTL ran in.
    inputs : int
        Input vectors.
    layers : tuple of LayerVerification
        One for each layer.
    same_class_float_model, same_class_model_rtl : float
        Part of the input vectors whose class is the same in both, 0 to 1
        (`zskip.model.common.metrics.classes`).
    accuracy : Accuracy or None
        Where labels are given.
    departs : str or None
        First layer whose outputs are below `DEPARTURE_DB` against the float network.
    departs_by_itself : str or None
        First layer that is so already by what it adds itself.
    ending : str or None
        Operation behind the last layer of the source, where one was taken off.
    ending_max_error : float or None
        Largest error of the outputs against the float network's once the ending is applied to
        both, where it gives real values.
    rtl_equal : bool
        Whether every output and counter of the RTL equals the model's.
    rtl_departure : str or None
        Where the RTL departs from the model first, if it does.
    notes : tuple of str, optional
        What was taken off the float network, and how many inputs are clipped, a line each.
    """

    simulator: str
    inputs: int
    layers: tuple[LayerVerification, ...]
    same_class_float_model: float
    same_class_model_rtl: float
    accuracy: Accuracy | None
    departs: str | None
    departs_by_itself: str | None
    ending: str | None
    ending_max_error: float | None
    rtl_equal: bool
    rtl_departure: str | None
    notes: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """Whether the RTL equals the model, and what departs from the float network."""
        rtl = "equals" if self.rtl_equal else "departs from"
        departs = "no layer departs" if self.departs is None else f"layer {self.departs} departs"
        return (
            f"{counted(self.inputs, 'input')}, RTL in {self.simulator} {rtl} the model, {departs} "
            "from the float network"
        )

    def to_dict(self) -> list[Row]:
        """Return a row for each layer; `own` figures are those that the layer itself adds."""
        return [
            {
                "name": layer.name,
                "inputs": layer.inputs,
                "outputs": layer.outputs,
                "max_error": layer.total.max_error,
                "snr_db": layer.total.snr_db,
                "own_max_error": layer.own.max_error,
                "own_snr_db": layer.own.snr_db,
                "saturations": layer.saturations,
                "overflows": layer.overflows,
                "rtl_differences": layer.rtl_differences,
            }
            for layer in self.layers
        ]
