"""Performance counters and outputs of a run: one record for golden model, cycle model and RTL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from zskip.model.common.fixed import IntArray


@dataclass(frozen=True, eq=False, kw_only=True)
class Counters:
    """Counters of a pass, or of the passes of a layer together, for ``n`` input vectors.

    Parameters
    ----------
    central : mapping of str to ndarray of int64, shape (n,)
        Counters of the control unit, by name.
    per_pe : mapping of str to ndarray of int64, shape (n, PEs)
        Counters of every processing element, by name.
    """

    central: Mapping[str, IntArray]
    per_pe: Mapping[str, IntArray] = field(default_factory=dict)

    def __getitem__(self, name: str) -> IntArray:
        """Return a counter, that of all PEs together, shape (n,)."""
        return self.central[name] if name in self.central else self.per_pe[name].sum(axis=1)

    def __or__(self, other: "Counters") -> "Counters":
        """Return the counters of both."""
        return Counters(
            central={**self.central, **other.central}, per_pe={**self.per_pe, **other.per_pe}
        )


def summed(parts: Sequence[Counters]) -> Counters:
    """Return the sums of the counters of several passes.

    Parameters
    ----------
    parts : sequence of Counters
        At least one, all with the same counters.

    Returns
    -------
    Counters
    """
    first = parts[0]
    return Counters(
        central={name: np.sum([part.central[name] for part in parts], 0) for name in first.central},
        per_pe={name: np.sum([part.per_pe[name] for part in parts], 0) for name in first.per_pe},
    )


def joined(parts: Sequence[Counters]) -> Counters:
    """Return the counters of several groups of input vectors, one group behind the other.

    Parameters
    ----------
    parts : sequence of Counters
        At least one, all with the same counters.

    Returns
    -------
    Counters
    """
    first = parts[0]
    return Counters(
        central={n: np.concatenate([part.central[n] for part in parts]) for n in first.central},
        per_pe={n: np.concatenate([part.per_pe[n] for part in parts]) for n in first.per_pe},
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class LayerRun:
    """One layer's outputs and counters for ``n`` input vectors.

    Parameters
    ----------
    outputs : ndarray of int64, shape (n, outputs)
        16-bit activations after write-back, in the order of the layer's `rows`.
    passes : tuple of Counters
        Counters of each pass of the layer.
    """

    outputs: IntArray
    passes: tuple[Counters, ...]

    @property
    def counters(self) -> Counters:
        """Sums over the passes."""
        return summed(self.passes)


@dataclass(frozen=True, eq=False, kw_only=True)
class Run:
    """A network's outputs and counters for ``n`` input vectors, as the golden model gives them.

    Parameters
    ----------
    inputs : ndarray of int64, shape (n, inputs of the first layer)
        16-bit activations as they are loaded.
    layers : tuple of LayerRun
        One for each layer, with the counters that do not depend on timing.
    outputs : ndarray of int64, shape (n, outputs)
        Outputs of the network in the user's order.
    """

    inputs: IntArray
    layers: tuple[LayerRun, ...]
    outputs: IntArray

    @property
    def sources(self) -> list[IntArray]:
        """Activations that each layer reads, shape (n, inputs) each."""
        return [self.inputs, *(layer.outputs for layer in self.layers[:-1])]
