"""Layers put together from the operations of a network, one behind the other."""

import numpy as np
from numpy.typing import NDArray

from zskip.files.formats.guard import check_layer_count, quoted
from zskip.files.formats.normalization import Normalization
from zskip.files.formats.pieces import Steps, expand, stepped
from zskip.files.formats.source import SourceLayers, ending_note
from zskip.files.formats.step import Step
from zskip.files.formats.tensors import Float32Array, plain_name
from zskip.model.common.errors import InputError

Float64Array = NDArray[np.float64]

BOUNDED = "rows are doubled for an upper bound, as min(relu(x), c) is relu(x) - relu(x - c), in "
STEPS = "exact sums of ReLUs, as sums of integers go in, are made of "
RAMPS = "steps are made of ReLUs as narrow ramps, on which few values fall, in "
GROWN = (
    "these ReLUs make {after:,} weights of {before:,}: sizes and speed-ups compare with the former"
)
"""Notes on activations, and what is behind each."""


class Chain:
    """Collects layers from input to output.

    A scale and an offset per value, as of a batch normalization, go into the layer before them,
    or into the one behind if a ReLU or nothing is before them.
    """

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._names: set[str] = set()
        self._pending: tuple[Float64Array, Float64Array] | None = None
        self._ending: str | None = None
        self._notes: dict[str, list[str]] = {}

    def linear(self, name: str, weights: Float32Array, bias: Float32Array | None) -> None:
        """Add a layer.

        Parameters
        ----------
        name : str
            Its name in the source; made unique if it is there already.
        weights : ndarray of float32, shape (outputs, inputs)
            Weights.
        bias : ndarray of float32, shape (outputs,), or None
            Biases; None is zeros.
        """
        self._check_open()
        check_layer_count(len(self._steps) + 1)
        total = np.zeros(len(weights)) if bias is None else bias.astype(np.float64)
        in_scale = None
        if self._pending is not None:
            in_scale, offset = self._pending
            with np.errstate(all="ignore"):
                total += weights @ offset
            self._pending = None
        spacing = self._spacing(weights, in_scale)
        name = self._unique(plain_name(name))
        self._steps.append(Step(name, weights, in_scale, None, total, spacing=spacing))

    def affine(self, scale: Float64Array | None, offset: Float64Array) -> None:
        """Multiply every value by `scale` and add `offset`.

        Parameters
        ----------
        scale : ndarray of float64, shape (values,), or None
            One factor per value; None is 1.
        offset : ndarray of float64, shape (values,)
            One offset per value.
        """
        self._check_open()
        step = self._steps[-1] if self._steps else None
        with np.errstate(all="ignore"):
            if step is None or step.relu or self._pending is not None:
                factor = np.ones(len(offset)) if scale is None else scale
                before, shift = self._pending or (1.0, 0.0)
                self._pending = factor * before, factor * shift + offset
            elif scale is None:
                step.bias = step.bias + offset
            else:
                step.scale = scale if step.scale is None else scale * step.scale
                step.bias = scale * step.bias + offset

    def normalize(self, name: str, values: Normalization) -> None:
        """Add a batch normalization as it computes in inference.

        Parameters
        ----------
        name : str
            Its name in the source, for messages.
        values : Normalization
            Its parameters.
        """
        variance = values.variance.astype(np.float64) + values.epsilon
        if not (variance > 0).all() or not np.isfinite(variance).all():
            raise InputError(
                f"variance plus epsilon of normalization {quoted(name)} must be finite and above "
                "0 for every value: train it further, or leave it out"
            )
        scale = values.gamma / np.sqrt(variance)
        self.affine(scale, values.beta - values.mean * scale)

    def relu(self, name: str) -> None:
        """Add a ReLU.

        Parameters
        ----------
        name : str
            Its name in the source, for messages.
        """
        self._check_open()
        if not self._steps or self._pending is not None:
            raise InputError(
                f"ReLU {quoted(name)} must come behind a layer, not behind the input or another "
                "ReLU: leave out what is before it"
            )
        self._steps[-1].relu = True

    def bound(self, name: str, upper: Float64Array | float) -> None:
        """Give a ReLU an upper bound: a second copy of the rows of its layer takes off the rest.

        Parameters
        ----------
        name : str
            Its name in the source, for messages.
        upper : float or ndarray of float64, shape (values,)
            The bound, or one for each value; above 0.
        """
        self.relu(name)
        step = self._steps[-1]
        wide = np.full(len(step.bias), upper) if np.ndim(upper) == 0 else np.asarray(upper)
        if not (np.isfinite(wide) & (wide > 0)).all():
            raise InputError(
                f"bound of ReLU {quoted(name)} must be finite and above 0: leave it out"
            )
        if step.upper is None:
            self.note(BOUNDED, quoted(step.name))
        step.upper = wide if step.upper is None else np.minimum(wide, step.upper)

    def clip(self, kind: str, name: str, lower: float, upper: float) -> None:
        """Add an activation that limits values to a range.

        Parameters
        ----------
        kind : str
            What it is called.
        name : str
            Its name in the source.
        lower, upper : float
            The range; only one from 0 on is a ReLU with a bound.
        """
        if lower != 0:
            raise InputError(
                f"{kind} {quoted(name)} must limit values to 0 at least, as ReLU does, not to "
                f"{lower:g}: train the network with ReLU in its place"
            )
        self.bound(name, upper)

    def steps(self, kind: str, name: str, steps: Steps) -> None:
        """Add an activation that rises in steps: each is a ramp between two ReLUs.

        Behind a layer of integers that takes such steps, a ramp is between two values that occur,
        and exact. Elsewhere it is so narrow that few values fall on it, which a note says.

        Parameters
        ----------
        kind : str
            What it is called.
        name : str
            Its name in the source.
        steps : Steps
            The activation.
        """
        self._check_open()
        if not self._steps or self._steps[-1].relu or self._pending is not None:
            raise InputError(
                f"{kind} {quoted(name)} must come just behind a layer: leave out what is before it"
            )
        step = self._steps[-1]
        ones = np.ones(len(step.bias))
        scale = ones if step.scale is None else step.scale
        step.pieces = stepped(steps, scale, step.bias, step.spacing)
        step.scale, step.bias, step.relu = None, np.zeros(len(ones)), True
        step.height = steps.height
        self._pending = ones, np.full(len(ones), steps.low)
        self.note(RAMPS if step.spacing is None else STEPS, f"{kind} {quoted(name)}")

    def note(self, text: str, *items: str) -> None:
        """Tell the user something of how the source was read.

        Parameters
        ----------
        text : str
            The line; what it is about is listed behind it.
        *items : str
            What that is; all items of the same text make one line.
        """
        self._notes.setdefault(text, []).extend(items)

    @property
    def empty(self) -> bool:
        """Whether there is no layer yet."""
        return not self._steps

    @property
    def rectified(self) -> bool:
        """Whether the data come just from a ReLU."""
        return bool(self._steps) and self._steps[-1].relu and self._pending is None

    def end(self, kind: str, name: str) -> None:
        """Take off an operation behind the last layer that keeps the order of the outputs.

        Parameters
        ----------
        kind : str
            One of `zskip.files.formats.source.ENDINGS`.
        name : str
            Its name in the source.
        """
        self._ending = f"{kind} {quoted(name)}"
        self.note(ending_note(kind, name))

    def finish(self) -> SourceLayers:
        """Return the layers.

        Raises
        ------
        InputError
            There is none, a scale and offset have no layer to go into, or a folded value is not
            finite in float32.
        """
        if not self._steps:
            raise InputError("must hold at least one fully connected layer, not none")
        if self._pending is not None and self._steps[-1].pieces is not None:
            raise InputError(
                "must not end in an activation of steps, as a binary or ternary tanh: leave it out"
            )
        if self._pending is not None:
            raise InputError(
                "must not end in a normalization, scale or offset behind a ReLU, which no layer "
                "can take up: leave it out, or put it before the ReLU"
            )
        pieces = [step.sum_of() for step in self._steps]
        if pieces[-1] is not None:
            raise InputError(
                "must not end in a ReLU with an upper bound, whose sum no layer takes up: leave "
                "the bound out"
            )
        folded = [step.fold() for step in self._steps]
        layers = expand(folded, pieces)
        if layers != folded:
            before, after = (sum(layer.weights.size for layer in part) for part in (folded, layers))
            self.note(GROWN.format(after=after, before=before))
        # A line without items stays what it is, as one on an ending knows its kind.
        notes = [text + ", ".join(items) if items else text for text, items in self._notes.items()]
        return SourceLayers(layers, notes)

    def _spacing(self, weights: Float32Array, in_scale: Float64Array | None) -> float | None:
        """Return what all sums of a new layer are multiples of, if integers take integers."""
        height = self._steps[-1].height if self._steps else None
        if height is None or not weights.any() or (in_scale is not None and (in_scale != 1).any()):
            return None
        unit = np.abs(weights[weights != 0]).min()
        return height * float(unit) if (np.rint(weights / unit) * unit == weights).all() else None

    def _check_open(self) -> None:
        """Check that no ending stands before what is added."""
        if self._ending is not None:
            raise InputError(
                f"{self._ending} must be the last operation, not stand between layers: train the "
                "network with ReLU in its place"
            )

    def _unique(self, name: str) -> str:
        """Add a number to a name that is there already."""
        number, result = 1, name
        while result in self._names:
            number += 1
            result = f"{name}#{number}"
        self._names.add(result)
        return result
