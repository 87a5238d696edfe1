"""Comparison of a simulation with the models, bit for bit and counter for counter."""

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.counters import LayerRun, Run
from zskip.model.common.errors import RunFailure
from zskip.model.common.fixed import BoolArray


def check_layer(name: str, expected: LayerRun, actual: LayerRun) -> None:
    """Check the outputs of a layer, and every counter of every pass.

    Parameters
    ----------
    name : str
        Name of the layer.
    expected : LayerRun
        The models' results.
    actual : LayerRun
        The RTL's.

    Raises
    ------
    RunFailure
        Names the first place that departs.
    """
    _check(name, "output", expected.outputs, actual.outputs)
    for wanted, given in zip(expected.passes, actual.passes, strict=True):
        for counter, values in wanted.central.items():
            _check(name, counter, values, given.central[counter])
        for counter, values in wanted.per_pe.items():
            _check(name, counter, values, given.per_pe[counter])


def check_overflow(expected: Run, flags: BoolArray) -> None:
    """Check the overflow flag after each input vector.

    Parameters
    ----------
    expected : Run
        The golden model's run, with the counter ``overflows``.
    flags : ndarray of bool, shape (n,)
        The RTL's flag.

    Raises
    ------
    RunFailure
        Names the first input vector whose flag is wrong.
    """
    overflows = sum(layer.counters["overflows"] for layer in expected.layers)
    _check("(all)", "overflow flag", np.asarray(overflows) > 0, flags)


def _check(
    layer: str, what: str, expected: NDArray[np.generic], actual: NDArray[np.generic]
) -> None:
    """Compare arrays whose first axis is the input vector."""
    different = np.argwhere(expected != actual)
    if different.size:
        where = tuple(int(index) for index in different[0])
        place = "".join(f"[{index}]" for index in where[1:])
        raise RunFailure(
            f"the RTL must equal the golden model, but departs in layer {layer}, {what}{place} of "
            f"input {where[0]}: {int(actual[where])}, not {int(expected[where])} "
            f"({len(different)} of {expected.size} values differ)"
        )
